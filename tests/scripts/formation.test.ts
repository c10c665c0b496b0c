// How a cluster begins: once, whatever is killed on the way.
import assert from "assert";

import { Cluster } from "../support/scripts-cluster";
import { killWhen } from "../support/scripts-points";

describe("formation", () => {
    for (const replicas of [1, 2, 3, 5]) {
        it(`makes one cluster of ${replicas}`, async () => {
            await Cluster.with({ replicas, initialClusterSize: replicas }, async (cluster) => {
                await cluster.createPods();
                await cluster.allReady();
                const members = await cluster.settledAt(replicas);
                const urls = cluster.pods.map((_, ordinal) => cluster.peerUrl(ordinal));
                assert.deepEqual(members.map((member) => member.peerUrl).sort(), urls);
                assert.deepEqual(new Set(cluster.pods.map((pod) => pod.restarts)), new Set([0]));
                assert.equal((await cluster.readMarker()).formed, await cluster.clusterId(cluster.pod(0)));
                // Nobody was slow enough to be thrown out and taken in again.
                cluster.pods.forEach((pod) => assert.doesNotMatch(pod.said, /removing member|learner/));
                await cluster.sameData();
            });
        });
    }

    it("lets a pod that is late start under the entry that was made for it", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            const late = cluster.pod(2);
            await late.create();
            await cluster.saysUnready(late, /ordinal 0 has not reported/);
            await late.api.set("refused");
            await cluster.createPods(0, 1);
            await cluster.waitFor("the others to form", async () => (await cluster.readMarker()).formed);
            await late.api.set("up");
            await cluster.allReady();
            await cluster.settledAt(3);
            assert.match(late.said, /starting as the member that they counted on/);
            cluster.pods.forEach((pod) => assert.doesNotMatch(pod.said, /removing member|learner/));
        });
    });

    it("lets pods beyond the initial size join as learners", async () => {
        await Cluster.with({ replicas: 3, initialClusterSize: 1 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            await cluster.settledAt(3);
            assert.match(cluster.pod(0).log, /forming a new cluster of 1 members/);
            assert.match(cluster.pod(1).log, /promoted to voter/);
            assert.match(cluster.pod(2).log, /promoted to voter/);
        });
    });

    /** One point a pod, so that each cluster is hit at three points. */
    const points = [
        ["data/formation-nonce", "state/plan", "data/default.etcd/member/wal"],
        ["data/member-id", "data/default.etcd/member/snap/db", "data/formed"],
        ["data/identity", "state/marker-seen", "state/auth-proof"],
    ];
    for (const files of points) {
        it(`goes on after SIGKILL at ${files.join(", ")}`, async () => {
            await Cluster.with({ replicas: 3 }, async (cluster) => {
                await cluster.createPods();
                const struck = files.map(async (file, ordinal) => {
                    await killWhen(cluster.pod(ordinal), file);
                    await cluster.pod(ordinal).start();
                });
                await Promise.all(struck);
                await cluster.allReady();
                await cluster.settledAt(3);
                const ids = await Promise.all(cluster.pods.map((pod) => cluster.clusterId(pod)));
                assert.deepEqual(new Set(ids), new Set([(await cluster.readMarker()).formed]));
                await cluster.sameData();
            });
        });
    }

    it("never lets a disk that was lost half way vote again under its old ID", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await killWhen(cluster.pod(1), "data/default.etcd/member/wal");
            const lost = cluster.pod(1).file("data/member-id");
            assert.match(lost, /^[0-9a-f]+$/);
            cluster.pod(1).wipeData();
            await cluster.pod(1).create();
            await cluster.allReady();
            const members = await cluster.settledAt(3);
            assert.ok(!members.some((member) => member.id === lost), `${lost} is still in the list`);
        });
    });
});
