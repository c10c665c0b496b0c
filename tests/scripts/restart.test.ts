// A restart is never a membership change: whoever restarts, however, and whatever the pod can reach.
import assert from "assert";

import { Writer } from "../support/scripts-client";
import { Cluster, Member } from "../support/scripts-cluster";

describe("restart", () => {
    let cluster: Cluster;
    let members: Member[];
    let clusterId: string;
    let writer: Writer;

    before(async () => {
        cluster = await Cluster.ready({ replicas: 3 });
        members = await cluster.settledAt(3);
        clusterId = await cluster.clusterId(cluster.pod(0));
        writer = cluster.writer();
    });

    after(async () => {
        await writer.stop();
        await cluster.destroy();
    });

    /** Members, their IDs and the cluster's ID are what they were; nobody as much as thought of removing one. */
    async function unchanged(): Promise<void> {
        await cluster.allReady();
        assert.deepEqual(await cluster.settledAt(3), members);
        for (const pod of cluster.pods) {
            assert.equal(await cluster.clusterId(pod), clusterId);
            assert.doesNotMatch(pod.said, /removing member|left the cluster|added as learner|setting aside/);
        }
    }

    /** The pods' ordinals, the leader's last. */
    async function leaderLast(): Promise<number[]> {
        const leader = (await cluster.leader()).spec.ordinal;
        return [0, 1, 2].sort((a, b) => Number(a === leader) - Number(b === leader));
    }

    it("keeps every member when its pod is deleted", async () => {
        for (const ordinal of await leaderLast()) {
            await cluster.pod(ordinal).delete();
            await cluster.pod(ordinal).create();
            await unchanged();
        }
    });

    it("keeps every member when it is killed while the API server does not answer", async () => {
        await Promise.all(cluster.pods.map((pod) => pod.api.set("silent")));
        for (const ordinal of await leaderLast()) {
            await cluster.pod(ordinal).kill9();
            await cluster.pod(ordinal).start();
            await unchanged();
        }
        await Promise.all(cluster.pods.map((pod) => pod.api.set("up")));
    });

    it("keeps every member when its pod is deleted while the API server is unreachable", async () => {
        await Promise.all(cluster.pods.map((pod) => pod.api.set("refused")));
        for (const ordinal of await leaderLast()) {
            await cluster.pod(ordinal).delete();
            await cluster.pod(ordinal).create();
            await unchanged();
        }
        await Promise.all(cluster.pods.map((pod) => pod.api.set("up")));
    });

    it("hands leadership over before a deleted leader goes", async () => {
        const leader = await cluster.leader();
        const hook = await leader.preStop();
        assert.equal(hook.code, 0);
        assert.match(leader.said, /handed leadership to/);
        assert.notEqual((await cluster.leader()).name, leader.name);
        await unchanged();
    });

    it("starts etcd again by itself when only etcd dies", async () => {
        const pod = await cluster.leader();
        const died = pod.etcd;
        pod.signalEtcd("SIGKILL");
        await cluster.waitFor("etcd to run again", () => ![undefined, died].includes(pod.etcd));
        await unchanged();
        assert.equal(pod.restarts, 0);
    });

    it("comes back when all pods are killed at once, without the API server", async () => {
        await Promise.all(cluster.pods.map((pod) => pod.api.set("refused")));
        await Promise.all(cluster.pods.map((pod) => pod.vanish()));
        await cluster.createPods();
        await unchanged();
        await Promise.all(cluster.pods.map((pod) => pod.api.set("up")));
    });

    it("has lost no acknowledged write", async () => {
        await writer.stop();
        assert.ok(writer.acknowledged.size > 100, `only ${writer.acknowledged.size} writes`);
        assert.deepEqual(await writer.lost(cluster.pod(0).clientUrl), []);
        await cluster.sameData();
    });
});
