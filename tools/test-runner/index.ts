/**
 * Runs lint, type check and the tiers, and adds up. The last line is always "N passed, N failed"; a tier that could not run is
 * named before it, and with CI=true is a failure, as is a tier in which nothing ran.
 */
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { CHECKOUT } from "../support/paths";
import { duration, say } from "../support/progress";
import { show } from "../support/run";
import { TIERS, type Prepared, type Tier } from "./tiers";

interface Counts {
    passed: number;
    failed: number;
    skipped: number;
    /** Each failed test, with the first line of what it said. */
    failures: string[];
}

interface Result extends Counts {
    name: string;
    /** Why the tier did not run at all. */
    reason?: string;
    /** What went wrong beside the tests; counted as failed. */
    problem?: string;
}

const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };

/** Runs the named tiers, or everything. Returns the exit status. */
export async function runTests(names: string[], grep?: string, tiers = TIERS): Promise<number> {
    const unknown = names.filter((name) => !tiers.some((tier) => tier.name === name));
    if (unknown.length > 0) {
        throw new Error(
            `there is no tier ${unknown.join(", ")}; there are ${tiers.map(({ name }) => name).join(", ")}`,
        );
    }
    const results: Result[] = names.length === 0 ? await check() : [];
    for (const tier of tiers.filter(({ name }) => names.length === 0 || names.includes(name))) {
        results.push(await runTier(tier, names.length > 0, grep));
    }
    return summarize(results);
}

/** Lint and type check; each counts as one test. */
async function check(): Promise<Result[]> {
    const results: Result[] = [];
    for (const name of ["lint", "typecheck"]) {
        say(`\n== ${name}`);
        const status = await show(["npm", "run", "--silent", name], { cwd: CHECKOUT });
        results.push({ ...NOTHING, name, passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 });
    }
    return results;
}

async function runTier(tier: Tier, byName: boolean, grep: string | undefined): Promise<Result> {
    say(`\n== tests: ${tier.name}`);
    const reason = tier.unavailable();
    if (reason) {
        return { ...NOTHING, name: tier.name, reason };
    }
    const start = Date.now();
    const result: Result = { ...NOTHING, name: tier.name };
    // The other tiers run, and the sum is told, whatever goes wrong before, during or after the tests of this one.
    const fail = (error: Error) => {
        result.failed++;
        result.problem = error.message;
    };
    await runPrepared(tier, byName, grep)
        .then((counts) => Object.assign(result, counts))
        .catch(fail);
    await tier.cleanUp?.().catch(fail);
    say(`-- ${tier.name}: ${duration(Date.now() - start)}`);
    return result;
}

async function runPrepared(tier: Tier, byName: boolean, grep: string | undefined): Promise<Counts> {
    const runs = [await tier.prepare(grep, byName)].flat();
    const all = await Promise.all(runs.map((each, index) => runOne(each, index > 0)));
    const sum = (key: "passed" | "failed" | "skipped") => all.reduce((total, counts) => total + counts[key], 0);
    return {
        ...{ passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") },
        failures: all.flatMap(({ failures }) => failures),
    };
}

/** One run of mocha; what it prints is shown as it comes, or `afterwards`, when another one has the terminal. */
async function runOne({ argv, env }: Prepared, afterwards: boolean): Promise<Counts> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-tests-"));
    const [file, printed] = [path.join(folder, "counts.json"), path.join(folder, "printed")];
    const output = afterwards ? fs.openSync(printed, "w") : undefined;
    try {
        const status = await show(argv, { cwd: CHECKOUT, env: { ...env, TEST_COUNTS: file }, output });
        const counts = read(file);
        // A run that broke off, or that ended badly without a failed test, has failed.
        return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
    } finally {
        if (output !== undefined) {
            fs.closeSync(output);
            process.stdout.write(fs.readFileSync(printed));
        }
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

/** What the reporter counted; nothing, when the run broke off before its end. */
function read(file: string): Counts {
    return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Counts) : NOTHING;
}

function summarize(results: Result[]): number {
    const ci = process.env.CI === "true";
    let failed = 0;
    say("");
    for (const { name, reason, problem, ...counts } of results) {
        const empty = !reason && counts.passed + counts.failed === 0;
        const strict = ci && (reason !== undefined || counts.skipped > 0);
        failed += counts.failed + (empty || strict ? 1 : 0);
        const text = reason ? `did not run: ${reason}` : `${counts.passed} passed, ${counts.failed} failed`;
        const skipped = counts.skipped > 0 ? `, ${counts.skipped} SKIPPED` : "";
        say(`${name.padEnd(10)} ${text}${skipped}${empty ? " (nothing ran: a failure)" : ""}`);
        for (const line of [...counts.failures, ...(problem ? [problem] : [])]) {
            say(`${" ".repeat(10)} ${line}`);
        }
    }
    const passed = results.reduce((sum, result) => sum + result.passed, 0);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
}
