/** What the explorer has found so far, for its report. By hand: a sequence that failed, what it came from, and where that was mended. */

export interface Found {
    /** What happened. */
    fault: string;
    /** The shortest sequence that showed it. */
    sequence: string;
    /** The scripts that it was found on. */
    on: string;
    /** How it was mended; nothing while it is not. */
    mended?: string;
}

export const FOUND: readonly Found[] = [];
