// Volumes that cannot be written, have no room, or cannot be read; and a learner that never comes back.
import assert from "assert";
import { execFileSync } from "child_process";
import * as fs from "fs";

import { Cluster } from "../support/scripts-cluster";
import type { FakePod } from "../support/scripts-pod";
import { sleep } from "../support/scripts-wait";

const busybox = (...args: string[]) => execFileSync("busybox", args);

/** A cluster of one, and a second pod whose volume is mounted like that. */
async function joiner(options: string, test: (cluster: Cluster, pod: FakePod) => Promise<void>): Promise<void> {
    await Cluster.with({ replicas: 1 }, async (cluster) => {
        await cluster.createPods();
        await cluster.allReady();
        await cluster.setReplicas(2);
        const pod = await cluster.addPod();
        await cluster.controllerHasSeen();
        const volume = pod.path("data");
        fs.mkdirSync(volume, { recursive: true });
        busybox("mount", "-t", "tmpfs", "-o", options, "volume", volume);
        try {
            await pod.create();
            await test(cluster, pod);
        } finally {
            await pod.vanish();
            busybox("umount", volume);
        }
    });
}

/** Nobody was ever added. */
async function nobodyJoins(cluster: Cluster): Promise<void> {
    await sleep(5000);
    assert.equal((await cluster.memberList(cluster.pod(0))).length, 1);
    assert.doesNotMatch(cluster.pod(1).said, /added as learner|removing member/);
}

describe("a pod whose volume", () => {
    it("cannot be written enters no list; once it can, the pod joins", async () => {
        await joiner("ro,size=400m", async (cluster, pod) => {
            await cluster.saysUnready(
                pod,
                /cannot write to the volume at .*Read-only file system.*Nothing was changed/,
            );
            await nobodyJoins(cluster);
            await pod.vanish();
            busybox("mount", "-o", "remount,rw", pod.path("data"));
            await pod.create();
            await cluster.allReady();
            await cluster.settledAt(2);
        });
    });

    it("has no room for a log enters no list; once it has, the pod joins", async () => {
        await joiner("size=40m", async (cluster, pod) => {
            await cluster.saysUnready(pod, /has \d+ MB free, and etcd needs 64 MB/);
            await nobodyJoins(cluster);
            busybox("mount", "-o", "remount,size=400m", pod.path("data"));
            await cluster.allReady();
            await cluster.settledAt(2);
        });
    });

    it("cannot be read waits, and keeps its member and its data", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const members = await cluster.settledAt(3);
            const pod = cluster.pod(2);
            const log = pod.path("data/default.etcd/member/wal");
            await pod.vanish();
            fs.renameSync(log, `${log}.away`);
            // What no user can read, whoever it is.
            fs.symlinkSync("wal", log);
            await pod.create();
            await cluster.saysUnready(pod, /the volume of \S+ cannot be read .*not taken for empty/);
            await sleep(5000);
            assert.deepEqual(await cluster.memberList(cluster.pod(0)), members);
            fs.rmSync(log);
            fs.renameSync(`${log}.away`, log);
            await cluster.allReady();
            assert.deepEqual(await cluster.settledAt(3), members);
        });
    });
});

describe("a learner that never comes back", () => {
    it("gives its place up to one that joins, but not while it answers; nobody's entry goes before", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            await cluster.settledAt(3);
            await cluster.setReplicas(4);
            await cluster.addPod();
            await cluster.controllerHasSeen();
            // Added, as by a pod whose node is lost right after.
            const peer = cluster.peerUrl(3);
            const add = ["member", "add", "lost", "--learner", `--peer-urls=${peer}`];
            // Refused while the members have not been connected for some seconds.
            await cluster.waitFor("the learner", async () => cluster.etcdctl(await cluster.leader(), add));
            const lost = cluster.pod(2);
            await lost.vanish();
            lost.wipeData();
            await lost.create();
            await cluster.saysUnready(lost, /learner \w+ of \S+-3 has the place, and does not answer/);
            assert.equal((await cluster.memberList(cluster.pod(0))).filter(({ learner }) => !learner).length, 3);
            await cluster.waitFor("the place", () => /removing member \w+ from .*learner/.test(lost.said), 120);
            await cluster.allReady(0, 1, 2);
            await cluster.settledAt(3);
        });
    });
});
