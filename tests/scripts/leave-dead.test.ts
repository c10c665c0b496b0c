// A scale-down ends with the wanted members Ready, whoever of those that are to leave is dead, or leaves without a word.
import assert from "assert";

import { Cluster } from "../support/scripts-cluster";
import { environment } from "../support/scripts-environment";

/** `kubectl scale`, and a controller that sees it at once: everything beyond is told to end while the status is written. */
async function scale(cluster: Cluster, replicas: number): Promise<void> {
    await cluster.setReplicas(replicas);
    const surplus = cluster.pods.slice(replicas).filter((pod) => pod.running);
    await cluster.controllerHasSeen();
    await Promise.all(surplus.map((pod) => pod.delete()));
}

/** The wanted members are the list, and serve. */
async function ends(cluster: Cluster, replicas: number): Promise<void> {
    await cluster.settledAt(replicas);
    await cluster.allReady(...Array.from({ length: replicas }, (_, ordinal) => ordinal));
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

    it("goes from 3 to 1 while no pod but the first has the new password", async () => {
        await from(3, async (cluster) => {
            const password = "another-password";
            environment().leaks.forbid(password);
            const secrets = { "root-password/password": password, "root-password/previous": cluster.password };
            cluster.pod(0).mountSecrets(secrets);
            const login = () => cluster.etcdctl(cluster.pod(0), ["get", "before"], password);
            await cluster.waitFor("the new password", () => login().then(Boolean, () => false));
            await scale(cluster, 1);
            const list = await cluster.waitFor("a list of one", async () => {
                const text = await cluster.etcdctl(cluster.pod(0), ["member", "list"], password);
                return text.includes("\n") ? undefined : text;
            });
            assert.match(list, new RegExp(`, ${cluster.pod(0).name}, `));
            await cluster.allReady(0);
        });
    });

    it("goes from 3 to 1 after the StatefulSet was re-created by orphaning, and the pods adopted", async () => {
        await from(3, async (cluster) => {
            // There is no garbage collector here that orphans would need, nor one that takes pods.
            await cluster.kubectl("delete", "statefulset", cluster.set, "--cascade=background");
            await cluster.applyObjects();
            await cluster.controllerHasSeen();
            const uid = await cluster.kubectl("get", "statefulset", cluster.set, "-o", "jsonpath={.metadata.uid}");
            const follows = () => cluster.pods.every((pod) => pod.file("state/statefulset-uid") === uid);
            await cluster.waitFor("the pods to follow it", follows, 120);
            await scale(cluster, 1);
            await ends(cluster, 1);
            cluster.pods.slice(1).forEach((pod) => assert.doesNotMatch(pod.said, /as a restart/));
        });
    });
});

describe("scaling down while nobody is told by the API server", () => {
    it("takes the quorum, says that nothing is lost, and is undone by scaling up again", async () => {
        await from(3, async (cluster) => {
            await Promise.all(cluster.pods.map((pod) => pod.api.set("refused")));
            await scale(cluster, 1);
            await cluster.pod(0).api.set("up");
            const says =
                /3 of the cluster's members may vote, and StatefulSet .* asks for 1.*Nothing is lost. Scale up/;
            await cluster.saysUnready(cluster.pod(0), says);
            await Promise.all(cluster.pods.map((pod) => pod.api.set("up")));
            await cluster.scale(3);
            await ends(cluster, 3);
        });
    });
});
