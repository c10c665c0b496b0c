/** What the explorer has found so far, for its report. By hand: a sequence that failed, what it came from, and where that was mended. */

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

/** The sequences are in known.txt as well, which `--sequence` runs. */
const OF_BEFORE = "the scripts of commit 5cd124b";

export const FOUND: readonly Found[] = [
    {
        fault: "A scale-down below the old quorum while a leaver is dead leaves no quorum",
        rule: "not well",
        sequence: `size 3
lose-node {"pods":[2]} 2
scale {"to":1} 3`,
        on: OF_BEFORE,
    },
    {
        fault: "A pod joins with a volume that cannot be written, again and again",
        rule: "unproven entry",
        sequence: `size 3
spoil-disk {"pod":2,"defect":"unwritable","empty":true,"restart":true} 8`,
        on: OF_BEFORE,
    },
    {
        fault: "A recovery from a snapshot beside a paused majority makes two clusters for good",
        rule: "two clusters",
        sequence: `size 3
freeze {"pods":[0,1]} 1
recover {"pod":2,"from":"snapshot","lost":"never","wait":30} 4`,
        on: OF_BEFORE,
    },
    {
        fault: "One line of the marker makes every member set its data aside",
        rule: "set aside without proof",
        sequence: `size 3
edit-marker {"line":"recovered","pod":0,"value":"9 whatever"} 0
force-delete {"pods":[0,1,2]} 10`,
        on: OF_BEFORE,
    },
    {
        fault: "A second cluster forms beside kept disks of higher ordinals",
        rule: "two clusters",
        sequence: `size 3
destroy-and-up {"kept":[1,2],"replicas":1,"size":1,"token":"same","late":[]} 10
scale {"to":3} 5`,
        on: OF_BEFORE,
    },
    {
        fault: "A request that was left in the config is carried out after a destroy and an up",
        rule: "stale request",
        sequence: `size 3
recover {"pod":1,"from":"disk","lost":"never","wait":10} 0
destroy-and-up {"kept":[0,1,2],"replicas":3,"size":3,"token":"same","late":[0,2]} 25`,
        on: OF_BEFORE,
    },
    {
        fault: "Disks of a majority that were put back lose acknowledged writes, and nobody notices",
        rule: "lost writes, divergence",
        sequence: `size 3
roll-back-disks {"pods":[0,1]} 0
lose-node {"pods":[2]} 10`,
        on: OF_BEFORE,
    },
    {
        fault: "A log that cannot be read for a moment is taken for a lost disk, and the voter is removed",
        rule: "wanted member removed",
        sequence: `size 3
spoil-disk {"pod":1,"defect":"unreadable","empty":false,"restart":true} 8`,
        on: OF_BEFORE,
    },
    {
        fault: "The marker made anew under a living cluster is not told again, and a disk that is lost then waits for ever",
        rule: "not well",
        sequence: `size 3
remake-marker {} 1
lose-disk {"pods":[1]} 1`,
        on: OF_BEFORE,
    },
];
