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
import { TIERS, type Tier } from "./tiers";

interface Result {
    name: string;
    passed: number;
    failed: number;
    skipped: number;
    /** Why the tier did not run at all. */
    reason?: string;
}

/** Runs the named tiers, or everything. Returns the exit status. */
export async function runTests(names: string[], grep?: string): Promise<number> {
    const unknown = names.filter((name) => !TIERS.some((tier) => tier.name === name));
    if (unknown.length > 0) {
        throw new Error(
            `there is no tier ${unknown.join(", ")}; there are ${TIERS.map(({ name }) => name).join(", ")}`,
        );
    }
    const results: Result[] = names.length === 0 ? await check() : [];
    for (const tier of TIERS.filter(({ name }) => names.length === 0 || names.includes(name))) {
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
        results.push({ name, passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 });
    }
    return results;
}

async function runTier(tier: Tier, byName: boolean, grep: string | undefined): Promise<Result> {
    say(`\n== tests: ${tier.name}`);
    const reason = tier.unavailable();
    if (reason) {
        return { name: tier.name, passed: 0, failed: 0, skipped: 0, reason };
    }
    const start = Date.now();
    const { argv, env, cleanUp } = await tier.prepare(grep, byName);
    const counts = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "etcd-tests-")), "counts.json");
    try {
        const status = await show(argv, { cwd: CHECKOUT, env: { ...env, TEST_COUNTS: counts } });
        const result = { name: tier.name, ...read(counts) };
        // A run that broke off, or that ended badly without a failed test, has failed.
        const broke = status !== 0 && result.failed === 0;
        return broke ? { ...result, failed: 1 } : result;
    } finally {
        fs.rmSync(path.dirname(counts), { recursive: true, force: true });
        await cleanUp?.();
        say(`-- ${tier.name}: ${duration(Date.now() - start)}`);
    }
}

/** What the reporter counted; nothing, when the run broke off before its end. */
function read(file: string): Omit<Result, "name" | "reason"> {
    const none = { passed: 0, failed: 0, skipped: 0 };
    return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as typeof none) : none;
}

function summarize(results: Result[]): number {
    const ci = process.env.CI === "true";
    let failed = 0;
    say("");
    for (const { name, reason, ...counts } of results) {
        const empty = !reason && counts.passed + counts.failed === 0;
        const strict = ci && (reason !== undefined || counts.skipped > 0);
        failed += counts.failed + (empty || strict ? 1 : 0);
        const text = reason ? `did not run: ${reason}` : `${counts.passed} passed, ${counts.failed} failed`;
        const skipped = counts.skipped > 0 ? `, ${counts.skipped} SKIPPED` : "";
        say(`${name.padEnd(10)} ${text}${skipped}${empty ? " (nothing ran: a failure)" : ""}`);
    }
    const passed = results.reduce((sum, result) => sum + result.passed, 0);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
}
