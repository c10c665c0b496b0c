// When the rollout has nothing to do, or nothing that it could do: it ends at once, by its own patience of ten minutes, and says why.
import assert from "assert";

import type { Cluster } from "../support/scripts-cluster";
import type { FakePod } from "../support/scripts-pod";
import { PodObjects } from "../support/scripts-pod-objects";

describe("the rollout ends at once", () => {
    let cluster: Cluster;
    let pods: PodObjects;
    let job: FakePod;

    before(async () => {
        ({ cluster, pods } = await PodObjects.ofThree("new"));
        await pods.reset("old", "old", "old");
        await pods.allow(3);
    });

    afterEach(() => job.vanish());
    after(() => cluster.destroy());

    async function begin(): Promise<void> {
        job = await cluster.addRollout({});
        await job.create();
    }

    async function ends(code: number, verdict: RegExp): Promise<void> {
        await cluster.waitFor("the rollout to end", () => job.exit);
        assert.equal(job.exit?.code, code, job.said);
        assert.match(job.file("state/verdict"), verdict);
        assert.deepEqual(await pods.stopping(), [], job.said);
    }

    it("when a recovery was refused; it waits as long as one is pending", async () => {
        // The members cannot refuse what they cannot read.
        await Promise.all(cluster.pods.map((pod) => pod.api.set("refused")));
        await cluster.ask("1 first");
        await begin();
        await cluster.waitFor("the rollout to wait", () => /waiting for the recovery from ordinal 1/.test(job.said));
        assert.deepEqual(await pods.stopping(), []);
        await Promise.all(cluster.pods.map((pod) => pod.api.set("up")));
        await ends(1, /^refused to recover from ordinal 1: the cluster has a quorum.*pulumi config rm recoverFrom/);
    });

    it("when all the pods are stopped because there are to be none", async () => {
        await cluster.setReplicas(0);
        await cluster.controllerHasSeen();
        await begin();
        await ends(0, /scaled to 0; there is nothing to restart/);
    });

    it("when there is no StatefulSet", async () => {
        await cluster.kubectl("delete", "statefulset", cluster.set, "--cascade=background");
        await begin();
        await ends(1, /^there is nothing to roll out: .*NotFound.*statefulsets/);
    });

    it("when it is told to", async () => {
        await cluster.applyObjects();
        await begin();
        await cluster.waitFor("the rollout to wait", () => /waiting: the StatefulSet controller/.test(job.said));
        assert.ok((await job.term()) < 10_000);
        assert.equal(job.exit?.code, 143);
    });
});
