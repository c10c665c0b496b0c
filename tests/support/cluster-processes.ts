// Processes and network namespaces of the local test cluster, found by control group: only what this run's own cluster started
// is ever signalled.
import { execFileSync } from "child_process";
import * as fs from "fs";
import * as path from "path";

import { groupProcesses } from "../../tools/local-cluster/cgroups";
import { restartDaemon } from "../../tools/local-cluster/daemons";
import { MOST_NODES, nodesOf } from "../../tools/local-cluster/network";
import { findSandbox } from "../../tools/local-cluster/sandbox";
import { sleep } from "./scripts-wait";

/** Folder of the cluster that this run made. */
export function home(): string {
    const folder = process.env.TEST_CLUSTER_HOME;
    if (!folder) {
        throw new Error(
            "TEST_CLUSTER_HOME must name the folder of the test cluster: run `npm test` or one of its tiers",
        );
    }
    return folder;
}

function read(file: string): string {
    try {
        return fs.readFileSync(file, "utf8");
    } catch {
        return "";
    }
}

function programOf(pid: number): string {
    try {
        return path.basename(fs.readlinkSync(`/proc/${pid}/exe`));
    } catch {
        return "";
    }
}

/** Processes of one container; none, when it has not started and has no ID yet. */
export function containerProcesses(id: string): number[] {
    if (id === "") {
        return [];
    }
    return groupProcesses(home()).filter((pid) => read(`/proc/${pid}/cgroup`).includes(id));
}

/** The etcd of one container. Errors: it does not run. */
export function etcdOf(containerId: string): number {
    const pid = containerProcesses(containerId).find((each) => programOf(each) === "etcd");
    if (pid === undefined) {
        throw new Error(`no etcd runs in container ${containerId}`);
    }
    return pid;
}

/** Stops processes from running (they keep their sockets) while `work` lasts. */
export async function frozen(pids: number[], work: () => Promise<void>): Promise<void> {
    const signal = (name: NodeJS.Signals) =>
        pids.forEach((pid) => {
            try {
                process.kill(pid, name);
            } catch {
                // It has ended meanwhile.
            }
        });
    signal("SIGSTOP");
    try {
        await work();
    } finally {
        signal("SIGCONT");
    }
}

/** Daemons of the cluster by name; pods' processes of the same name are in groups of their own. `nodes`: the kubelets of these. */
export function daemons(name: string, nodes?: string[]): number[] {
    const isOfThem = (pid: number) => {
        const words = read(`/proc/${pid}/cmdline`).split("\0");
        return !nodes || nodes.some((node) => words.includes(`--hostname-override=${node}`));
    };
    return groupProcesses(home()).filter(
        (pid) => programOf(pid) === name && /\/daemons$/m.test(read(`/proc/${pid}/cgroup`)) && isOfThem(pid),
    );
}

/** Ends a daemon of a node with a signal, and starts it again. */
export async function restartOn(node: string, daemon: "kubelet" | "containerd", signal: NodeJS.Signals): Promise<void> {
    const where = nodesOf(MOST_NODES).find(({ name }) => name === node);
    await restartDaemon(findSandbox(home())!, daemon, where!, signal);
}

/** Cuts a further node off from all others while `work` lasts; its pods keep running. */
export async function nodeCutOff(node: string, work: () => Promise<void>): Promise<void> {
    execFileSync("ip", ["link", "set", node, "down"]);
    try {
        await work();
    } finally {
        execFileSync("ip", ["link", "set", node, "up"]);
    }
}

/** Lets a fault last. */
export const seconds = (count: number) => sleep(count * 1000);
