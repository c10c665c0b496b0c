/**
 * The namespaces of one cluster: mounts, network, processes. Nothing of it is visible outside, and all of it ends with its first
 * process: processes, mounts, links and packet filter rules cannot be left behind, however the cluster is stopped.
 */
import { spawn, spawnSync } from "child_process";
import * as fs from "fs";
import * as path from "path";

import { cgroupsUnavailable, groupFolders, groupProcesses, joinGroups, makeGroups, removeGroups } from "./cgroups";
import { NODE_ADDRESS } from "./network";
import { waitUntil } from "./wait";

export interface Sandbox {
    /** Folder of the cluster. */
    home: string;
    /** Host's process ID of the first process inside. */
    pid: number;
    /** Runs a command inside the cluster's network, with its DNS, and with the host's files and processes. */
    enter: string[];
    /** Runs a command wholly inside: its mounts and processes as well. */
    inside: string[];
}

const INIT = path.join(__dirname, "sandbox.sh");
const RESOLVER = path.join(__dirname, "with-resolver.sh");

/** Why this machine cannot make such namespaces, in one sentence; undefined when it can. */
export function unavailable(): string | undefined {
    if (process.platform !== "linux") {
        return `it needs Linux, and this is ${process.platform}.`;
    }
    if (process.getuid?.() !== 0) {
        return "it needs root.";
    }
    const flags = ["--mount", "--net", "--pid", "--fork", "--mount-proc"];
    const { status, stderr, error } = spawnSync("unshare", [...flags, "true"], { encoding: "utf8", timeout: 20_000 });
    return status === 0 ? cgroupsUnavailable() : `namespaces cannot be made: ${error?.message ?? stderr.trim()}.`;
}

/** The sandbox of that name, if its first process lives. */
export function findSandbox(home: string): Sandbox | undefined {
    const pid = firstProcess(home);
    return pid && fs.existsSync(path.join(home, "sandbox-ready")) ? describe(home, pid) : undefined;
}

/** The process that is number 1 in a process namespace of its own and belongs to the daemons' group, not to a pod. */
function firstProcess(home: string): number | undefined {
    const host = fs.readlinkSync("/proc/self/ns/pid");
    return groupProcesses(home).find((pid) => {
        try {
            const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
            const numbers = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
            return (
                numbers.length === depth() + 1 &&
                numbers.at(-1) === "1" &&
                fs.readlinkSync(`/proc/${pid}/ns/pid`) !== host
            );
        } catch {
            return false;
        }
    });
}

/** How deep our own process namespace lies, as far as we can see. */
function depth(): number {
    const status = fs.readFileSync("/proc/self/status", "utf8");
    return /^NSpid:\s+(.*)$/m.exec(status)![1]!.split(/\s+/).length;
}

function describe(home: string, pid: number): Sandbox {
    const target = ["--target", String(pid)];
    return {
        home,
        pid,
        enter: ["nsenter", ...target, "--net", "--", "/bin/sh", RESOLVER, path.join(home, "resolv.conf")],
        inside: ["nsenter", ...target, "--net", "--mount", "--pid", "--"],
    };
}

/** Makes the sandbox of a cluster with these nodes. The caller has destroyed an earlier one. */
export async function ensureSandbox(home: string, tools: Record<string, string>, nodes: string[]): Promise<Sandbox> {
    fs.mkdirSync(path.join(home, "log"), { recursive: true });
    fs.chmodSync(home, 0o711);
    fs.rmSync(path.join(home, "sandbox-ready"), { force: true });
    fs.writeFileSync(path.join(home, "resolv.conf"), `nameserver ${NODE_ADDRESS}\n`);
    const log = fs.openSync(path.join(home, "log/sandbox.log"), "w");
    makeGroups(home, nodes);
    const namespaces = ["--mount", "--net", "--pid", "--fork", "--mount-proc", "--propagation", "private"];
    const command = ["unshare", ...namespaces, "/bin/sh", INIT, home, NODE_ADDRESS, tools.catatonit!];
    const [program, ...args] = joinGroups(home, command);
    spawn(program!, args, { detached: true, stdio: ["ignore", log, log] }).unref();
    fs.closeSync(log);
    await waitUntil("the cluster's namespaces", async () => findSandbox(home) !== undefined, {
        logs: path.join(home, "log"),
        limit: 30,
    });
    return findSandbox(home)!;
}

/** Ends everything in the cluster's groups, by process ID, and removes the groups. What is stored stays. */
export async function destroySandbox(home: string): Promise<void> {
    const gone = async () => {
        groupProcesses(home).forEach(kill);
        removeGroups(home);
        return groupFolders(home).length === 0;
    };
    await waitUntil("all processes of the local cluster to end", gone, { limit: 60 });
    fs.rmSync(path.join(home, "sandbox-ready"), { force: true });
}

function kill(pid: number): void {
    try {
        process.kill(pid, "SIGKILL");
    } catch {
        // It has ended meanwhile.
    }
}
