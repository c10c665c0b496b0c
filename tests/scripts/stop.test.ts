// TERM ends the pod at once, wherever the start script is.
import assert from "assert";
import { setTimeout } from "timers/promises";

import { Cluster } from "../support/scripts-cluster";
import { FakePod } from "../support/scripts-pod";
import { etcdRuns } from "../support/scripts-points";

/** About a second, with room for a busy machine; kubectl alone would wait for five, etcdctl for nine. */
const AT_ONCE = 4000;

async function endsAtOnce(pod: FakePod): Promise<void> {
    const milliseconds = await pod.term(15);
    assert.ok(milliseconds < AT_ONCE, `it took ${milliseconds} ms`);
    assert.deepEqual(pod.exit, { code: 0, signal: null }, pod.said);
}

describe("stopping", () => {
    it("ends a pod that has just begun", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            await cluster.createPods();
            await endsAtOnce(cluster.pod(0));
        });
    });

    it("ends a pod at whatever moment of a restart", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            const pod = cluster.pod(0);
            await cluster.createPods();
            await cluster.allReady();
            await endsAtOnce(pod);
            // From the first line of the script to an etcd that has been there for a while.
            for (let delay = 0; delay <= 400; delay += 20) {
                await pod.create();
                await setTimeout(delay);
                await endsAtOnce(pod);
            }
        });
    });

    it("ends a pod in the middle of a call that the API server does not answer", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            await cluster.pod(0).api.set("silent");
            await cluster.createPods();
            await cluster.saysUnready(cluster.pod(0), /cannot read ConfigMap/);
            await cluster.waitFor("kubectl to run", () =>
                cluster
                    .pod(0)
                    .processes()
                    .some((each) => each.name === "kubectl"),
            );
            await endsAtOnce(cluster.pod(0));
        });
    });

    it("ends a pod that waits for its siblings", async () => {
        await Cluster.with({ replicas: 2 }, async (cluster) => {
            await cluster.createPods(0);
            await cluster.saysUnready(cluster.pod(0), /ordinal 1 has not reported/);
            await endsAtOnce(cluster.pod(0));
        });
    });

    it("ends a pod that may not touch foreign data, one that waits to join, and one that serves", async () => {
        await Cluster.with({ replicas: 2 }, async (cluster) => {
            const [first, second] = [cluster.pod(0), cluster.pod(1)];
            await cluster.createPods();
            await cluster.allReady();
            await endsAtOnce(second);

            second.spec.env.INITIAL_CLUSTER_TOKEN = "another";
            await second.create();
            await cluster.saysUnready(second, /REFUSED/);
            await endsAtOnce(second);

            second.spec.env.INITIAL_CLUSTER_TOKEN = cluster.token;
            second.wipeData();
            await second.create();
            await cluster.saysUnready(second, /WAITING to join/);
            await endsAtOnce(second);

            await endsAtOnce(first);
        });
    });

    it("ends a pod between two starts of etcd", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            const pod = cluster.pod(0);
            await cluster.createPods();
            await cluster.allReady();
            // The pause doubles with every early death.
            for (let death = 1, died = 0; death <= 2; death++) {
                const runs = () => [pod.etcd].find((pid) => pid !== died);
                died = await cluster.waitFor("etcd to run", runs);
                pod.signalEtcd("SIGKILL");
            }
            await cluster.waitFor("the pause", () => /in 2 s/.test(pod.said));
            assert.equal(etcdRuns(pod), false);
            await endsAtOnce(pod);
        });
    });
});
