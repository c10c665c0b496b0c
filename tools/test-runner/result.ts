/** What a run of tests came to. */

export interface Timed {
    title: string;
    milliseconds: number;
}

export interface Counts {
    passed: number;
    failed: number;
    skipped: number;
    /** Each failed test, with the first line of what it said. */
    failures: string[];
    /** The tests that took longest. */
    slowest: Timed[];
}

export interface Result extends Counts {
    name: string;
    /** From the first step of preparing it to the last one of cleaning up. */
    milliseconds: number;
    /** Why this machine cannot run it. */
    unavailable?: string;
    /** What ended the run of everything before its turn came. */
    notReached?: string;
    /** What went wrong beside the tests; counted as failed. */
    problem?: string;
}

export const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0, failures: [], slowest: [] };

export function sumOf(all: Counts[]): Counts {
    const total = (key: "passed" | "failed" | "skipped") => all.reduce((sum, counts) => sum + counts[key], 0);
    return {
        ...{ passed: total("passed"), failed: total("failed"), skipped: total("skipped") },
        failures: all.flatMap(({ failures }) => failures),
        slowest: all.flatMap(({ slowest }) => slowest),
    };
}
