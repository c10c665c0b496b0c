/** What a run says at its end: a table of the tiers, what failed, the slowest tests, and the sum. */
import { say } from "../support/progress";
import type { Result } from "./result";

const SLOWEST = 10;
const INDENT = " ".repeat(14);

/**
 * How many failures a run stands for. With CI=true everything must have run; nothing that ran is a failure anyway, but
 * `chosen` tests may all be those of another tier.
 */
export function failedOf(results: Result[], chosen = false): number {
    const ran = results.some(({ passed, failed }) => passed + failed > 0);
    return results.reduce(
        (sum, result) => sum + result.failed + (isStrict(result) || isEmpty(result, chosen && ran) ? 1 : 0),
        0,
    );
}

const isStrict = ({ unavailable, skipped }: Result) =>
    process.env.CI === "true" && (unavailable !== undefined || skipped > 0);

const isEmpty = ({ unavailable, notReached, passed, failed }: Result, allowed: boolean) =>
    !allowed && !unavailable && !notReached && passed + failed === 0;

/** Says all of it; returns the exit status. `chosen`: whether only tests of a certain name were to run. */
export function summarize(results: Result[], milliseconds: number, chosen: boolean): number {
    const failed = failedOf(results, chosen);
    const passed = results.reduce((sum, result) => sum + result.passed, 0);
    say(`\n${"tier".padEnd(INDENT.length)} tests`);
    for (const result of results) {
        const empty = isEmpty(result, chosen) ? " (nothing ran: a failure)" : "";
        say(`${result.name.padEnd(INDENT.length)} ${outcome(result)}${empty}`);
        for (const line of [...result.failures, ...(result.problem ? [result.problem] : [])]) {
            say(`${INDENT} ${line}`);
        }
    }
    say(`${"all".padEnd(INDENT.length)} ${counted(passed, failed, milliseconds)}`);
    const slowest = results
        .flatMap(({ name, slowest }) => slowest.map((each) => ({ name, ...each })))
        .sort((a, b) => b.milliseconds - a.milliseconds);
    say("\nthe slowest");
    slowest.slice(0, SLOWEST).forEach(({ name, title, milliseconds }) => {
        say(`${seconds(milliseconds)}  ${name}: ${title}`);
    });
    const [reason] = results.flatMap(({ notReached }) => notReached ?? []);
    say(reason ? `\nNot everything was begun: ${reason}.` : "");
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    return failed === 0 && !reason ? 0 : 1;
}

function outcome({ unavailable, notReached, passed, failed, skipped, milliseconds }: Result): string {
    if (unavailable || notReached) {
        return `did not run: ${unavailable ?? notReached}`;
    }
    return `${counted(passed, failed, milliseconds)}${skipped > 0 ? `, ${skipped} SKIPPED` : ""}`;
}

const counted = (passed: number, failed: number, milliseconds: number) =>
    `${`${passed} passed, ${failed} failed`.padEnd(24)} ${seconds(milliseconds)}`;

const seconds = (milliseconds: number) => `${String(Math.round(milliseconds / 1000)).padStart(5)} s`;
