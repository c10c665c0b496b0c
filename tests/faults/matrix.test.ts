// Runs the matrix: `npm test` its core, `npm run test:faults` all of it. What each case showed is kept, so that a run that was
// stopped goes on where it was, and becomes docs/reliability.md.
import { MATRIX } from "./matrix";
import type { Case } from "./case";
import { Records } from "./records";
import { World } from "./world";

const whole = process.env.FAULTS === "all";
/** What was asked for by name runs, whatever an earlier run had for an answer. */
const again = process.env.FAULTS_AGAIN === "yes";
const records = new Records(whole);

/** The cluster that the case before left behind, if that one passed. */
let shared: World | undefined;

async function worldOf({ settings = { replicas: 3 }, alone, program }: Case): Promise<World> {
    if (shared && !alone && JSON.stringify(shared.settings) === JSON.stringify(settings)) {
        return shared.again();
    }
    await forget();
    return (shared = await World.make(settings, program));
}

async function forget(): Promise<void> {
    const { stack } = shared ?? {};
    shared = undefined;
    await stack?.remove();
}

async function run(each: Case): Promise<void> {
    const begin = Date.now();
    try {
        const world = await worldOf(each);
        const findings = await world.judged(each.id, each.quiet ?? false, each.run);
        records.passed(each, Date.now() - begin, findings);
        if (each.alone) {
            await forget();
        }
    } catch (error) {
        records.failed(each, Date.now() - begin, error as Error);
        const report = await shared?.stack.report();
        await forget();
        throw new Error(`${(error as Error).stack}\n${report}`);
    }
}

describe(whole ? "the fault matrix" : "the core of the fault matrix", () => {
    after(forget);
    after(() => records.write());

    for (const each of MATRIX.filter(({ core }) => whole || core)) {
        const reason = each.unavailable?.();
        if (reason) {
            records.notRun(each, reason);
        } else if (again || !records.has(each)) {
            it(`${each.id}: ${each.title}`, () => run(each));
        }
    }
});
