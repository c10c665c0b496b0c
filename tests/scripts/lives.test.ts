// Two lives of one cluster: a person asked for a recovery, and what was believed dead comes back. Or the marker only says so.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import { Cluster } from "../support/scripts-cluster";
import { environment } from "../support/scripts-environment";
import type { FakePod } from "../support/scripts-pod";

const ENV = { OBJECTION_SECONDS: "12" };

const signalAll = (pod: FakePod, signal: NodeJS.Signals) =>
    pod.processes().forEach(({ pid }) => {
        try {
            process.kill(pid, signal);
        } catch {
            // It has ended meanwhile.
        }
    });

const value = (cluster: Cluster, pod: FakePod, key: string) => cluster.etcdctl(pod, ["get", key, "--print-value-only"]);

/** Two of three members are lost, the third is asked to go on alone, and is lost as well when its etcd has just been started that way. */
async function lostWhileItGoesOnAlone(cluster: Cluster): Promise<FakePod> {
    await cluster.createPods();
    await cluster.allReady();
    await cluster.settledAt(3);
    const survivor = cluster.pod(2);
    await Promise.all([0, 1].map((ordinal) => cluster.pod(ordinal).vanish()));
    await cluster.saysUnready(survivor, /no leader/);
    await cluster.ask("2 abc");
    await cluster.waitFor("etcd to start alone", () => survivor.file("data/forced") !== "");
    await survivor.vanish();
    return survivor;
}

describe("two lives of a cluster", () => {
    it("become one when the majority that a snapshot was restored beside was only paused", async () => {
        await Cluster.with({ replicas: 3, env: ENV }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            await cluster.settledAt(3);
            const [first, second, survivor] = [cluster.pod(0), cluster.pod(1), cluster.pod(2)];
            const file = path.join(environment().root, `${cluster.namespace}.db`);
            await cluster.etcdctl(survivor, ["put", "old", "yes"]);
            await cluster.etcdctl(survivor, ["snapshot", "save", file]);
            [first, second].forEach((pod) => signalAll(pod, "SIGSTOP"));
            await cluster.saysUnready(survivor, /no leader/);
            await survivor.exec(["/toolbox/sh", "-c", "cat >/var/run/etcd/snapshot.db"], 30, file);
            await cluster.ask("2 abc snapshot.db");
            await cluster.allReady(2);
            await cluster.etcdctl(survivor, ["put", "new", "acknowledged"]);
            [first, second].forEach((pod) => signalAll(pod, "SIGCONT"));
            // As the survivor has it: the others have a list of three already, of the life before.
            await cluster.waitFor(
                "the others to join",
                async () => {
                    const members = await cluster.memberList(survivor);
                    return members.length === 3 && members.every(({ started, learner }) => started && !learner);
                },
                180,
            );
            await cluster.allReady();
            const clusters = await Promise.all(cluster.pods.map((pod) => cluster.clusterId(pod)));
            assert.equal(new Set(clusters).size, 1);
            assert.equal((await cluster.readMarker()).formed, clusters[2]);
            for (const pod of cluster.pods) {
                assert.equal(await value(cluster, pod, "new"), "acknowledged");
            }
            for (const pod of [first, second]) {
                assert.ok(fs.existsSync(pod.path("data/set-aside")), "the data of the life before is kept");
            }
            await cluster.sameData();
        });
    });

    it("are none when a line of the marker was edited: nobody's data is touched, and the leader corrects it", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const before = await cluster.settledAt(3);
            await cluster.etcdctl(cluster.pod(0), ["put", "precious", "yes"]);
            const edit = () =>
                cluster.kubectl(
                    ...["patch", "configmap", cluster.marker, "--type=merge"],
                    ...["-p", '{"data":{"recovered":"9 whatever"}}'],
                );
            const corrected = () =>
                cluster.waitFor("the line to be corrected", async () => !("recovered" in (await cluster.readMarker())));
            // While the cluster lives, and with one member away.
            await cluster.pod(2).vanish();
            await edit();
            await corrected();
            assert.equal(await value(cluster, cluster.pod(0), "precious"), "yes");
            await cluster.createPods(2);
            await cluster.allReady();
            // Before all of them start.
            await Promise.all(cluster.pods.map((pod) => pod.vanish()));
            await edit();
            await cluster.createPods();
            await cluster.allReady();
            await corrected();
            assert.deepEqual(await cluster.settledAt(3), before, "the same members");
            for (const pod of cluster.pods) {
                assert.equal(await value(cluster, pod, "precious"), "yes");
                assert.equal(fs.existsSync(pod.path("data/set-aside")), false);
            }
        });
    });

    it("never both take writes: once a recovery has begun the others hold, and join it when it serves", async () => {
        await Cluster.with({ replicas: 3, env: ENV }, async (cluster) => {
            const survivor = await lostWhileItGoesOnAlone(cluster);
            assert.equal((await cluster.readMarker())["recovery-begun"], "2 abc");
            await cluster.createPods(0, 1);
            for (const ordinal of [0, 1]) {
                await cluster.saysUnready(cluster.pod(ordinal), /HELD: .* lives on from another disk \(2 abc/);
                assert.notEqual(cluster.pod(ordinal).file("data/member-id"), "", "its data stays where it is");
            }
            await survivor.create();
            await cluster.settledAt(3);
            await cluster.allReady();
            assert.equal((await cluster.readMarker()).recovered, "2 abc");
            await cluster.sameData();
        });
    });

    it("become one also when the recovery was refused after it had begun, as scripts of before do", async () => {
        await Cluster.with({ replicas: 3, env: ENV }, async (cluster) => {
            const survivor = await lostWhileItGoesOnAlone(cluster);
            await cluster.kubectl(
                ...["patch", "configmap", cluster.marker, "--type=merge"],
                ...["-p", '{"data":{"recovery-refused":"2 abc"}}'],
            );
            await survivor.create();
            await cluster.saysUnready(survivor, /HELD: the recovery from \S+ was refused after it had begun/);
            await cluster.createPods(0, 1);
            await cluster.allReady(0, 1);
            await cluster.etcdctl(cluster.pod(0), ["put", "majority", "acknowledged"]);
            await cluster.settledAt(3);
            await cluster.allReady();
            assert.equal(await value(cluster, survivor, "majority"), "acknowledged");
            await cluster.sameData();
        });
    });

    it("do not begin by a request that was there before the marker; a later one counts", async () => {
        await Cluster.with({ replicas: 3, env: ENV }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            await cluster.settledAt(3);
            await cluster.etcdctl(cluster.pod(1), ["put", "key", "acknowledged"]);
            await Promise.all(cluster.pods.map((pod) => pod.vanish()));
            // Left in the stack: destroy, and come back.
            await cluster.ask("2 left");
            await cluster.remakeMarker();
            await cluster.ask("2 left");
            await cluster.createPods(2);
            await cluster.waitFor("the request to be refused", async () => {
                return (await cluster.readMarker())["recovery-refused"] === "2 left";
            });
            await cluster.saysUnready(cluster.pod(2), /NOT READY: .* has no leader/);
            await cluster.ask("2 later");
            await cluster.saysUnready(cluster.pod(2), /RECOVERY from the data of/);
            await cluster.createPods(0, 1);
            await cluster.allReady();
            await cluster.objectsTo("2 later");
            assert.equal(await value(cluster, cluster.pod(2), "key"), "acknowledged");
        });
    });

    it("are told apart by their IDs, also with the same token and the same names", async () => {
        await Cluster.with({ replicas: 3, env: ENV }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const before = await cluster.settledAt(3);
            await Promise.all(cluster.pods.map((pod) => pod.vanish()));
            await cluster.remakeMarker();
            for (const pod of cluster.pods) {
                fs.rmSync(pod.path("data"), { recursive: true });
                fs.mkdirSync(pod.path("data"));
            }
            await cluster.createPods();
            await cluster.allReady();
            const after = await cluster.settledAt(3);
            const ids = new Set([...before, ...after].map(({ id }) => id));
            assert.equal(ids.size, 6);
        });
    });
});
