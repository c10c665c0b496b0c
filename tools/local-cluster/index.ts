/**
 * A real Kubernetes on this machine: one node or several, all in namespaces of its own. Everything that runs is inside one process
 * namespace, so that ending its first process ends it all; what is kept lies in one folder.
 */
import * as fs from "fs";
import * as path from "path";

import { withLock } from "../support/lock";
import { collect } from "../support/run";
import { installAddons } from "./addons";
import { startControlPlane } from "./control-plane";
import { importImages } from "./images";
import { nodesOf } from "./network";
import { folderOf, makeNetwork, socketOf, startAgents, startRuntime, startServices } from "./node";
import { ensurePki } from "./pki";
import { destroySandbox, ensureSandbox, findSandbox, unavailable, type Sandbox } from "./sandbox";
import { daemonsOf, runningDaemons } from "./daemons";
import { waitUntil } from "./wait";

export interface LocalCluster {
    /** Kubeconfig of the administrator; its server can be reached from inside only. */
    kubeconfig: string;
    /** Argument vector that runs a command inside the cluster's network, with its DNS. */
    enter: string[];
}

export interface Place {
    /** Folder of everything that this cluster keeps. */
    home: string;
}

export interface StartOptions extends Place {
    /** Absolute paths of the programs, by name. */
    tools: Record<string, string>;
    /** How many nodes, 1 to 3; a cluster that is there keeps the number it was made with. */
    nodes?: number;
    progress?: (line: string) => void;
}

/** Why this machine cannot run a local cluster, or undefined. */
export const localClusterUnavailable = unavailable;

/** Starts the cluster, or finds it running; one that is broken is started anew with what it had stored. */
export async function startLocalCluster({
    home,
    tools,
    nodes: wanted = 1,
    progress = () => {},
}: StartOptions): Promise<LocalCluster> {
    return withLock(`${home}.lock`, "the local cluster", async () => {
        if ((await localClusterStatus({ home })) === "running") {
            return describe(home, findSandbox(home)!);
        }
        await destroySandbox(home);
        const count = nodeCount(home) ?? wanted;
        const nodes = nodesOf(count);
        const sandbox = await ensureSandbox(
            home,
            tools,
            nodes.map(({ name }) => name),
        );
        fs.writeFileSync(nodeCountFile(home), String(count));
        const context = { home, tools, sandbox };
        await ensurePki(home);
        progress("Kubernetes: control plane");
        await startControlPlane(context);
        progress("Kubernetes: container runtime and images");
        for (const node of nodes) {
            await makeNetwork(context, node, count);
            await startRuntime(context, node);
        }
        const runtimes = nodes.map((node) => ({ folder: folderOf(home, node), socket: socketOf(node) }));
        await importImages(context, runtimes);
        progress("Kubernetes: node, DNS, storage");
        await installAddons(context);
        nodes.forEach((node) => startAgents(context, node));
        startServices(context);
        await waitUntil("all nodes to be Ready", () => isReady(home, sandbox), { logs: path.join(home, "log") });
        return describe(home, sandbox);
    });
}

/** Ends the cluster and removes all that it kept. */
export async function stopLocalCluster({ home }: Place): Promise<void> {
    await withLock(`${home}.lock`, "the local cluster", async () => {
        await destroySandbox(home);
        fs.rmSync(home, { recursive: true, force: true });
    });
}

/** `broken`: something of it runs or is stored, and it does not work. */
export async function localClusterStatus({ home }: Place): Promise<"running" | "broken" | "absent"> {
    const sandbox = findSandbox(home);
    if (!sandbox) {
        return fs.existsSync(home) ? "broken" : "absent";
    }
    const expected = daemonsOf(nodeCount(home) ?? 0);
    const running = runningDaemons(sandbox).filter((daemon) => expected.includes(daemon));
    const complete = running.sort().join() === expected.join();
    return complete && (await isReady(home, sandbox)) ? "running" : "broken";
}

const nodeCountFile = (home: string) => path.join(home, "nodes");

/** The number of nodes that a stored cluster was made with. */
function nodeCount(home: string): number | undefined {
    const file = nodeCountFile(home);
    return fs.existsSync(file) ? Number(fs.readFileSync(file, "utf8")) : undefined;
}

/** Whether the API server answers and every node is Ready. */
async function isReady(home: string, sandbox: Sandbox): Promise<boolean> {
    const { kubeconfig, enter } = describe(home, sandbox);
    const kubectl = path.join(home, "bin/kubectl");
    if (!fs.existsSync(kubectl)) {
        return false;
    }
    const condition = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
    const argv = [...enter, kubectl, "--kubeconfig", kubeconfig, "get", "nodes", "-o", `jsonpath=${condition}`];
    const { status, stdout } = await collect(argv, { timeout: 10_000 });
    return status === 0 && stdout === Array(nodeCount(home)).fill("True").join(" ");
}

function describe(home: string, sandbox: Sandbox): LocalCluster {
    return { kubeconfig: path.join(home, "kubeconfig"), enter: sandbox.enter };
}
