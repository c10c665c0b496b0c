/** What the explorer has found so far, for its report. By hand: a sequence that failed, what it came from, and where that was mended. */
import * as fs from "fs";
import * as path from "path";

export interface Found {
    /** What happened. */
    fault: string;
    /** The rule of the oracle that told. */
    rule: string;
    /** The shortest sequence that showed it. */
    sequence: string;
    /** The scripts that it was found on. */
    on: string;
    /** How it was mended; nothing while it is not. */
    mended?: string;
}

const OF_BEFORE = "the scripts of commit 5cd124b with a sequence written by hand";

const KNOWN = fs.readFileSync(path.join(__dirname, "known.txt"), "utf8");

/** The sequence under that number in known.txt, which `--sequence` runs. */
function known(number: number): string {
    const [, sequence] = new RegExp(`^# ${number} .*\n([^#]*)`, "m").exec(KNOWN) ?? [];
    if (!sequence) {
        throw new Error(`known.txt has no number ${number}`);
    }
    return sequence.trim();
}

export const FOUND: readonly Found[] = [
    {
        fault: "A scale-down below the old quorum while a leaver is dead leaves no quorum",
        rule: "not well",
        sequence: known(1),
        on: OF_BEFORE,
    },
    {
        fault: "A pod joins with a volume that cannot be written, again and again",
        rule: "unproven entry",
        sequence: known(2),
        on: OF_BEFORE,
    },
    {
        fault: "A recovery from a snapshot beside a paused majority makes two clusters for good",
        rule: "two clusters",
        sequence: known(5),
        on: OF_BEFORE,
    },
    {
        fault: "One line of the marker makes every member set its data aside",
        rule: "set aside without proof",
        sequence: known(6),
        on: OF_BEFORE,
    },
    {
        fault: "A second cluster forms beside kept disks of higher ordinals",
        rule: "two clusters",
        sequence: known(9),
        on: OF_BEFORE,
    },
    {
        fault: "A request that was left in the config is carried out after a destroy and an up",
        rule: "stale request",
        sequence: known(10),
        on: OF_BEFORE,
    },
    {
        fault: "Disks of a majority that were put back lose acknowledged writes, and nobody notices",
        rule: "divergence",
        sequence: known(11),
        on: OF_BEFORE,
    },
    {
        fault: "A log that cannot be read for a moment is taken for a lost disk, and the voter is removed",
        rule: "wanted member removed",
        sequence: known(12),
        on: OF_BEFORE,
    },
    {
        fault: "The marker made anew under a living cluster is not told again, and a disk that is lost then waits for ever",
        rule: "not well",
        sequence: known(14),
        on: OF_BEFORE,
    },
];
