// When no cluster may begin: unless every disk is known to be empty, nobody starts one; and everybody says why.
import assert from "assert";
import * as fs from "fs";
import { rootCertificates } from "tls";

import { Cluster } from "../support/scripts-cluster";
import { FakePod } from "../support/scripts-pod";
import { etcdRuns } from "../support/scripts-points";
import { sleep } from "../support/scripts-wait";

/** Long enough for several rounds of the start script. */
const A_FEW_ROUNDS = 3000;

/** The pod waits: no etcd, alive, not restarted. */
async function waits(pod: FakePod): Promise<void> {
    assert.equal(etcdRuns(pod), false, `etcd runs in ${pod.name}`);
    assert.equal((await pod.live()).code, 0);
    assert.equal(pod.restarts, 0);
}

/** The pod's volume comes from another cluster. */
async function bringForeignData(to: FakePod): Promise<void> {
    await Cluster.with({ replicas: 1 }, async (other) => {
        await other.createPods();
        await other.allReady();
        await other.pod(0).vanish();
        fs.cpSync(other.pod(0).path("data"), to.path("data"), { recursive: true });
    });
}

describe("formation gate", () => {
    it("waits for a pod that has not reported", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods(0, 1);
            await cluster.saysUnready(cluster.pod(0), /ordinal 2 has not reported/);
            await cluster.saysUnready(cluster.pod(1), /ordinal 2 has not reported/);
            await sleep(A_FEW_ROUNDS);
            await waits(cluster.pod(0));
            await waits(cluster.pod(1));
            await cluster.createPods(2);
            await cluster.allReady();
            await cluster.settledAt(3);
        });
    });

    it("refuses data of another cluster, names it, and forms nothing beside it", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await bringForeignData(cluster.pod(2));
            const before = fs.readdirSync(cluster.pod(2).path("data"), { recursive: true }).sort();
            const stranger = cluster.pod(2).file("data/identity").slice(0, 12);
            await cluster.createPods();
            const refusal = await cluster.saysUnready(cluster.pod(2), /REFUSED.*data of another cluster/);
            assert.ok(refusal.output.includes(stranger), refusal.output);
            assert.match(refusal.output, /initialClusterToken/);
            await cluster.saysUnready(cluster.pod(0), /ordinal 2 holds data of another cluster/);
            await cluster.saysUnready(cluster.pod(1), /ordinal 2 holds data of another cluster/);
            await sleep(A_FEW_ROUNDS);
            for (const pod of cluster.pods) {
                await waits(pod);
            }
            assert.deepEqual(fs.readdirSync(cluster.pod(2).path("data"), { recursive: true }).sort(), before);
            // The way out that the message names: an empty volume.
            await cluster.pod(2).term();
            cluster.pod(2).wipeData();
            await cluster.pod(2).create();
            await cluster.allReady();
        });
    });

    it("makes no second cluster beside a minority of kept disks", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            await Promise.all(cluster.pods.map((pod) => pod.vanish()));
            cluster.pod(1).wipeData();
            cluster.pod(2).wipeData();
            await cluster.remakeMarker();
            await cluster.createPods();
            await cluster.saysUnready(cluster.pod(0), /no leader/);
            await cluster.saysUnready(cluster.pod(1), /ordinal 0 holds data of this cluster/);
            await cluster.saysUnready(cluster.pod(2), /ordinal 0 holds data of this cluster/);
            await sleep(A_FEW_ROUNDS);
            await waits(cluster.pod(1));
            await waits(cluster.pod(2));
        });
    });

    it("makes no second cluster beside kept disks of ordinals that joined later", async () => {
        await Cluster.with({ replicas: 5, initialClusterSize: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            await Promise.all(cluster.pods.map((pod) => pod.vanish()));
            const lost = [0, 1, 2].map((ordinal) => cluster.pod(ordinal));
            lost.forEach((pod) => pod.wipeData());
            await cluster.remakeMarker();
            await cluster.createPods();
            for (const pod of lost) {
                await cluster.saysUnready(pod, /ordinal 3 holds data of this cluster.*ordinal 4 holds data/);
            }
            await sleep(A_FEW_ROUNDS);
            for (const pod of lost) {
                await waits(pod);
            }
            assert.equal((await cluster.readMarker()).formed, undefined);
        });
    });

    it("leaves it to a majority of kept disks also when the lost one could form alone", async () => {
        await Cluster.with({ replicas: 3, initialClusterSize: 1 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const before = await cluster.settledAt(3);
            await cluster.etcdctl(cluster.pod(1), ["put", "kept", "yes"]);
            await Promise.all(cluster.pods.map((pod) => pod.vanish()));
            cluster.pod(0).wipeData();
            await cluster.remakeMarker();
            await cluster.createPods();
            await cluster.allReady();
            const after = await cluster.settledAt(3);
            const idOf = (list: typeof after, ordinal: number) =>
                list.find(({ name }) => name === cluster.pod(ordinal).name)?.id;
            assert.equal(idOf(after, 1), idOf(before, 1));
            assert.notEqual(idOf(after, 0), idOf(before, 0), "pod 0 lives a second life");
            assert.equal(await cluster.etcdctl(cluster.pod(0), ["get", "kept", "--print-value-only"]), "yes");
        });
    });

    it("comes back from a majority of kept disks with a marker made anew", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const id = await cluster.clusterId(cluster.pod(0));
            const lost = cluster.pod(2).file("data/member-id");
            await cluster.etcdctl(cluster.pod(0), ["put", "kept", "yes"]);
            await Promise.all(cluster.pods.map((pod) => pod.vanish()));
            cluster.pod(2).wipeData();
            await cluster.remakeMarker();
            await cluster.createPods();
            await cluster.allReady();
            const members = await cluster.settledAt(3);
            assert.ok(!members.some((member) => member.id === lost), `${lost} lives a second life`);
            assert.equal(await cluster.clusterId(cluster.pod(2)), id);
            assert.equal(await cluster.etcdctl(cluster.pod(2), ["get", "kept", "--print-value-only"]), "yes");
            assert.equal((await cluster.readMarker()).formed, id);
        });
    });

    it("waits, and says why, while the marker cannot be read", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            const pod = cluster.pod(0);
            const good = { ...pod.spec.serviceAccount };
            const held = async (pattern: RegExp) => {
                await cluster.saysUnready(
                    pod,
                    new RegExp(`cannot read ConfigMap ${cluster.marker}.*(${pattern.source})`, "is"),
                );
                await waits(pod);
            };
            await pod.api.set("refused");
            await pod.create();
            await held(/refused/);
            await pod.api.set("silent");
            await held(/no answer|timeout/);
            await pod.api.set("up");
            pod.mount({ ...good, token: "nobody" });
            await held(/unauthorized|logged in|credentials/);
            pod.mount({ ...good, "ca.crt": rootCertificates[0]! });
            await held(/certificate/);
            pod.mount(good);
            await cluster.kubectl("delete", "rolebinding", cluster.set);
            await held(/forbidden/);
            await cluster.applyObjects();
            await cluster.kubectl("delete", "configmap", cluster.marker);
            await held(/not ?found/);
            await cluster.applyObjects();
            await cluster.allReady();
        });
    });
});
