// A member that hangs: it holds its place in the list and answers nobody. Hooks end in time all the same, and nobody takes away
// the quorum that its silence has made small.
import assert from "assert";

import { listsDuring } from "../support/member-lists";
import { Cluster, Member } from "../support/scripts-cluster";
import type { FakePod, Result } from "../support/scripts-pod";

describe("beside a member that hangs", () => {
    let cluster: Cluster;
    let members: Member[];

    before(async () => {
        cluster = await Cluster.ready({ replicas: 3 });
        members = await cluster.settledAt(3);
    });

    after(() => cluster.destroy());

    /** While those members hang. */
    async function hanging(pods: FakePod[], act: () => Promise<void>): Promise<void> {
        pods.forEach((pod) => pod.signalEtcd("SIGSTOP"));
        try {
            await act();
        } finally {
            pods.forEach((pod) => pod.signalEtcd("SIGCONT"));
        }
    }

    /** Rows of the member table: name and what follows the ID. */
    function rows(table: Result): string[] {
        assert.equal(table.code, 0, table.output);
        const lines = table.output.trim().split("\n").slice(1);
        return lines.map((line) => line.trim().split(/\s+/)).map(([name, , ...rest]) => [name, ...rest].join(" "));
    }

    const list = () => cluster.memberList(cluster.pod(0));

    it("leadership goes to one that serves", async () => {
        const last = cluster.pod(2);
        if ((await cluster.leader()) !== last) {
            await cluster.etcdctl(await cluster.leader(), ["move-leader", last.file("data/member-id")]);
        }
        await hanging([cluster.pod(0)], async () => {
            assert.equal((await last.preStop()).code, 0);
            assert.match(last.said, new RegExp(`handed leadership to ${cluster.pod(1).name}$`, "m"));
            assert.doesNotMatch(last.said, /leadership not handed/);
        });
        await cluster.allReady();
    });

    it("the member table is complete, also when it is asked of the one that hangs", async () => {
        await hanging([cluster.pod(0)], async () => {
            const expected = [
                /-0 - - - unreachable$/,
                /-1 (leader|follower) .* healthy$/,
                /-2 (leader|follower) .* healthy$/,
            ];
            for (const table of await Promise.all([cluster.pod(0).members(), cluster.pod(1).members()])) {
                const lines = rows(table);
                assert.equal(lines.length, 3, table.output);
                expected.forEach((pattern, i) => assert.match(lines[i]!, pattern));
            }
        });
        await hanging([cluster.pod(0), cluster.pod(1)], async () => {
            const table = await cluster.pod(2).members();
            assert.equal(table.code, 1, table.output);
            assert.match(table.output, /^no member answers: \S+/);
        });
        await cluster.allReady();
    });

    it("two that are to leave stay, because no quorum would be left, and their hooks end in time", async () => {
        await cluster.setReplicas(1);
        const leaving = [cluster.pod(1), cluster.pod(2)];
        leaving.forEach((pod) => (pod.spec.env.LIMIT = "50"));
        await hanging([cluster.pod(0)], async () => {
            const hooks = await Promise.all(leaving.map((pod) => pod.preStop()));
            // A hook that the kubelet had to end would have no status.
            hooks.forEach((hook) => assert.equal(hook.code, 0, hook.output));
        });
        for (const pod of leaving) {
            assert.match(pod.said, /not yet: member \w+ is not removed: .* would be no quorum/);
            assert.match(pod.said, /not removed in time; another member will remove it/);
        }
        assert.deepEqual(await cluster.waitFor("the list", list), members);
    });

    it("no more, they leave, the higher ordinal first, whoever was asked first", async () => {
        const [first, second] = [cluster.pod(1), cluster.pod(2)];
        // Its turn may come late on a slow machine.
        first.spec.env.LIMIT = "120";
        await cluster.waitFor("a member that serves", async () => (await cluster.pod(0).ready()).code === 0);
        const lists = await listsDuring(list, async () => {
            const hook = first.preStop();
            const fewer = (left: Member[]) => left.length < 3;
            await assert.rejects(
                cluster.waitFor("a member to leave", () => list().then(fewer, () => false), 4),
                /the condition was false/,
            );
            const hooks = await Promise.all([hook, second.preStop()]);
            hooks.forEach(({ code, output }) => assert.equal(code, 0, output));
        });
        const seen = new Set(
            lists.map((each) =>
                each
                    .map(({ name }) => name.slice(-1))
                    .sort()
                    .join(""),
            ),
        );
        assert.ok(
            [...seen].every((each) => "012".startsWith(each)),
            [...seen].join(),
        );
        [first, second].forEach((pod) => assert.match(pod.said, /left the cluster/));
        assert.equal((await list()).length, 1);
    });
});
