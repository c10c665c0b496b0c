// What the kubelet and people see of a pod: probes, the member table, and that looking costs nothing.
import assert from "assert";
import * as fs from "fs";

import { Cluster } from "../support/scripts-cluster";

describe("probes", () => {
    let cluster: Cluster;

    before(async () => {
        cluster = await Cluster.ready({ replicas: 2 });
    });

    after(() => cluster.destroy());

    it("print the member table", async () => {
        const table = await cluster.pod(1).members();
        assert.equal(table.code, 0, table.output);
        const [head, ...rows] = table.output
            .trim()
            .split("\n")
            .map((line) => line.trim().split(/\s+/));
        assert.deepEqual(head, ["NAME", "ID", "ROLE", "VERSION", "DB-SIZE", "HEALTH"]);
        const members = await cluster.memberList();
        assert.deepEqual(
            rows.map(([name, id]) => [name, id]),
            members.map(({ name, id }) => [name, id]).sort(),
        );
        assert.deepEqual(rows.map(([, , role]) => role).sort(), ["follower", "leader"]);
        rows.forEach((row) => assert.match(row.slice(3).join(" "), /^3\.\d+\.\d+ \d+(\.\d+)?[kKMG]?B healthy$/));
    });

    it("leave no zombie and no file behind, however often they run", async () => {
        const pod = cluster.pod(0);
        const files = () => fs.readdirSync(pod.path("state")).length;
        await pod.ready();
        const before = files();
        for (let i = 0; i < 10; i++) {
            await Promise.all([pod.ready(), pod.live(), pod.ready(), pod.live(), pod.members()]);
        }
        // Who has just ended is one until process 1 gets to it.
        const zombies = () => pod.processes().filter((each) => each.state === "Z");
        await cluster.waitFor("all that have ended to be reaped", () => zombies().length === 0);
        // The duties keep a few of their own, some of them only once; a probe that left one would have left ten.
        assert.ok(
            files() < before + 10,
            `${before} files in the state folder became ${files()}: ${fs.readdirSync(pod.path("state"))}`,
        );
    });

    it("explain a lost quorum, which does not kill the pod", async () => {
        await cluster.pod(1).kill9();
        const probe = await cluster.saysUnready(cluster.pod(0), /no leader/);
        assert.ok(probe.milliseconds < 8000, `${probe.milliseconds} ms`);
        assert.equal((await cluster.pod(0).live()).code, 0);
        await cluster.pod(1).start();
        await cluster.allReady();
    });

    it("fail, in time, for an etcd that hangs", async () => {
        const pod = cluster.pod(1);
        pod.signalEtcd("SIGSTOP");
        const [live, ready] = await Promise.all([pod.live(), pod.ready()]);
        for (const probe of [live, ready]) {
            assert.equal(probe.code, 1, probe.output);
            assert.match(probe.output, /\S/);
            assert.ok(probe.milliseconds < 8000, `${probe.milliseconds} ms`);
        }
        pod.signalEtcd("SIGCONT");
        await cluster.allReady();
        assert.equal((await pod.live()).code, 0);
    });
});
