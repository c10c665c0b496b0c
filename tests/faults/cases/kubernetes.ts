/** What Kubernetes and its people do to pods and nodes: drains, evictions, objects of others beside ours. */
import assert from "assert";

import { kubectl, kubectlWith } from "../../support/cluster-kubectl";
import { waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { nameOf, podOf } from "../pods";
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

/** Asks for the eviction of every Ready pod, over and over, until `work` has ended; gives how many were allowed. */
export async function hammered(world: World, work: () => Promise<unknown>): Promise<number> {
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
    await work().finally(() => (running = false));
    await hammer;
    return allowed;
}

export const KUBERNETES: Case[] = [
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
        core: true,
        title: "all pods are evicted, over and over",
        injected: "eviction of every Ready pod without pause for 40 s",
        run: async (world) => {
            const allowed = await hammered(world, () => new Promise((resolve) => setTimeout(resolve, 40_000)));
            assert.ok(allowed >= 2, `only ${allowed} evictions were allowed`);
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
