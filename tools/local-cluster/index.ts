/**
 * A real Kubernetes on this machine: one node, all in namespaces of its own. Everything that runs is inside one process
 * namespace, so that ending its first process ends it all; what is kept lies in one folder.
 */
import * as fs from "fs";
import * as path from "path";

import { withLock } from "../support/lock";
import { collect } from "../support/run";
import { installAddons } from "./addons";
import { startControlPlane } from "./control-plane";
import { importImages } from "./images";
import { startNode } from "./node";
import { ensurePki } from "./pki";
import { destroySandbox, ensureSandbox, findSandbox, unavailable, type Sandbox } from "./sandbox";
import { runningDaemons, DAEMONS } from "./daemons";
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
    progress?: (line: string) => void;
}

/** Why this machine cannot run a local cluster, or undefined. */
export const localClusterUnavailable = unavailable;

/** Starts the cluster, or finds it running; one that is broken is started anew with what it had stored. */
export async function startLocalCluster({ home, tools, progress = () => {} }: StartOptions): Promise<LocalCluster> {
    return withLock(`${home}.lock`, "the local cluster", async () => {
        if ((await localClusterStatus({ home })) === "running") {
            return describe(home, findSandbox(home)!);
        }
        await destroySandbox(home);
        const sandbox = await ensureSandbox(home, tools);
        const context = { home, tools, sandbox };
        await ensurePki(home);
        progress("Kubernetes: control plane");
        await startControlPlane(context);
        progress("Kubernetes: container runtime and images");
        const node = startNode(context);
        await node.runtime();
        await importImages(context);
        progress("Kubernetes: node, DNS, storage");
        await installAddons(context);
        await node.agents();
        await waitUntil("the node is Ready", () => isReady(home, sandbox), { logs: path.join(home, "log") });
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
    const running = runningDaemons(sandbox);
    const complete = DAEMONS.every((daemon) => running.includes(daemon));
    return complete && (await isReady(home, sandbox)) ? "running" : "broken";
}

/** Whether the API server answers and the node is Ready. */
async function isReady(home: string, sandbox: Sandbox): Promise<boolean> {
    const { kubeconfig, enter } = describe(home, sandbox);
    const kubectl = path.join(home, "bin/kubectl");
    if (!fs.existsSync(kubectl)) {
        return false;
    }
    const condition = '{.items[0].status.conditions[?(@.type=="Ready")].status}';
    const argv = [...enter, kubectl, "--kubeconfig", kubeconfig, "get", "nodes", "-o", `jsonpath=${condition}`];
    const { status, stdout } = await collect(argv, { timeout: 10_000 });
    return status === 0 && stdout === "True";
}

function describe(home: string, sandbox: Sandbox): LocalCluster {
    return { kubeconfig: path.join(home, "kubeconfig"), enter: sandbox.enter };
}
