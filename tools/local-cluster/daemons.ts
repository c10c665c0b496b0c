/** Starting the cluster's daemons inside its namespaces, and seeing which of them run. */
import { spawn } from "child_process";
import * as fs from "fs";
import * as path from "path";

import { groupProcesses, joinGroups } from "./cgroups";
import type { Node } from "./network";
import type { Sandbox } from "./sandbox";

export interface Context {
    home: string;
    tools: Record<string, string>;
    sandbox: Sandbox;
}

const ONE_OF_EACH = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "coredns",
    "local-path-provisioner",
];
const ON_EACH_NODE = ["containerd", "kubelet", "kube-proxy"];

/** All daemons of a complete cluster, sorted. */
export function daemonsOf(nodes: number): string[] {
    return [...ONE_OF_EACH, ...Array<string[]>(nodes).fill(ON_EACH_NODE).flat()].sort();
}

/** Starts a daemon, on `node` if it is one of several; its output goes to log/. It belongs to the sandbox, not to us. */
export function startDaemon(
    { home, tools, sandbox }: Context,
    name: string,
    args: string[],
    env: NodeJS.ProcessEnv = {},
    node?: Node,
): void {
    const log = fs.openSync(path.join(home, "log", `${name}${node?.own ? `.${node.name}` : ""}.log`), "a");
    const network = node?.own ? ["nsenter", `--net=/run/netns/${node.name}`, "--"] : [];
    // The shell joins the groups before anything is forked: what the daemon starts is born in them.
    const [program, ...rest] = joinGroups(sandbox.home, [...sandbox.inside, ...network, tools[name]!, ...args]);
    const child = spawn(program!, rest, {
        detached: true,
        stdio: ["ignore", log, log],
        cwd: "/",
        env: { PATH: process.env.PATH, HOME: home, ...env },
    });
    fs.closeSync(log);
    child.unref();
}

/** Names of the daemons that run in this sandbox's process namespace. */
export function runningDaemons(sandbox: Sandbox): string[] {
    const namespace = fs.readlinkSync(`/proc/${sandbox.pid}/ns/pid`);
    return groupProcesses(sandbox.home).flatMap((pid) => {
        try {
            const same = fs.readlinkSync(`/proc/${pid}/ns/pid`) === namespace;
            return same ? [path.basename(fs.readlinkSync(`/proc/${pid}/exe`))] : [];
        } catch {
            return [];
        }
    });
}
