/** The end of every sequence: all faults are undone, and then the cluster must be well again by itself, within a time. */
import { sleep } from "../support/scripts-wait";
import { byDesign } from "./design";
import { mend } from "./mend";
import { ordinals } from "./model";
import type { Reading } from "./oracle-writes";
import type { World } from "./world";

/** Seconds in which all must be well; the scripts' clock passes several times that. As long as there is news it may take longer. */
const BOUND = 100;
const NEWS = 40;
/** After so many seconds a person reads what the pods say. */
const WAY_OUT = 30;
const LONGEST = 200;

export interface Health {
    /** What is not well; empty when all is. */
    trouble: string[];
    /** What each wanted pod says of itself. */
    statuses: string[];
    /** All keys, as one Ready pod reads them. */
    found: Reading | undefined;
}

export async function heal(world: World, bound = BOUND): Promise<Health> {
    await undo(world);
    return waitForHealth(world, bound);
}

/** Waits until all is well, or a person must act. */
export async function waitForHealth(world: World, bound: number): Promise<Health> {
    const began = Date.now();
    let [trouble, statuses, news] = [["nobody looked"], [] as string[], began];
    const passed = (since: number) => (Date.now() - since) / 1000;
    do {
        await sleep(1000);
        trouble = await troubleOf(world).catch((error: Error) => [error.message]);
        if (trouble.length > 0 && passed(began) > WAY_OUT) {
            await scaleUp(world);
        }
        const said = statusesOf(world);
        if (said.some((line) => !statuses.includes(line))) {
            news = Date.now();
        }
        statuses = [...new Set([...statuses, ...said])];
        if (passed(news) > NEWS && !said.some((line) => / RECOVERY /.test(line)) && needsAPerson(world)) {
            break;
        }
    } while (trouble.length > 0 && (passed(began) < bound || (passed(news) < NEWS && passed(began) < LONGEST)));
    statuses = statusesOf(world);
    return { trouble, statuses, found: await readAll(world) };
}

/** After a destroy, and an `up` with fewer members than once, the way out is to scale up to where the disks are. */
async function scaleUp({ history, kubelet, cluster }: World): Promise<void> {
    const list = history.lastList?.members ?? [];
    const wanted = Math.max(...list.map(({ ordinal }) => ordinal + 1), kubelet.replicas);
    const came = history.comeBack;
    if (came !== undefined && (history.lastList?.at ?? Infinity) < came && wanted > kubelet.replicas) {
        await cluster.setReplicas(wanted);
        kubelet.replicas = wanted;
        history.wanted.push({ at: Date.now(), replicas: wanted });
    }
}

/** Why the cluster is not to be well by itself, if that is by design. */
export function needsAPerson(world: World): string | undefined {
    const holds = (ordinal: number, member: string) => world.holds(ordinal, member);
    return byDesign({ history: world.history, statuses: statusesOf(world), holds });
}

export function statusesOf(world: World): string[] {
    return ordinals(world.kubelet.replicas).map((ordinal) =>
        world.has(ordinal) ? `${ordinal}: ${world.pod(ordinal).file("state/status")}` : `${ordinal}: no pod`,
    );
}

/** Everything that a sequence has done and that somebody would undo. */
async function undo(world: World): Promise<void> {
    const { kubelet, objects } = world;
    await mend(world);
    if (kubelet.replicas === 0) {
        world.wants(objects.size);
        await world.cluster.setReplicas(objects.size).catch(() => undefined);
    }
    await objects.up(kubelet.replicas);
    for (const [line, { now, before }] of world.edited) {
        if (((await objects.marker())[line] ?? null) === now) {
            await objects.patchMarker({ [line]: before });
        }
    }
    // A request that nobody can carry out any more keeps everybody waiting; one that was lossy to ask for may still be the way out.
    if (world.history.gone.length === 0) {
        await objects.ask(undefined);
    }
}

async function troubleOf(world: World): Promise<string[]> {
    const wanted = ordinals(world.kubelet.replicas);
    const ready = await Promise.all(wanted.map((ordinal) => world.isReady(ordinal)));
    const unready = wanted.filter((ordinal) => !ready[ordinal]);
    if (unready.length > 0) {
        return [`pods ${unready.join(", ")} are not Ready`];
    }
    const others = world.kubelet.present.filter((ordinal) => !wanted.includes(ordinal));
    if (others.length > 0) {
        return [`pods ${others.join(", ")} are still there`];
    }
    return [...(await listTrouble(world, wanted)), ...(await seenTrouble(world, wanted))];
}

/** Every pod must give the same list: the wanted ordinals, all of them voters. */
async function listTrouble(world: World, wanted: number[]): Promise<string[]> {
    const lists: string[] = [];
    for (const ordinal of wanted) {
        await world.clients[ordinal]!.list();
        const { cluster, members } = world.history.lastList!;
        const names = members.map((each) => `${each.ordinal}${each.learner ? " as a learner" : ""}`).sort();
        lists.push(`${names.join(", ")} in ${cluster}`);
    }
    const [first = ""] = lists;
    if (lists.some((list) => list !== first)) {
        return [`the lists differ: ${lists.join("; ")}`];
    }
    return first.startsWith(`${[...wanted].sort().join(", ")} in `) ? [] : [`the list is ${first}`];
}

/** What one Ready pod has taken every Ready pod must show. */
async function seenTrouble(world: World, wanted: number[]): Promise<string[]> {
    const trouble: string[] = [];
    for (const writer of wanted) {
        const key = `explore/seen/${writer}/${Date.now()}`;
        await world.clients[writer]!.write(key);
        for (const reader of wanted) {
            if (!(await world.clients[reader]!.has(key))) {
                trouble.push(`a write through pod ${writer} is not seen by pod ${reader}`);
            }
        }
    }
    return trouble;
}

/** All keys, by whichever Ready pod reads them first. */
export async function readAll(world: World): Promise<Reading | undefined> {
    for (const ordinal of ordinals(world.kubelet.replicas)) {
        try {
            if (await world.isReady(ordinal)) {
                const from = Date.now();
                return { from, keys: await world.clients[ordinal]!.keys() };
            }
        } catch {
            // The next one may.
        }
    }
    return undefined;
}
