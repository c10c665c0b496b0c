// A volume that was put back from an older copy: its member has forgotten what it acknowledged.
import assert from "assert";
import * as fs from "fs";

import { Cluster } from "../support/scripts-cluster";
import type { FakePod } from "../support/scripts-pod";

/** A copy of a pod's volume while the pod is away, and a way to put it back. */
function copyOf(pod: FakePod): () => void {
    const copy = `${pod.path("data")}-copy`;
    fs.cpSync(pod.path("data"), copy, { recursive: true });
    return () => {
        fs.rmSync(pod.path("data"), { recursive: true });
        fs.cpSync(copy, pod.path("data"), { recursive: true });
    };
}

const told = (cluster: Cluster, pod: FakePod) =>
    cluster.waitFor(`the marker to know the epoch of ${pod.name}`, async () => {
        const ordinal = pod.name.replace(/^.*-/, "");
        const { [`epoch-${ordinal}`]: line } = await cluster.readMarker();
        return line === `${pod.file("data/member-id").trim()} ${pod.file("data/epoch").trim()}`;
    });

describe("a volume that went back in time", () => {
    it("is replaced while the others have a quorum", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const before = await cluster.settledAt(3);
            const pod = cluster.pod(2);
            await told(cluster, pod);
            await pod.delete();
            const putBack = copyOf(pod);
            await pod.create();
            await cluster.allReady();
            await cluster.etcdctl(pod, ["put", "later", "acknowledged"]);
            await told(cluster, pod);
            await pod.vanish();
            putBack();
            await pod.create();
            await cluster.waitFor("another member", async () => {
                const ids = (await cluster.memberList(cluster.pod(0))).map(({ id }) => id);
                return ids.length === 3 && !ids.includes(before[2]!.id);
            });
            await cluster.settledAt(3);
            await cluster.allReady();
            assert.ok(fs.existsSync(pod.path("data/set-aside")), "what was put back is kept");
            await cluster.sameData();
        });
    });

    it("holds while no quorum answers, and is taken as it is when a person says so afterwards", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const before = await cluster.settledAt(3);
            await cluster.etcdctl(cluster.pod(0), ["put", "early", "yes"]);
            await Promise.all(cluster.pods.map((pod) => told(cluster, pod)));
            await Promise.all(cluster.pods.map((pod) => pod.delete()));
            const putBack = cluster.pods.map(copyOf);
            await cluster.createPods();
            await cluster.allReady();
            await Promise.all(cluster.pods.map((pod) => told(cluster, pod)));
            await Promise.all(cluster.pods.map((pod) => pod.vanish()));
            putBack.forEach((put) => put());
            await cluster.acceptVolumes("left from the last time");
            await cluster.createPods();
            for (const pod of cluster.pods) {
                await cluster.saysUnready(pod, /HELD: the volume of \S+ went back in time/);
            }
            await cluster.acceptVolumes("restored on purpose");
            await cluster.allReady();
            assert.deepEqual(await cluster.settledAt(3), before, "the same members");
            assert.equal(await cluster.etcdctl(cluster.pod(1), ["get", "early", "--print-value-only"]), "yes");
        });
    });

    it("starts where the API server is away, for a restart needs nobody", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const pod = cluster.pod(0);
            await told(cluster, pod);
            await pod.delete();
            const putBack = copyOf(pod);
            await pod.create();
            await cluster.allReady();
            await told(cluster, pod);
            await pod.vanish();
            putBack();
            await pod.api.set("silent");
            await pod.create();
            await cluster.allReady();
        });
    });
});
