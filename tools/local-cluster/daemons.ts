/** Starting the cluster's daemons inside its namespaces, and seeing which of them run. */
import { spawn } from "child_process";
import * as fs from "fs";
import * as path from "path";

import { groupProcesses, joinGroups } from "./cgroups";
import type { Node } from "./network";
import type { Sandbox } from "./sandbox";
import { waitUntil } from "./wait";

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

/** How a daemon was started: kept with the cluster, so that it can be started again. */
interface Command {
    argv: string[];
    env: NodeJS.ProcessEnv;
    /** Name of its network namespace, if that is not the first node's. */
    network?: string;
}

/** What a daemon is called in log/ and in daemons/. */
const idOf = (name: string, node?: Node) => `${name}${node?.own ? `.${node.name}` : ""}`;
const commandFile = (home: string, id: string) => path.join(home, "daemons", `${id}.json`);

/** Starts a daemon, on `node` if it is one of several; its output goes to log/. It belongs to the sandbox, not to us. */
export function startDaemon(
    { home, tools, sandbox }: Context,
    name: string,
    args: string[],
    env: NodeJS.ProcessEnv = {},
    node?: Node,
): void {
    const command: Command = {
        argv: [tools[name]!, ...args],
        env: { PATH: process.env.PATH, HOME: home, ...env },
        ...(node?.own && { network: node.name }),
    };
    const file = commandFile(home, idOf(name, node));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, JSON.stringify(command));
    launch(sandbox, idOf(name, node), command);
}

function launch(sandbox: Sandbox, id: string, { argv, env, network }: Command): void {
    const log = fs.openSync(path.join(sandbox.home, "log", `${id}.log`), "a");
    const enter = network ? ["nsenter", `--net=/run/netns/${network}`, "--"] : [];
    // The shell joins the groups before anything is forked: what the daemon starts is born in them.
    const [program, ...rest] = joinGroups(sandbox.home, [...sandbox.inside, ...enter, ...argv]);
    const child = spawn(program!, rest, { detached: true, stdio: ["ignore", log, log], cwd: "/", env });
    fs.closeSync(log);
    child.unref();
}

/** Ends the daemon of that name on a node with a signal, and starts it again as it was started. Errors: it does not run. */
export async function restartDaemon(sandbox: Sandbox, name: string, node: Node, signal: NodeJS.Signals): Promise<void> {
    const id = idOf(name, node);
    const command = JSON.parse(fs.readFileSync(commandFile(sandbox.home, id), "utf8")) as Command;
    const words = `${command.argv.join("\0")}\0`;
    const pid = groupProcesses(sandbox.home).find((each) => commandLineOf(each) === words);
    if (pid === undefined) {
        throw new Error(`${id} does not run`);
    }
    process.kill(pid, signal);
    await waitUntil(`${id} to end`, async () => !fs.existsSync(`/proc/${pid}`), {
        logs: path.join(sandbox.home, "log"),
        limit: 60,
    });
    launch(sandbox, id, command);
}

function commandLineOf(pid: number): string {
    try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
        return "";
    }
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
