// Lost and stale disks.
import assert from "assert";
import * as fs from "fs";

import { Cluster } from "../support/scripts-cluster";
import { etcdRuns } from "../support/scripts-points";
import { sleep } from "../support/scripts-wait";

describe("a lost disk", () => {
    it("comes back as a new member, while writes go on", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const before = await cluster.settledAt(3);
            const writer = cluster.writer();
            for (const pod of [cluster.pod(0), cluster.pod(1)]) {
                const lost = pod.file("data/member-id");
                await pod.vanish();
                pod.wipeData();
                const written = writer.acknowledged.size;
                await cluster.waitFor("writes without it", () => writer.acknowledged.size > written + 20);
                await pod.create();
                await cluster.allReady();
                const members = await cluster.settledAt(3);
                assert.ok(!members.some((member) => member.id === lost), `${lost} lives a second life`);
                assert.match(pod.said, /is lost; replacing the member/);
                assert.match(pod.said, /added as learner/);
                assert.match(pod.said, /promoted to voter/);
                assert.equal(pod.restarts, 0);
            }
            const after = await cluster.settledAt(3);
            const untouched = (list: typeof after) => list.find((member) => member.name === cluster.pod(2).name);
            assert.deepEqual(untouched(after), untouched(before));
            await writer.stop();
            assert.ok(writer.acknowledged.size > 50, `only ${writer.acknowledged.size} writes`);
            // How long it was is for docs/reliability.md; this is that it never stood still.
            assert.ok(writer.longestGap < 60_000, `no write for ${writer.longestGap} ms`);
            assert.deepEqual(await writer.lost(cluster.pod(2).clientUrl), []);
            await cluster.sameData();
        });
    });

    it("heals also when the marker was emptied, for the leader writes it again", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const { formed } = await cluster.readMarker();
            await cluster.settledAt(3);
            await cluster.emptyMarker();
            await cluster.waitFor("the leader to write it again", async () => (await cluster.readMarker()).formed);
            const { initialClusterSize, ...written } = await cluster.readMarker();
            assert.deepEqual([initialClusterSize, written], ["3", { formed, root: "made" }]);
            // Nobody has to be restarted for that, and nothing else is needed for a disk to heal.
            cluster.pods.forEach((pod) => assert.equal(etcdRuns(pod), true));
            const lost = cluster.pod(2);
            await lost.vanish();
            lost.wipeData();
            // Nor the right to read a request to recover, which goes when the program is taken back to one of before it.
            await cluster.mayNotReadRequests();
            await lost.create();
            await cluster.allReady();
            await cluster.settledAt(3);
            await cluster.sameData();
        });
    });

    it("of the majority never makes a second cluster", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            await Promise.all(cluster.pods.map((pod) => pod.vanish()));
            cluster.pod(0).wipeData();
            cluster.pod(1).wipeData();
            await cluster.createPods();
            await cluster.saysUnready(cluster.pod(0), /WAITING to join.*no new one is made/);
            await cluster.saysUnready(cluster.pod(1), /WAITING to join.*no new one is made/);
            await cluster.saysUnready(cluster.pod(2), /no leader/);
            await sleep(3000);
            assert.equal(etcdRuns(cluster.pod(0)) || etcdRuns(cluster.pod(1)), false);
            for (const pod of cluster.pods) {
                assert.equal((await pod.live()).code, 0);
                assert.equal(pod.restarts, 0);
            }
        });
    });

    it("of every member makes nothing new either", async () => {
        await Cluster.with({ replicas: 2 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            await Promise.all(cluster.pods.map((pod) => pod.vanish()));
            cluster.pods.forEach((pod) => pod.wipeData());
            await cluster.createPods();
            await cluster.saysUnready(cluster.pod(0), /WAITING to join/);
            await cluster.saysUnready(cluster.pod(1), /WAITING to join/);
            assert.equal(etcdRuns(cluster.pod(0)) || etcdRuns(cluster.pod(1)), false);
        });
    });
});

describe("a stale disk", () => {
    it("of a replaced member is set aside, and the pod joins anew", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const pod = cluster.pod(1);
            await pod.vanish();
            fs.renameSync(pod.path("data"), pod.path("old"));
            await pod.create();
            await cluster.allReady();
            const second = pod.file("data/member-id");
            await pod.vanish();
            pod.wipeData();
            fs.cpSync(pod.path("old"), pod.path("data"), { recursive: true });
            const stale = pod.file("data/member-id");
            assert.notEqual(stale, second);
            await pod.create();
            await cluster.allReady();
            const members = await cluster.settledAt(3);
            assert.ok(!members.some((member) => member.id === stale || member.id === second));
            assert.ok(fs.existsSync(pod.path("data/set-aside")));
            await cluster.sameData();
        });
    });
});
