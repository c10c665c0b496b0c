/** Asks the judge (tests/faults/judge) whether a history is linearizable. */
import { collect } from "../../tools/support/run";

export interface Verdict {
    /** unknown: not decided in time. */
    verdict: "ok" | "illegal" | "unknown";
    operations: number;
    keys: number;
    /** Writes of unknown outcome. */
    maybe: number;
    /** The first key that is not linearizable, or not decided. */
    key?: string;
}

export interface JudgeOptions {
    /** Seconds. */
    timeout?: number;
    /** Where an illegal history is drawn, as HTML. */
    picture?: string;
}

/** Reads all files as one history. Errors: it cannot be read, or is empty. */
export async function judge(files: string[], { timeout = 60, picture }: JudgeOptions = {}): Promise<Verdict> {
    const options = ["-timeout", `${timeout}s`, ...(picture ? ["-visualize", picture] : [])];
    // The toolchain has made it; a tier puts it on PATH.
    const { status, stdout, stderr } = await collect(["judge", ...options, ...files]);
    if (status > 1) {
        throw new Error(stderr.trim());
    }
    return JSON.parse(stdout) as Verdict;
}
