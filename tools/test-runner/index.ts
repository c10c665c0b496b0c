/**
 * Runs the tiers and adds up. First the gate, which takes little; when it fails, the rest is not begun. The last line of standard
 * output is always "N passed, N failed"; a tier that could not run is named before it, and with CI=true is a failure, as is a tier
 * in which nothing ran.
 */
import { buildMissing } from "./missing";
import { PLAN } from "./plan";
import { Stopping } from "./processes";
import { NOTHING, type Result } from "./result";
import { runTier, type Run } from "./run-tier";
import { Screen } from "./screen";
import { failedOf, summarize } from "./summary";
import type { Lane, Plan, Tier } from "./tier";

/** Runs the named tiers one after the other, or everything. Returns the exit status. */
export async function runTests(names: string[], grep?: string, plan = PLAN): Promise<number> {
    const tiers = [...plan.gate, ...plan.rest].flat();
    const unknown = names.filter((name) => !tiers.some((tier) => tier.name === name));
    if (unknown.length > 0) {
        throw new Error(
            `there is no tier ${unknown.join(", ")}; there are ${tiers.map(({ name }) => name).join(", ")}`,
        );
    }
    const begun = Date.now();
    const run: Run = { screen: new Screen(), stopping: new Stopping(), grep, byName: names.length > 0 };
    const results = await run.stopping.during(() =>
        run.byName
            ? runLane(
                  tiers.filter(({ name }) => names.includes(name)),
                  run,
              )
            : runAll(plan, run),
    );
    return summarize(results, Date.now() - begun, grep !== undefined);
}

/** The gate, and the rest if that is worth it; what is missing of the toolchain is built beside both. */
async function runAll({ gate, rest }: Plan, run: Run): Promise<Result[]> {
    const tools = rest.flat().flatMap((tier) => (tier.unavailable() ? [] : (tier.tools ?? [])));
    const building = buildMissing([...new Set(tools)], run);
    try {
        const results = await sideBySide(gate, run);
        return failedOf(results) > 0
            ? [...results, ...rest.flat().map((tier) => notReached(tier, "the gate has failed"))]
            : [...results, ...(await sideBySide(rest, run))];
    } finally {
        building.stop();
        await building.ended;
    }
}

async function sideBySide(lanes: Lane[], run: Run): Promise<Result[]> {
    return (await Promise.all(lanes.map((lane) => runLane(lane, run)))).flat();
}

async function runLane(lane: Lane, run: Run): Promise<Result[]> {
    const results: Result[] = [];
    for (const tier of lane) {
        results.push(run.stopping.requested ? notReached(tier, "the run was stopped") : await runTier(tier, run));
    }
    return results;
}

const notReached = ({ name }: Tier, reason: string): Result => ({
    ...NOTHING,
    name,
    milliseconds: 0,
    notReached: reason,
});
