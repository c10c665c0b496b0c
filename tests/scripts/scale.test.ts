// Scaling: joins one at a time as learners, leaves from the highest ordinal down, and touches nobody else.
import assert from "assert";

import { joinedOneAtATime, listsDuring } from "../support/member-lists";
import { Cluster } from "../support/scripts-cluster";
import { killWhen } from "../support/scripts-points";

describe("scaling", () => {
    it("goes from 3 to 5 and back under writes", async () => {
        // The turn of a lower ordinal may come late on a slow machine.
        await Cluster.with({ replicas: 3, env: { LIMIT: "50" } }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const original = await cluster.settledAt(3);
            const writer = cluster.writer();

            const members = () => cluster.memberList(cluster.pod(0));
            const growing = await listsDuring(members, async () => {
                await cluster.scale(5);
                await cluster.allReady();
            });
            const five = await cluster.settledAt(5);
            joinedOneAtATime(growing);
            for (const member of original) {
                assert.deepEqual(
                    five.find((other) => other.id === member.id),
                    member,
                );
            }
            await cluster.sameData();

            // The hardest leaver: the leader.
            const last = five.find((member) => member.name === cluster.pod(4).name)!;
            await cluster.etcdctl(await cluster.leader(), ["move-leader", last.id]);
            const shrinking = await listsDuring(members, () => cluster.scale(3));
            assert.deepEqual(await cluster.settledAt(3), original);
            for (const list of shrinking) {
                const ordinals = list.map((member) => Number(member.name.split("-").at(-1))).sort();
                assert.deepEqual(ordinals, [...ordinals.keys()], "somebody left before a higher ordinal");
            }
            const left = cluster.pods.slice(3);
            left.forEach((pod) => assert.match(pod.said, /left the cluster/));

            await writer.stop();
            assert.ok(writer.acknowledged.size > 100, `only ${writer.acknowledged.size} writes`);
            assert.deepEqual(await writer.lost(cluster.pod(0).clientUrl), []);
            assert.deepEqual(
                cluster.pods.map((pod) => pod.restarts),
                [0, 0, 0, 0, 0],
            );
            // Nobody but the joiners and leavers was restarted: each of the others has started etcd once.
            for (const pod of cluster.pods.slice(0, 3)) {
                assert.equal(pod.log.match(/"starting an etcd server"/g)?.length, 1, pod.said);
            }
            await cluster.sameData();
        });
    });

    it("takes a member in again under a new ID when its pod comes back with the old volume", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const old = cluster.pod(2).file("data/member-id");
            await cluster.scale(2);
            await cluster.settledAt(2);
            await cluster.etcdctl(cluster.pod(0), ["put", "meanwhile", "written"]);
            await cluster.scale(3);
            await cluster.allReady();
            const members = await cluster.settledAt(3);
            assert.ok(!members.some((member) => member.id === old), `${old} is back`);
            assert.match(cluster.pod(2).said, /setting aside the data of member/);
            assert.equal(cluster.pod(2).restarts, 0);
            assert.equal(await cluster.etcdctl(cluster.pod(2), ["get", "meanwhile", "--print-value-only"]), "written");
            await cluster.sameData();
        });
    });

    it("goes on with a join that was killed at any point", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const points = ["data/joining", "data/default.etcd/member/wal", "data/default.etcd/member/snap/db"];
            await cluster.setReplicas(2);
            await cluster.addPod();
            await cluster.controllerHasSeen();
            await cluster.createPods(1);
            for (const point of points) {
                await killWhen(cluster.pod(1), point);
                await cluster.pod(1).start();
            }
            await cluster.allReady();
            await cluster.settledAt(2);
            await cluster.sameData();
        });
    });

    it("waits to join while the API server does not answer, and joins once it does", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            await cluster.setReplicas(2);
            const joiner = await cluster.addPod();
            await cluster.controllerHasSeen();
            await joiner.api.set("refused");
            await joiner.create();
            await cluster.saysUnready(joiner, /WAITING/);
            assert.equal((await cluster.memberList()).length, 1);
            await joiner.api.set("up");
            await cluster.allReady();
            await cluster.settledAt(2);
        });
    });

    it("does not join a pod that the StatefulSet no longer wants", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            await cluster.addPod();
            await cluster.createPods(1);
            await cluster.saysUnready(cluster.pod(1), /not joining/);
            assert.equal((await cluster.memberList()).length, 1);
        });
    });
});
