// What becomes of data when etcd crashes, or a script half way: a learner's may go, a voter's never, and what was begun is ended.
import assert from "assert";
import * as fs from "fs";

import { Cluster } from "../support/scripts-cluster";
import type { FakePod } from "../support/scripts-pod";
import { waitFor } from "../support/scripts-wait";

describe("after a crash", () => {
    let cluster: Cluster;
    let pod: FakePod;

    before(async () => {
        cluster = await Cluster.ready({ replicas: 1 });
        await cluster.setReplicas(2);
        pod = await cluster.addPod();
        await cluster.controllerHasSeen();
    });

    after(() => cluster.destroy());

    it("a learner whose etcd dies three times starts over under another ID", async () => {
        await pod.create();
        // It is not promoted as long as it cannot ask whether it is wanted.
        await waitFor("the note of a learner", () => pod.file("data/joining") === "0", {
            interval: 1,
            report: () => pod.said,
        });
        await pod.api.set("refused");
        await cluster.saysUnready(pod, /is a learner, catching up/);
        const first = pod.file("data/member-id");
        for (const crash of ["1", "2", "3"]) {
            await cluster.saysUnready(pod, /is a learner, catching up/);
            assert.equal(pod.file("data/member-id"), first);
            pod.signalEtcd("SIGKILL");
            // It is counted, and then said: by then the status of before is gone.
            const said = () => pod.said.match(/etcd ended by itself with status/g)?.length;
            await cluster.waitFor("the crash to be told", () => said() === Number(crash));
            assert.equal(pod.file("data/joining"), crash);
        }
        await pod.api.set("up");
        await cluster.allReady();
        assert.match(pod.said, new RegExp(`setting aside the data of member ${first}`));
        const members = await cluster.settledAt(2);
        assert.ok(!members.some(({ id }) => id === first), `${first} is back`);
        assert.equal(pod.restarts, 0);
    });

    it("a voter keeps its data, though it still has the note of a learner that died three times", async () => {
        const id = pod.file("data/member-id");
        // As when it dies between its promotion and the end of the note.
        await pod.kill9();
        fs.writeFileSync(pod.path("data/joining"), "3\n");
        await pod.start();
        await cluster.allReady();
        assert.ok((await cluster.settledAt(2)).some((member) => member.id === id));
        assert.doesNotMatch(pod.said, new RegExp(`setting aside the data of member ${id}`));
        await cluster.waitFor("the note to be gone", () => pod.file("data/joining") === "");
    });

    it("data that was being set aside is set aside by the next run", async () => {
        const removed = pod.file("data/member-id");
        await cluster.scale(1);
        await cluster.settledAt(1);
        await cluster.setReplicas(2);
        await cluster.controllerHasSeen();
        fs.mkdirSync(pod.path("data/set-aside"), { recursive: true });
        await pod.api.set("refused");
        await pod.create();
        // What is in the way of the new copy cannot be removed as long as it is a mount point.
        const mount = await pod.exec(["/toolbox/mount", "-t", "tmpfs", "none", "/var/run/etcd/set-aside"], 10);
        assert.equal(mount.code, 0, mount.output);
        await pod.api.set("up");
        await cluster.waitFor("a failure half way", () => /deciding how to start failed/.test(pod.said));
        assert.ok(fs.existsSync(pod.path("data/default.etcd")));
        await pod.kill9();
        await pod.start();
        await cluster.allReady();
        assert.ok(!(await cluster.settledAt(2)).some(({ id }) => id === removed), `${removed} is back`);
        assert.ok(fs.existsSync(pod.path("data/set-aside/member")));
    });
});
