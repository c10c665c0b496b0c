/** One tier from the first step of preparing it to the last one of cleaning up. */
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { CHECKOUT } from "../support/paths";
import { say } from "../support/progress";
import type { Stopping } from "./processes";
import { NOTHING, sumOf, type Counts, type Result } from "./result";
import type { Screen } from "./screen";
import type { Prepared, Tier } from "./tier";

export interface Run {
    screen: Screen;
    stopping: Stopping;
    grep?: string;
    /** Whether tiers were asked for, and not just everything. */
    byName: boolean;
}

/** Whatever goes wrong before, during or after the tests is part of the result, so that the others run and the sum is told. */
export async function runTier(tier: Tier, run: Run): Promise<Result> {
    const start = Date.now();
    const result: Result = { ...NOTHING, name: tier.name, milliseconds: 0 };
    const reason = tier.unavailable();
    if (reason) {
        return { ...result, unavailable: reason };
    }
    const fail = (error: Error) => {
        result.failed++;
        result.problem = error.message;
    };
    await runPrepared(tier, run)
        .then((counts) => Object.assign(result, counts))
        .catch(fail);
    await tier.cleanUp?.().catch(fail);
    return { ...result, milliseconds: Date.now() - start };
}

async function runPrepared(tier: Tier, { screen, stopping, grep, byName }: Run): Promise<Counts> {
    say(`- ${tier.name}: begins`);
    const stopped = stopping.request.then(() => {
        throw new Error("it was stopped");
    });
    const runs = [await Promise.race([tier.prepare(grep, byName), stopped])].flat();
    const titles = runs.map((_, index) => `${tier.name}${runs.length > 1 ? `, ${index + 1} of ${runs.length}` : ""}`);
    const counts = await Promise.all(runs.map((each, index) => runOne(titles[index]!, each, screen, stopping)));
    return sumOf(counts);
}

async function runOne(title: string, prepared: Prepared, screen: Screen, stopping: Stopping): Promise<Counts> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-tests-"));
    const [file, printed] = [path.join(folder, "counts.json"), path.join(folder, "printed")];
    const output = fs.openSync(printed, "w");
    screen.opened(title, printed);
    const begun = Date.now();
    try {
        const env = { ...prepared.env, TEST_COUNTS: file };
        const status = await stopping.start(prepared.argv, { cwd: CHECKOUT, env, output }).ended;
        if (prepared.isOneTest) {
            return asOneTest(title, status === 0, Date.now() - begun);
        }
        const counts = read(file);
        // A run that broke off, or that ended badly without a failed test, has failed.
        return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
    } finally {
        fs.closeSync(output);
        screen.closed(title);
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

function asOneTest(title: string, passed: boolean, milliseconds: number): Counts {
    return { ...NOTHING, passed: passed ? 1 : 0, failed: passed ? 0 : 1, slowest: [{ title, milliseconds }] };
}

/** What the reporter counted; nothing, when the run broke off before its end. */
function read(file: string): Counts {
    return fs.existsSync(file) ? { ...NOTHING, ...(JSON.parse(fs.readFileSync(file, "utf8")) as Counts) } : NOTHING;
}
