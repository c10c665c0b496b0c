// A scale-down ends with the wanted members Ready, whoever of those that are to leave is dead, or leaves without a word.
import assert from "assert";

import { Cluster } from "../support/scripts-cluster";
import { sleep } from "../support/scripts-wait";

/** `kubectl scale`, and a controller that sees it at once: everything beyond is told to end while the status is written. */
async function scale(cluster: Cluster, replicas: number): Promise<void> {
    await cluster.setReplicas(replicas);
    const surplus = cluster.pods.slice(replicas).filter((pod) => pod.running);
    await cluster.controllerHasSeen();
    await Promise.all(surplus.map((pod) => pod.delete()));
}

/** The wanted members are the list, and serve. */
async function ends(cluster: Cluster, replicas: number): Promise<void> {
    await cluster.allReady(...Array.from({ length: replicas }, (_, ordinal) => ordinal));
    await cluster.settledAt(replicas);
    assert.equal(await cluster.etcdctl(cluster.pod(0), ["get", "before", "--print-value-only"]), "yes");
    await cluster.etcdctl(cluster.pod(0), ["put", "after", "yes"]);
}

async function from(members: number, test: (cluster: Cluster) => Promise<void>): Promise<void> {
    await Cluster.with({ replicas: members, initialClusterSize: members }, async (cluster) => {
        await cluster.createPods();
        await cluster.allReady();
        await cluster.settledAt(members);
        await cluster.etcdctl(cluster.pod(0), ["put", "before", "yes"]);
        await test(cluster);
    });
}

describe("scaling down beside dead members", () => {
    for (const [members, replicas, dead] of [
        [3, 1, [2]],
        [3, 1, [1]],
        [5, 2, [3, 4]],
        [4, 2, [3]],
        [7, 3, [4, 6]],
    ] as const) {
        it(`goes from ${members} to ${replicas} while ${dead.join(" and ")} ${dead.length > 1 ? "are" : "is"} dead`, async () => {
            await from(members, async (cluster) => {
                await Promise.all(dead.map((ordinal) => cluster.pod(ordinal).vanish()));
                await scale(cluster, replicas);
                await ends(cluster, replicas);
            });
        });
    }
});

describe("scaling down beside members that leave without a word", () => {
    for (const ordinals of [[2], [1], [1, 2]]) {
        it(`goes from 3 to 1 while the API server refuses ${ordinals.join(" and ")}`, async () => {
            await from(3, async (cluster) => {
                await Promise.all(ordinals.map((ordinal) => cluster.pod(ordinal).api.set("refused")));
                await scale(cluster, 1);
                await ends(cluster, 1);
            });
        });
    }
});

void sleep;
