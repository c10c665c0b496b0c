// Which pod the rollout ends, and when: rollout.sh in a pod like its Job's, members with a real etcd, and Pod objects on which the
// test plays controllers and kubelet.
import assert from "assert";
import * as http from "http";

import { Cluster } from "../support/scripts-cluster";
import { environment } from "../support/scripts-environment";
import type { FakePod } from "../support/scripts-pod";
import { PodObjects } from "../support/scripts-pod-objects";

const [OLD, NEW] = ["old", "new"];

describe("the rollout", () => {
    let cluster: Cluster;
    let pods: PodObjects;
    let job: FakePod;

    before(async () => {
        ({ cluster, pods } = await PodObjects.ofThree(NEW));
    });

    beforeEach(async () => {
        await pods.reset(OLD, OLD, OLD);
        await pods.allow(1);
    });

    afterEach(() => job.vanish());
    after(() => cluster.destroy());

    async function begin(env: Record<string, string> = {}): Promise<void> {
        job = await cluster.addRollout(env);
        await job.create();
    }

    const says = (pattern: RegExp) => cluster.waitFor(`the rollout to say ${pattern}`, () => pattern.test(job.said));

    const asked = () =>
        cluster.waitFor("a pod to be asked to end", async () => {
            const ordinals = await pods.stopping();
            return ordinals.length > 0 ? ordinals : undefined;
        });

    /** What StatefulSet controller and kubelet do for a pod that was asked to end. */
    async function restart(ordinal: number): Promise<void> {
        await cluster.pod(ordinal).delete();
        await pods.remove(ordinal);
        await pods.add(ordinal, NEW);
        await pods.condition(ordinal, "False");
        await cluster.pod(ordinal).create();
        await cluster.allReady(ordinal);
        await pods.condition(ordinal, "True");
    }

    it("waits for the budget; then followers from the highest ordinal down, the leader last, and is done", async () => {
        const highest = cluster.pod(2).file("data/member-id");
        await cluster.waitFor("the highest to lead", async () => {
            const leader = await cluster.leader();
            return leader.name === cluster.pod(2).name || !(await cluster.etcdctl(leader, ["move-leader", highest]));
        });
        await pods.allow(0);
        await begin();
        await says(/waiting to restart .*-1: .*disruption budget/);
        assert.deepEqual(await pods.stopping(), []);
        for (const ordinal of [1, 0, 2]) {
            await pods.allow(1);
            assert.deepEqual(await asked(), [ordinal]);
            // The budget would allow another one: it is the rollout that waits.
            await pods.allow(1);
            await says(new RegExp(`waiting: pod .*-${ordinal} is being stopped`));
            await restart(ordinal);
        }
        await cluster.waitFor("the rollout to be done", () => job.exit);
        assert.equal(job.exit?.code, 0, job.said);
        assert.match(job.file("state/verdict"), /^all 3 members run revision new$/);
        assert.match(cluster.pod(2).said, /handed leadership to/);
    });

    it("does not end a pod that has taken the place of the one it looked at", async () => {
        // The last thing it asks of a pod before the eviction is whether it leads; at that moment the pod becomes another.
        const impostor = "127.0.255.1";
        const before = await pods.uid(2);
        let swapped: Promise<void> | undefined;
        const swap = async () => {
            await pods.remove(2);
            await pods.add(2, NEW);
        };
        const server = http.createServer((request, response) => {
            const path = String(request.url);
            const ready = path === "/metrics" ? (swapped ??= swap()) : Promise.resolve();
            void ready.then(() => response.end(path === "/metrics" ? "etcd_server_is_leader 0\n" : "ok\n"));
        });
        await new Promise<void>((resolve) => server.listen(2381, impostor, resolve));
        const { dns } = environment();
        dns.unpublish(cluster.host(2), cluster.pod(2).spec.address);
        dns.publish(cluster.host(2), impostor);
        try {
            await begin();
            await says(/waiting to restart .*-2: .*[Pp]recondition/);
            assert.notEqual(await pods.uid(2), before);
            assert.ok(!(await pods.stopping()).includes(2), job.said);
        } finally {
            server.close();
            dns.unpublish(cluster.host(2), impostor);
            dns.publish(cluster.host(2), cluster.pod(2).spec.address);
        }
    });

    it("replaces outdated pods that stay unready first, and gives each of the others its time anew", async () => {
        await pods.condition(0, "False", "the reason of 0");
        await pods.condition(1, "False", "the reason of 1");
        await begin({ SICK_PATIENCE: "6" });
        await says(/waiting: pod .*-0 is not Ready \( *the reason of 0/);
        assert.deepEqual(await pods.stopping(), []);
        await says(/replacing .*-1, which is outdated and not Ready: *the reason of 1/);
        await says(/replacing .*-0, which is outdated and not Ready: *the reason of 0/);
        // It says so first, and asks then.
        await cluster.waitFor("both to be asked to end", async () => (await pods.stopping()).join() === "0,1");
        const [first, second] = [...job.said.matchAll(/^(\S+) .*: replacing/gm)].map(([, time]) => Date.parse(time!));
        assert.ok(second! - first! >= 6000, job.said);
        // The healthy one is outdated as well, and does not go before they are back.
        await pods.remove(0, 1);
        await says(/waiting: pod .*-0 does not exist; pod .*-1 does not exist/);
        assert.deepEqual(await pods.stopping(), []);
    });

    it("lets an outdated pod be that becomes Ready again in time", async () => {
        await pods.allow(0);
        await pods.condition(1, "False");
        await begin({ SICK_PATIENCE: "20" });
        await says(/waiting: pod .*-1 is not Ready/);
        await pods.condition(1, "True");
        await says(/waiting to restart/);
        const again = Date.now();
        await pods.condition(1, "False");
        await says(/replacing .*-1/);
        // It counts whole seconds.
        assert.ok(Date.now() - again >= 19_000, job.said);
    });
});

describe("the rollout of two members", () => {
    it("needs no budget's leave: of two none could ever go", async () => {
        await Cluster.with({ replicas: 2 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const pods = new PodObjects(cluster);
            await pods.newest(NEW);
            await pods.reset(OLD, OLD);
            await pods.allow(0);
            const follower = cluster.pods.indexOf(await cluster.leader()) === 0 ? 1 : 0;
            const job = await cluster.addRollout({});
            await job.create();
            await cluster.waitFor("a pod to be asked to end", async () => (await pods.stopping()).length > 0);
            assert.deepEqual(await pods.stopping(), [follower]);
        });
    });
});
