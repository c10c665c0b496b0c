// A member's entry under another URL than its pod has now: it is still the entry of that pod, and gets the new URL in its turn.
import assert from "assert";

import { listsDuring } from "../support/member-lists";
import { Cluster } from "../support/scripts-cluster";

const DOMAIN = "other.local";

describe("an entry under another URL", () => {
    let cluster: Cluster;

    before(async () => {
        cluster = await Cluster.ready({ replicas: 3 });
        await cluster.settledAt(3);
    });

    after(() => cluster.destroy());

    it("is replaced when the data of its pod is lost", async () => {
        const pod = cluster.pod(2);
        const lost = pod.file("data/member-id");
        await pod.vanish();
        pod.wipeData();
        const update = ["member", "update", lost, "--peer-urls=http://elsewhere.example:2380"];
        await cluster.waitFor("the other URL", () => cluster.etcdctl(cluster.pod(0), update));
        await pod.create();
        await cluster.allReady();
        const members = await cluster.settledAt(3);
        assert.ok(!members.some(({ id }) => id === lost), `${lost} is still in the list`);
        assert.match(pod.said, new RegExp(`the data of member ${lost} .* is lost; replacing the member`));
    });

    it("gets the URL of a new cluster domain, lowest ordinal first, once everybody in the list has started", async () => {
        const before = await cluster.settledAt(3);
        const moved = (url: string) => url.includes(DOMAIN);
        const list = () => cluster.memberList();
        const lists = await listsDuring(list, async () => {
            for (const ordinal of [2, 1, 0]) {
                const pod = cluster.pod(ordinal);
                if (ordinal === 0) {
                    // From here on the turn of the lowest would have come.
                    const add = ["member", "add", "nobody", "--learner", "--peer-urls=http://nobody.example:2380"];
                    await cluster.waitFor("a member that never starts", () => cluster.etcdctl(cluster.pod(2), add));
                }
                await pod.delete();
                pod.spec.env.CLUSTER_DOMAIN = DOMAIN;
                pod.spec.hosts.push(cluster.host(ordinal).replace("cluster.local", DOMAIN));
                await pod.create();
                await cluster.allReady();
            }
            const table = await cluster.pod(1).members();
            assert.match(table.output, /^\(not started\) +\w+ +- +- +- +unreachable$/m);
            const any = (members: typeof before) => members.some(({ peerUrl }) => moved(peerUrl));
            await assert.rejects(
                cluster.waitFor("a new URL", () => list().then(any, () => false), 4),
                /the condition was false/,
            );
            const nobody = (await list()).find(({ started }) => !started)!;
            await cluster.etcdctl(cluster.pod(0), ["member", "remove", nobody.id]);
            await cluster.waitFor("the new URLs", async () => (await list()).every(({ peerUrl }) => moved(peerUrl)));
        });
        for (const each of lists) {
            const order = each.filter(({ peerUrl }) => moved(peerUrl)).map(({ name }) => Number(name.slice(-1)));
            assert.deepEqual(order.sort(), [...order.keys()], "a higher ordinal was first");
        }
        const ids = (members: typeof before) => members.map(({ id, name }) => `${name} ${id}`).sort();
        assert.deepEqual(ids(await cluster.settledAt(3)), ids(before));
        cluster.pods.forEach((pod, ordinal) => {
            assert.match(pod.said, new RegExp(`becomes https?://${pod.name}\\S*${DOMAIN}:2380`), `ordinal ${ordinal}`);
        });
    });
});
