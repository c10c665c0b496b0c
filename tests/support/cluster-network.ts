// The network of single pods of the local test cluster, made worse for a while: packets dropped, some of them or all, delayed,
// queued. Everything is set in the pods' own network namespaces.
import { execFileSync, spawnSync } from "child_process";
import * as fs from "fs";

import { containerProcesses } from "./cluster-processes";

/** Runs a command in a pod's network; gives its output. */
type Run = (argv: string[], input?: string) => string;

/** What is done to a pod's network, what undoes it, and how many packets it has met so far. */
interface Impairment {
    begin(run: Run): void;
    end(run: Run): void;
    met(run: Run): number;
}

/**
 * Impairs the network of all these containers' pods while `work` lasts; gives for each how many packets were met. Whatever ends
 * in a pod meanwhile, its namespace is held open, and what was impaired is mended again.
 */
async function impaired(containerIds: string[], how: Impairment, work: () => Promise<void>): Promise<number[]> {
    const spaces = containerIds.map(openNetwork);
    const runs = spaces.map(runIn);
    const begun: Run[] = [];
    try {
        for (const run of runs) {
            how.begin(run);
            begun.push(run);
        }
        await work();
        return runs.map((run) => how.met(run));
    } finally {
        begun.forEach((run) => how.end(run));
        spaces.forEach((space) => fs.closeSync(space));
    }
}

function openNetwork(containerId: string): number {
    const [pid] = containerProcesses(containerId);
    if (pid === undefined) {
        throw new Error(`no process belongs to container ${containerId}`);
    }
    return fs.openSync(`/proc/${pid}/ns/net`, "r");
}

function runIn(space: number): Run {
    return (argv, input = "") =>
        execFileSync("nsenter", ["--net=/proc/self/fd/3", "--", ...argv], {
            input,
            stdio: ["pipe", "pipe", "inherit", space],
            encoding: "utf8",
        });
}

const TABLE = "table inet etcd_test_cut";
type Hook = "input" | "output";

/** Drops what `rule` says, at those hooks, but for what a pod sends itself. */
function dropping(hooks: Hook[], rule: string): Impairment {
    const chains = hooks.map((hook) => {
        const device = hook === "input" ? "iif" : "oif";
        return `chain ${hook} { type filter hook ${hook} priority -10; ${device} lo accept; ${rule} counter drop; }`;
    });
    return {
        begin: (run) => run(["nft", "-f", "-"], [`${TABLE} {`, ...chains, "}", ""].join("\n")),
        end: (run) => run(["nft", "-f", "-"], `${TABLE}; delete ${TABLE}`),
        met: (run) => sum(run(["nft", "list", ...TABLE.split(" ")]), /counter packets (\d+)/g),
    };
}

/** A queueing discipline of that kind for all that a pod sends. */
function queueing(...discipline: string[]): Impairment {
    return {
        begin: (run) => run(["tc", "qdisc", "add", "dev", "eth0", "root", ...discipline]),
        end: (run) => run(["tc", "qdisc", "del", "dev", "eth0", "root"]),
        met: (run) => sum(run(["tc", "-s", "qdisc", "show", "dev", "eth0"]), /(?:dropped|overlimits) (\d+)/g),
    };
}

const sum = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);

/** All packets of a pod are dropped while `work` lasts: those that come in, those that go out, or both. */
export async function cutOff(containerId: string, hooks: Hook[], work: () => Promise<void>): Promise<void> {
    await impaired([containerId], dropping(hooks, ""), work);
}

/** Of all packets that reach these pods so many of a hundred are lost, at random; gives how many were, for each. */
export const losing = (percent: number, containerIds: string[], work: () => Promise<void>) =>
    impaired(containerIds, dropping(["input"], `numgen random mod 100 < ${percent}`), work);

/** The pods send no more than that rate; what exceeds it queues, and is dropped when the queue is that long. */
export const throttled = (rate: string, longest: string, containerIds: string[], work: () => Promise<void>) =>
    impaired(containerIds, queueing("tbf", "rate", rate, "burst", "8kb", "latency", longest), work);

/** The pods' packets are delayed, out of order, and lost, as the kernel's network emulator does it. */
export const emulated = (settings: string[], containerIds: string[], work: () => Promise<void>) =>
    impaired(containerIds, queueing("netem", ...settings), work);

/** Why this machine cannot do that to a network, tried in one that is made for it; or undefined. */
export const lossUnavailable = () =>
    tried(["nft", "-f", "-"], `${TABLE} { chain input { numgen random mod 2 < 1 drop; }; }\n`);
export const throttleUnavailable = () => tried(tc("tbf", "rate", "1mbit", "burst", "8kb", "latency", "100ms"));
export const emulationUnavailable = () => tried(tc("netem", "delay", "1ms"));

const tc = (...discipline: string[]) => ["tc", "qdisc", "add", "dev", "lo", "root", ...discipline];

function tried(argv: string[], input = ""): string | undefined {
    const { status, stderr, error } = spawnSync("unshare", ["--net", ...argv], { input, encoding: "utf8" });
    return status === 0
        ? undefined
        : `${argv.slice(0, 7).join(" ")}: ${error?.message ?? stderr.trim().split("\n")[0]}`;
}
