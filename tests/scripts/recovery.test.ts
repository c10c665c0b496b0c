// A quorum that is lost for good comes back from the one ordinal that a person names, once, and never beside a living quorum.
import assert from "assert";

import { Cluster } from "../support/scripts-cluster";
import { login, put } from "../support/scripts-client";
import { environment } from "../support/scripts-environment";

/** The minute's wait for an objection, shortened. */
const OPTIONS = { replicas: 3, env: { OBJECTION_SECONDS: "12" } };

describe("recovery", () => {
    it("goes on from the named ordinal, and the others join it with empty disks", async () => {
        await Cluster.with(OPTIONS, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const survivor = cluster.pod(1);
            const id = survivor.file("data/member-id");
            const identity = await cluster.clusterId(survivor);
            await cluster.etcdctl(survivor, ["put", "kept", "yes"]);
            const lost = [cluster.pod(0), cluster.pod(2)];
            await Promise.all(lost.map((pod) => pod.vanish()));
            lost.forEach((pod) => pod.wipeData());
            await cluster.createPods(0, 2);
            await cluster.saysUnready(survivor, /no leader.*Quorum lost/);

            await cluster.ask("1 first");
            await cluster.waitFor("the recovery", () => /RECOVERY from the data of/.test(survivor.said));
            // Where a leader would look for it whose scripts are of before the request was an object of its own.
            assert.equal(await cluster.announced(), "1 first");
            await cluster.allReady();
            const members = await cluster.settledAt(3);
            assert.equal(members.find(({ name }) => name === survivor.name)?.id, id);
            assert.equal(await cluster.clusterId(survivor), identity);
            assert.equal((await cluster.readMarker()).recovered, "1 first");
            await cluster.waitFor("the announcement to be taken back", async () => !(await cluster.announced()));
            for (const pod of cluster.pods) {
                assert.equal(await cluster.etcdctl(pod, ["get", "kept", "--print-value-only"]), "yes");
                assert.equal(pod.restarts, 0);
            }
            // The request still stands, and a quorum is lost once more: it was for one time only.
            await Promise.all([cluster.pod(0).vanish(), cluster.pod(2).vanish()]);
            await cluster.saysUnready(survivor, /no leader.*Quorum lost/);
            await assert.rejects(cluster.saysUnready(survivor, /RECOVERY/, 20));
        });
    });

    it("is refused while a quorum lives, also when the named member cannot see it", async () => {
        // The leader looks every ten seconds for something to object to, and may be slow.
        await Cluster.with({ ...OPTIONS, env: { OBJECTION_SECONDS: "25" } }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const before = await cluster.settledAt(3);
            const lonely = cluster.pod(2);
            await lonely.vanish();
            // It finds nobody by name, and nobody finds it; but the API server answers.
            lonely.spec.resolvConf = "nameserver 192.0.2.1\noptions timeout:1 attempts:1\n";
            await lonely.create();
            lonely.spec.hosts.forEach((host) => environment().dns.unpublish(host, lonely.spec.address));
            await cluster.saysUnready(lonely, /no leader/);
            await cluster.ask("2 second");
            await cluster.objectsTo("2 second");
            await assert.rejects(
                cluster.waitFor("a second cluster", () => /going on alone/.test(lonely.said), 40),
                /waited 40 s/,
            );
            assert.deepEqual(await cluster.memberList(cluster.pod(0)), before);
        });
    });

    it("sets the disks aside that were away, so that they never vote again", async () => {
        await Cluster.with(OPTIONS, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const away = [cluster.pod(0), cluster.pod(1)];
            const old = away.map((pod) => pod.file("data/member-id"));
            await Promise.all(away.map((pod) => pod.vanish()));
            await cluster.ask("2 third");
            await cluster.allReady(2);
            const { clientUrl } = cluster.pod(2);
            await put(clientUrl, "after", "recovery", await login(clientUrl, cluster.password));
            // Together they are the quorum of the life before.
            await cluster.createPods(0, 1);
            await cluster.allReady();
            const members = await cluster.settledAt(3);
            old.forEach((id) => assert.ok(!members.some((member) => member.id === id), `${id} lives a second life`));
            for (const pod of cluster.pods) {
                assert.equal(await cluster.etcdctl(pod, ["get", "after", "--print-value-only"]), "recovery");
            }
            await cluster.sameData();
        });
    });
});
