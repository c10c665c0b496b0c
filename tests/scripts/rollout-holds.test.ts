// What holds the rollout up: as long as anything is not well it ends no pod, and when that lasts it gives up and says what it was.
// Every pod but one is outdated and the budget allows evictions, so that nothing but the rollout itself holds back.
import assert from "assert";

import type { Cluster } from "../support/scripts-cluster";
import { environment } from "../support/scripts-environment";
import type { FakePod } from "../support/scripts-pod";
import { PodObjects } from "../support/scripts-pod-objects";

const [OLD, NEW] = ["old", "new"];

describe("the rollout is held up", () => {
    let cluster: Cluster;
    let pods: PodObjects;
    let job: FakePod;

    before(async () => {
        ({ cluster, pods } = await PodObjects.ofThree(NEW));
    });

    beforeEach(async () => {
        await cluster.setReplicas(3);
        await cluster.controllerHasSeen();
        await pods.reset(NEW, OLD, OLD);
        await pods.allow(3);
    });

    afterEach(() => job.vanish());
    after(() => cluster.destroy());

    /** Runs a rollout to its end; gives its verdict. Nobody else was asked to end, and all the pods are those that were there. */
    async function verdict(env: Record<string, string> = {}): Promise<string> {
        const before = await pods.stopping();
        job = await cluster.addRollout({ PATIENCE: "2", ...env });
        await job.create();
        // Members that do not answer are waited for, one after the other, at every step.
        await cluster.waitFor("the rollout to end", () => job.exit, 120);
        assert.equal(job.exit?.code, 1, job.said);
        assert.deepEqual(await pods.stopping(), before, job.said);
        return job.file("state/verdict");
    }

    it("by a pod that is not Ready, and tells what Kubernetes says about that", async () => {
        await pods.condition(0, "False", "containers with unready status: [etcd]");
        // It looks for the cause after a moment.
        const text = await verdict({ PATIENCE: "10" });
        assert.match(
            text,
            /^gave up after 10 s in which nothing got better: waiting: pod \S+-0 is not Ready \( *containers with/,
        );
        assert.match(text, /No further member was restarted: 2 of 3 still run the revision before/);
    });

    it("by a pod that is Ready in Kubernetes' eyes and does not serve", async () => {
        const leader = await cluster.leader();
        const hung = cluster.pods.find((pod) => pod !== leader)!;
        hung.signalEtcd("SIGSTOP");
        assert.match(await verdict(), new RegExp(`: waiting: ${hung.name} does not serve\\. No further`));
        hung.signalEtcd("SIGCONT");
        await cluster.allReady();
    });

    it("by a pod that is being stopped", async () => {
        await cluster.kubectl("delete", "pod", cluster.pod(0).name, "--wait=false");
        assert.match(await verdict(), /: waiting: pod \S+-0 is being stopped\. No further/);
    });

    it("by a pod that does not exist", async () => {
        await pods.remove(0);
        assert.match(await verdict(), /: waiting: pod \S+-0 does not exist\. No further/);
    });

    it("by a pod that serves and is no member", async () => {
        await cluster.setReplicas(4);
        await cluster.controllerHasSeen();
        await pods.add(3, NEW);
        const { address } = cluster.pod(0).spec;
        environment().dns.publish(cluster.host(3), address);
        assert.match(await verdict(), /: waiting: \S+-3 is no started voter in the member list\. No further/);
        environment().dns.unpublish(cluster.host(3), address);
    });

    it("by a member beyond the replicas that has not left", async () => {
        await cluster.setReplicas(2);
        await cluster.controllerHasSeen();
        const id = cluster.pod(2).file("data/member-id");
        assert.match(await verdict(), new RegExp(`: waiting: member ${id} of \\S+-2 has not left yet\\. No further`));
    });

    it("by a controller that has not seen the newest revision", async () => {
        const template = { metadata: { annotations: { revision: "newer" } } };
        const patch = JSON.stringify({ spec: { template } });
        await cluster.kubectl("patch", "statefulset", cluster.set, "--type=merge", "-p", patch);
        assert.match(await verdict(), /: waiting: the StatefulSet controller has not seen the newest revision/);
    });

    it("by a quorum that is lost", async () => {
        [0, 1].forEach((ordinal) => cluster.pod(ordinal).signalEtcd("SIGSTOP"));
        assert.match(await verdict(), /: waiting: .*no member answers: no other member serves\. No further/);
        [0, 1].forEach((ordinal) => cluster.pod(ordinal).signalEtcd("SIGCONT"));
        await cluster.allReady();
    });

    it("by outdated pods that are not Ready, when they still vote and no vote can be spared", async () => {
        // Nobody logs in to them, say, and the new revision does not start.
        await pods.reset(OLD, OLD, NEW);
        await Promise.all([0, 1, 2].map((ordinal) => pods.condition(ordinal, "False")));
        cluster.pod(2).signalEtcd("SIGSTOP");
        assert.match(
            await verdict({ PATIENCE: "12", SICK_PATIENCE: "2" }),
            /: waiting: pod \S+-0 is not Ready .*No further/,
        );
        cluster.pod(2).signalEtcd("SIGCONT");
        await cluster.allReady();
    });

    it("by a new revision that cannot start, while the members of the old one have lost their quorum for a while", async () => {
        await pods.reset(OLD, OLD, NEW);
        await cluster.pod(2).vanish();
        await pods.condition(2, "False", "ImagePullBackOff", false);
        cluster.pod(0).signalEtcd("SIGSTOP");
        await Promise.all([0, 1].map((ordinal) => pods.condition(ordinal, "False", "no leader")));
        try {
            assert.match(await verdict({ PATIENCE: "20", SICK_PATIENCE: "2" }), /: waiting: pod \S+-0 is not Ready/);
        } finally {
            cluster.pod(0).signalEtcd("SIGCONT");
            await cluster.pod(2).create();
            await cluster.allReady();
        }
    });

    it("by more pods than it may see", async () => {
        await cluster.setReplicas(10);
        await cluster.controllerHasSeen();
        assert.match(await verdict(), /asks for 10 replicas, and 9 is the most/);
    });

    it("by an API server that does not answer, until it does", async () => {
        job = await cluster.addRollout({});
        await job.api.set("refused");
        await job.create();
        await cluster.waitFor("the rollout to wait", () => /waiting: .*refused/.test(job.said));
        await job.api.set("up");
        await cluster.waitFor("a pod to be asked to end", async () => (await pods.stopping()).length > 0);
    });

    it("no longer than its patience after something got better", async () => {
        await pods.condition(0, "False");
        job = await cluster.addRollout({ PATIENCE: "8" });
        await job.create();
        await cluster.waitFor("the rollout to wait", () => /waiting: pod \S+-0 is not Ready/.test(job.said));
        await pods.condition(1, "False");
        const changed = Date.now();
        await pods.condition(0, "True");
        await cluster.waitFor("the rollout to end", () => job.exit);
        // It counts whole seconds.
        assert.ok(Date.now() - changed >= 7000, job.said);
    });
});
