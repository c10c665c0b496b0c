/** What all commands begin with: the target, its Kubernetes, its stack. */
import * as path from "path";

import { localClusterStatus, startLocalCluster, type LocalCluster } from "../local-cluster";
import { withLock } from "../support/lock";
import { say } from "../support/progress";
import { resolveTools } from "../toolchain";
import { clusterTools } from "../toolchain/cluster";
import { openStack, type Stack } from "./stack";
import { kubeconfigOf, LOCAL, targetOf, type Choice, type Target } from "./target";

export interface Session {
    target: Target;
    stack: Stack;
    /** Argument vector that runs a command where the cluster's addresses can be reached. */
    enter: string[];
}

/** Programs for a user's shell; on the local cluster they are there anyway. */
const CLIENTS = ["kubernetes", "etcdctl"];

/** Runs `work` with the chosen target's stack, alone. `make`: whether a local cluster is started or must be there. */
export async function withSession<T>(
    choice: Choice,
    make: boolean,
    work: (session: Session) => Promise<T>,
): Promise<T> {
    const target = targetOf(choice);
    return withLock(path.join(target.folder, "lock"), "the stack", async () => work(await open(target, make)));
}

/** Opens a session without the lock; for commands that only look. */
export async function openSession(choice: Choice): Promise<Session> {
    return open(targetOf(choice), false);
}

async function open(target: Target, make: boolean): Promise<Session> {
    if (target.own) {
        const { context, server } = target.own;
        say(`- using your cluster: context ${context}, server ${server}`);
        const kubeconfig = kubeconfigOf(target.folder, target.own);
        return { target, stack: await openStack(target.folder, kubeconfig, [], []), enter: [] };
    }
    const cluster = await localCluster(make);
    const tools = await resolveTools(CLIENTS);
    const folders = [...new Set(Object.values(tools).map((file) => path.dirname(file)))];
    const { kubeconfig, enter } = cluster;
    return { target, stack: await openStack(target.folder, kubeconfig, enter, folders), enter };
}

async function localCluster(make: boolean): Promise<LocalCluster> {
    if (!make && (await localClusterStatus(LOCAL)) !== "running") {
        throw new Error(
            "the local cluster does not run; `npm run up` starts it. For a cluster of yours: -- --context NAME",
        );
    }
    return startLocalCluster({ ...LOCAL, tools: await clusterTools(), progress: (line) => say(`  ${line}`) });
}
