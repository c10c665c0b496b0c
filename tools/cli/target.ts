/**
 * Which Kubernetes a command works on. Only an explicit choice (--context, or KUBECONFIG set) reaches a cluster of the user's; a
 * mere current context never does. Each target has a state of its own, so that no stack meets another's objects.
 */
import * as crypto from "crypto";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { KubeConfig } from "@kubernetes/client-node";

import { localClusterUnavailable } from "../local-cluster";
import { cacheFolder } from "../support/paths";

export interface Choice {
    context?: string;
    yes?: boolean;
}

export interface Target {
    /** Folder with state, settings and passphrase of the stack on this target. */
    folder: string;
    /** A cluster of the user's; undefined for the local one. */
    own?: { context: string; server: string; kubeconfig: string };
}

/** The local cluster that `npm run up` makes. */
export const LOCAL = { home: cacheFolder("clusters", "dev") };

/** Set in the shell of the local cluster, whose KUBECONFIG is not a choice of the user's. */
export const INSIDE = "PULUMI_ETCD_INSIDE";

export function targetOf({ context }: Choice): Target {
    if (process.env[INSIDE]) {
        throw new Error(
            "this is the shell of the local cluster: pulumi and kubectl work on it here; `exit` first for npm run …",
        );
    }
    if (context === undefined && !process.env.KUBECONFIG) {
        const reason = localClusterUnavailable();
        if (reason) {
            throw new Error(
                `the local cluster cannot run here: ${reason} To use a cluster of yours: npm run up -- --context NAME`,
            );
        }
        return { folder: cacheFolder("stacks", "local") };
    }
    const own = ownCluster(context);
    const key = crypto.createHash("sha256").update(`${own.context}\n${own.server}`).digest("hex").slice(0, 12);
    return { folder: cacheFolder("stacks", key), own };
}

/** On a cluster of the user's a person decides, where one is there to be asked and has not decided before. */
export function confirmation({ own }: Target, { yes }: Choice): string[] {
    return own && !yes && process.stdin.isTTY ? [] : ["--yes"];
}

/**
 * KUBECONFIG for all that runs on a cluster of the user's. Of several files the first has the say: ours, which selects the
 * chosen context and holds nothing else. So a kubectl typed in `npm run shell` works on that cluster too, and what it writes
 * about the current context is not written into the user's file.
 */
export function kubeconfigOf(folder: string, { context, kubeconfig }: NonNullable<Target["own"]>): string {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = path.join(folder, "context.yaml");
    // JSON is YAML, with any name rightly quoted.
    fs.writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "Config", "current-context": context }));
    return [file, kubeconfig].join(path.delimiter);
}

/** The chosen context with its server, read from the kubeconfig as kubectl reads it. */
function ownCluster(context: string | undefined): { context: string; server: string; kubeconfig: string } {
    const kubeconfig = process.env.KUBECONFIG || path.join(os.homedir(), ".kube/config");
    const missing = kubeconfig.split(path.delimiter).filter((file) => file && !fs.existsSync(file));
    if (missing.length > 0) {
        throw new Error(`there is no kubeconfig at ${missing.join(", ")}`);
    }
    const config = new KubeConfig();
    // Of several files the first that selects a context has the say, as with kubectl.
    config.loadFromDefault(undefined, true);
    const name = context ?? config.getCurrentContext();
    const cluster = config.getCluster(config.getContextObject(name)?.cluster ?? "");
    if (!cluster) {
        const known = config.getContexts().map((each) => each.name);
        throw new Error(`${kubeconfig} has no usable context "${name}"; it has: ${known.join(", ") || "none"}`);
    }
    return { context: name, server: cluster.server, kubeconfig };
}
