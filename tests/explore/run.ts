/** One sequence, from the formation of a cluster to the verdict about it. */
import { sleep } from "../support/scripts-wait";
import { actionOf } from "./actions";
import { copyDisk } from "./actions-disks";
import { MEND } from "./generate";
import { DISKS_GONE } from "./design";
import { heal, needsAPerson, readAll } from "./heal";
import { judge } from "./oracle";
import type { Violation } from "./violation";
import type { Sequence } from "./sequence";
import { takeWayOut } from "./way-out";
import { World } from "./world";

/** Milliseconds after which no further action begins: a slow machine makes some sequences very long. */
const LONGEST = 300_000;

export interface Outcome {
    violations: Violation[];
    /** Why the cluster needs a person, when that is by design. */
    excused?: string;
    seconds: number;
    acknowledged: number;
    /** For people who look at a failure. */
    report: string;
}

export async function run(sequence: Sequence): Promise<Outcome> {
    const began = Date.now();
    const world = await World.make(sequence.size);
    const lines: string[] = [];
    const say = (line: string) => void lines.push(`${((Date.now() - began) / 1000).toFixed(1)} ${line}`);
    try {
        await begin(world);
        say("all Ready");
        for (const { action, args, pause } of sequence.steps) {
            if (Date.now() - began > LONGEST) {
                say("this lasts too long: the rest is left out");
                break;
            }
            say(`${action} ${JSON.stringify(args)}`);
            await actionOf(action)
                .run(world, args)
                .catch((error: Error) => say(`  it failed: ${error.message.split("\n")[0]}`));
            await world.rememberMarker();
            const found = action === MEND ? await checked(world) : [];
            if (found.length > 0) {
                return await outcomeOf(world, found, began, lines);
            }
            await sleep(pause * 1000);
        }
        say("healing");
        const healed = await heal(world);
        say(`healed: ${healed.trouble.join("; ") || "all well"}`);
        const excused = healed.trouble.length > 0 ? needsAPerson(world) : undefined;
        let last = healed;
        if (excused === DISKS_GONE) {
            say("the way out");
            last = (await takeWayOut(world)) ?? healed;
            say(`after it: ${last.trouble.join("; ") || "all well"}`);
        }
        const isWell = last.trouble.length === 0;
        const violations = judge(world.history, isWell ? last.found : undefined);
        if (!isWell && !excused) {
            violations.unshift({ rule: "not well", what: last.trouble.join("; ") });
        } else if (!isWell && last !== healed) {
            violations.unshift({ rule: "no way out", what: last.trouble.join("; ") });
        }
        const { statuses } = last;
        return { ...(await outcomeOf(world, violations, began, lines, statuses)), excused };
    } finally {
        await world.end();
    }
}

/** What is wrong half way. What is written can only be asked for while all is well to look at. */
async function checked(world: World): Promise<Violation[]> {
    return judge(world.history, (await world.allReady()) ? await readAll(world) : undefined);
}

async function outcomeOf(
    world: World,
    violations: Violation[],
    began: number,
    lines: string[],
    statuses: string[] = [],
): Promise<Outcome> {
    const report = violations.length > 0 ? await describe(world, lines, statuses) : lines.join("\n");
    return {
        violations,
        seconds: (Date.now() - began) / 1000,
        acknowledged: world.history.acks.length,
        report,
    };
}

/** A healthy cluster, with something in it, a snapshot, and a copy of every disk. */
async function begin(world: World): Promise<void> {
    if (!(await world.settle(90))) {
        throw new Error(`the cluster did not come up\n${world.cluster.report()}`);
    }
    const { history } = world;
    while (history.acks.length < 3 || history.lists.length === 0) {
        await sleep(100);
    }
    await world.takeSnapshot();
    for (const ordinal of world.ordinals) {
        await copyDisk(world, ordinal);
    }
    await world.rememberMarker();
}

async function describe(world: World, lines: string[], statuses: string[]): Promise<string> {
    const marker = await world.objects.marker().catch(() => ({}));
    const { lists, setAsides, gone, rolledBack, spans } = world.history;
    const seen = new Map(lists.map((list) => [list.pod, list]));
    const listed = [...seen.values()].map(
        ({ pod, cluster, members }) =>
            `list of pod ${pod} in ${cluster}: ${members.map(({ id, ordinal, learner }) => `${ordinal}=${id}${learner ? " learner" : ""}`).join(", ")}`,
    );
    return [
        ...lines,
        ...statuses,
        `marker: ${JSON.stringify(marker)}`,
        ...listed,
        `set aside: ${JSON.stringify(setAsides)}`,
        `gone: ${JSON.stringify(gone)}; rolled back: ${JSON.stringify(rolledBack)}; spans: ${JSON.stringify(spans)}`,
        world.cluster.report(),
    ].join("\n");
}
