// SIGKILL at every point of the scripts. Each scenario first runs undisturbed, which tells its points; then once for each of them.
import assert from "assert";
import { Suite, Test } from "mocha";

import "../support/scripts-environment";
import { SCENARIOS, type Scenario } from "./scenarios";
import { Records, type Verdict } from "./records";
import { sampleOf } from "./sample";
import { World } from "./world";

const whole = process.env.INTERRUPTIONS === "all";
const chosen = new RegExp(process.env.INTERRUPTIONS_GREP ?? "");
const records = new Records(process.env.INTERRUPTIONS_RECORDS);
/** In how many runs a pod may fail to come to the point, because somebody else was quicker. */
const ATTEMPTS = 3;

/** What the summary says: of the scenarios that ran, their points, and how many of those ran now. */
const sum = { points: 0, now: 0 };

/** The cluster that the run before has left, if that one passed. */
let shared: World | undefined;

async function worldOf({ size }: Scenario): Promise<World> {
    if (shared?.replicas !== size) {
        await forget();
        shared = await World.make(size);
    }
    return shared;
}

async function forget(): Promise<void> {
    const { cluster } = shared ?? {};
    shared = undefined;
    await cluster?.destroy();
}

/** One run of a scenario, killed at the point if one is named. Tells whether it was, and the points that were passed. */
async function goThrough(scenario: Scenario, point?: string): Promise<{ struck: boolean; points: string[] }> {
    const world = await worldOf(scenario);
    const { cluster, points } = world;
    try {
        await scenario.prepare(world);
        const writer = world.writer();
        if (scenario.quiet) {
            await cluster.waitFor("some writes", () => writer.acknowledged.size > 5);
            await world.collect(writer);
        }
        const restarts = new Map(cluster.pods.map((pod) => [pod, pod.restarts]));
        points.forget();
        const struck = await points.strike(point ?? "", scenario.struck, () => scenario.run(world));
        const passed = points.passed(scenario.struck);
        await world.judge(scenario.becomes ?? scenario.size, scenario.quiet ? world.writer() : writer);
        const again = cluster.pods.filter((pod) => pod !== struck && pod.restarts > (restarts.get(pod) ?? 0));
        assert.deepEqual(
            again.map(({ name }) => name),
            [],
            "a pod that was not killed has ended by itself",
        );
        return { struck: struck !== undefined, points: passed };
    } catch (error) {
        const report = cluster.report();
        await forget();
        await world.end();
        (error as Error).message += `\n${report}`;
        throw error;
    }
}

async function kill(scenario: Scenario, point: string): Promise<void> {
    const began = Date.now();
    const answer = (verdict: Verdict, reason?: string) =>
        records.keep({ scenario: scenario.id, point, verdict, seconds: (Date.now() - began) / 1000, reason });
    try {
        for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
            if ((await goThrough(scenario, point)).struck) {
                return answer("pass");
            }
        }
    } catch (error) {
        answer("fail", (error as Error).message.split("\n")[0]);
        throw error;
    }
    // The sample is of scenarios in which nobody else can be quicker; there it is a point that was not tried.
    assert.ok(whole, `in ${ATTEMPTS} runs nobody came to "${point}"`);
    answer("not reached");
    console.log(`      NOT REACHED: in ${ATTEMPTS} runs nobody came to "${point}"`);
}

/** Those of the points passed that this scenario is there for. */
function ownPoints({ from, besides }: Scenario, points: string[]): string[] {
    const elsewhere = new Set(besides && records.pointsOf(besides));
    const begin = from ? points.findIndex((point) => from.test(point)) : 0;
    const own = points.slice(begin).filter((point) => !elsewhere.has(point));
    assert.ok(begin >= 0 && own.length > 0, "the scenario has no points");
    return own;
}

/** Adds the tests of a scenario whose points are known. */
function define(scenario: Scenario, suite: Suite): void {
    const all = records.pointsOf(scenario.id)!;
    const wanted = whole ? all.filter((point) => chosen.test(`${scenario.id}: ${point}`)) : sampleOf(all);
    const open = wanted.filter((point) => !whole || !records.has(scenario.id, point));
    sum.points += all.length;
    sum.now += open.length;
    const known = wanted.length - open.length;
    console.log(
        `    ${scenario.id}: ${open.length} of ${all.length} points run now${known ? `, ${known} have an answer from an earlier run` : ""}`,
    );
    open.forEach((point) => suite.addTest(new Test(point, () => kill(scenario, point))));
}

const taken = SCENARIOS.filter(({ inSample }) => whole || inSample);

describe(whole ? "SIGKILL at every point" : "SIGKILL at a sample of all points", () => {
    after(forget);
    after(() => records.write());
    after(() => {
        const left = SCENARIOS.filter((scenario) => !taken.includes(scenario)).map(({ id }) => id);
        const rest = left.length > 0 ? `; of ${left.join(", ")} none: npm run test:interruptions runs everything` : "";
        console.log(`    ${sum.now} of ${sum.points} points of ${taken.map(({ id }) => id).join(", ")} ran${rest}`);
    });

    for (const scenario of taken) {
        describe(`${scenario.id}: ${scenario.title}`, () => {
            const killed = describe("killed", () => {});
            it("goes through without a kill", async () => {
                if (!records.pointsOf(scenario.id)) {
                    const { points } = await goThrough(scenario);
                    records.keepPoints(scenario.id, ownPoints(scenario, points));
                }
                define(scenario, killed);
            });
        });
    }
});
