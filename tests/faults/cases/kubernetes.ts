/** What Kubernetes and its people do to pods and nodes: drains, evictions, objects of others beside ours. */
import assert from "assert";

import { kubectl, kubectlWith } from "../../support/cluster-kubectl";
import { restartOn } from "../../support/cluster-processes";
import { sleep, waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { deletePod, nameOf, podOf } from "../pods";
import type { World } from "../world";

/** One eviction, as `kubectl drain` asks for it; false when the disruption budget does not allow it now. */
async function evict({ stack }: World, name: string): Promise<boolean> {
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace: stack.namespace } };
    const path = `/api/v1/namespaces/${stack.namespace}/pods/${name}/eviction`;
    try {
        await kubectlWith(JSON.stringify(eviction), "create", "--raw", path, "-f", "-");
        return true;
    } catch (error) {
        if (/disruption budget|not found/i.test(String(error))) {
            return false;
        }
        throw error;
    }
}

/** Asks for the eviction of every Ready pod, over and over, until `work` has ended, which is told how many were allowed so far. */
export async function hammered(world: World, work: (allowed: () => number) => Promise<unknown>): Promise<void> {
    let running = true;
    let allowed = 0;
    const hammer = (async () => {
        while (running) {
            // One that is not Ready may always go; nothing would ever become Ready under this.
            for (const { name } of (await world.view.pods()).filter(({ ready }) => ready)) {
                allowed += (await evict(world, name)) ? 1 : 0;
            }
        }
    })();
    await work(() => allowed).finally(() => (running = false));
    await hammer;
}

/** Restarts a daemon of a node, and waits until kubelet renews the node's lease again. */
async function daemonRestarted(
    node: string,
    ...how: Parameters<typeof restartOn> extends [string, ...infer R] ? R : never
) {
    const lease = () => kubectl("get", "lease", node, "-n", "kube-node-lease", "-o", "jsonpath={.spec.renewTime}");
    await restartOn(node, ...how);
    const before = await lease();
    await waitFor(`${node} to report`, async () => (await lease()) !== before, { limit: 120 });
}

export const KUBERNETES: Case[] = [
    {
        id: "7",
        title: "kubelet and container runtime of the leader's node are restarted",
        injected: "SIGTERM, later SIGKILL to kubelet and to containerd, each started again; then the pod is deleted",
        run: async (world) => {
            const leader = await world.view.leader();
            const before = await world.view.pods();
            const { node } = before[leader]!;
            for (const signal of ["SIGTERM", "SIGKILL"] as const) {
                await daemonRestarted(node, "kubelet", signal);
                await daemonRestarted(node, "containerd", signal);
                // The new ones know the container that the old ones started.
                await waitFor("a command in the container", () =>
                    world.stack.kubectl("exec", nameOf(world, leader), "-c", "etcd", "--", "/toolbox/echo", "here"),
                );
            }
            await world.kept();
            assert.deepEqual(await world.view.pods(), before, "a container was restarted, or a pod replaced");
            await deletePod(world, leader);
            await world.kept();
        },
    },
    {
        id: "43",
        title: "a node is drained, and comes back",
        injected: "kubectl drain of the leader's node, then uncordon",
        run: async (world) => {
            const { node } = await podOf(world, await world.view.leader());
            try {
                await kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=240s");
            } finally {
                await kubectl("uncordon", node);
            }
            await world.kept();
        },
    },
    {
        id: "43b",
        title: "all pods are evicted, over and over",
        injected: "eviction of every Ready pod without pause for 40 s",
        run: async (world) => {
            await hammered(world, async (allowed) => {
                await sleep(40_000);
                await waitFor("two evictions to be allowed", () => allowed() >= 2, { limit: 300 });
            });
            await world.kept();
        },
    },
    {
        id: "23c",
        title: "a second cluster is made in the same namespace, scaled and removed",
        injected: "pulumi up, scale and destroy of another stack beside it",
        run: async (world) => {
            const pods = await world.view.pods();
            const other = await world.stack.sibling("etcd", { replicas: 1 });
            try {
                await other.upped();
                await other.configure({ replicas: 3 });
                await other.upped();
                await waitFor("the other cluster's pods", async () => {
                    const ready = await world.stack.kubectl(
                        "get",
                        "statefulset",
                        "etcd",
                        "-o",
                        "jsonpath={.status.readyReplicas}",
                    );
                    return ready === "3";
                });
            } finally {
                await other.destroy();
                await world.stack.kubectl("delete", "pvc", "-l", "k8s-app=etcd", "--wait=false");
            }
            assert.deepEqual(await world.view.pods(), pods, `pods of ${nameOf(world, 0)} were touched`);
            await world.kept();
        },
    },
];
