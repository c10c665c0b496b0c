// A restart is never a membership change: each ordinal, the leader included, deleted and killed in turn under writes, with the
// API server at hand and cut off.
import assert from "assert";

import { EtcdView } from "../support/cluster-etcd";
import { killContainer, withoutApiServer } from "../support/cluster-faults";
import { EtcdStack } from "../support/cluster-stack";
import { sleep, waitFor } from "../support/scripts-wait";

describe("restarts", () => {
    it("keep every member ID and the cluster ID, also without the API server", async () => {
        await EtcdStack.with({ replicas: 3 }, async (stack) => {
            await stack.upped();
            const view = await EtcdView.of(stack);
            const members = await view.settled(3);
            const identity = await view.clusterId();
            const writer = view.writer();

            const each = async (says: RegExp) => {
                const leader = await view.leader();
                const followers = [0, 1, 2].filter((ordinal) => ordinal !== leader);
                assert.equal(followers.length, 2, `${leader} leads`);
                for (const ordinal of [leader, ...followers]) {
                    const log = await deleted(stack, view, ordinal);
                    assert.match(log, says);
                    if (ordinal === leader) {
                        assert.match(log, /handed leadership to/);
                    }
                    assert.deepEqual(await view.settled(3), members);
                    await killed(view, ordinal);
                    assert.deepEqual(await view.settled(3), members);
                }
                await killed(view, await view.leader());
                assert.deepEqual(await view.settled(3), members);
            };
            await each(/stopping as a restart \(replicas 3\)/);
            await withoutApiServer(() => each(/stopping as a restart, not leaving: no answer from the API server/));

            await writer.stop();
            assert.ok(writer.acknowledged.size > 100, `only ${writer.acknowledged.size} writes`);
            assert.deepEqual(await writer.lost(view.endpoint), []);
            assert.equal(await view.clusterId(), identity);
            await view.sameData();
        });
    });

    it("of all pods for a new template happen one at a time, each Ready before the next", async () => {
        await EtcdStack.with({ replicas: 3 }, async (stack) => {
            await stack.upped();
            const view = await EtcdView.of(stack);
            const members = await view.settled(3);
            const pods = await view.pods();
            const writer = view.writer();
            let fewest = 3;
            let running = true;
            const watch = (async () => {
                while (running) {
                    const ready = (await view.pods()).filter((pod) => pod.ready).length;
                    fewest = Math.min(fewest, ready);
                    await sleep(100);
                }
            })();
            await stack.configure({ affinity: "none" });
            await stack.upped().finally(() => (running = false));
            await watch;
            assert.equal(fewest, 2, "not exactly one pod at a time");
            assert.deepEqual(await view.settled(3), members);
            const after = await view.pods();
            pods.forEach((pod, ordinal) => assert.notEqual(after[ordinal]!.uid, pod.uid));
            await writer.stop();
            assert.deepEqual(await writer.lost(view.endpoint), []);
            await view.sameData();
        });
    });

    it("a lost disk heals by itself under a new ID", async () => {
        await EtcdStack.with({ replicas: 3 }, async (stack) => {
            await stack.upped();
            const view = await EtcdView.of(stack);
            const before = await view.settled(3);
            const writer = view.writer();
            const [pod, claim] = [`${stack.name}-1`, `datadir-${stack.name}-1`];
            await stack.kubectl("delete", "pvc", claim, "--wait=false");
            await stack.kubectl("delete", "pod", pod, "--grace-period=0", "--force");
            const after = await waitFor(
                "a new member under the old name",
                async () => {
                    const members = await view.settled(3);
                    return members[1]!.id !== before[1]!.id ? members : undefined;
                },
                { limit: 240 },
            );
            assert.deepEqual([after[0], after[2]], [before[0], before[2]]);
            await writer.stop();
            assert.deepEqual(await writer.lost(view.endpoint), []);
            await view.sameData();
        });
    });
});

/** Deletes a pod and waits for the next one; returns what the old one logged to its end. */
async function deleted(stack: EtcdStack, view: EtcdView, ordinal: number): Promise<string> {
    const uid = (await view.pods())[ordinal]!.uid;
    const log = await stack.follow(ordinal);
    await stack.kubectl("delete", "pod", `${stack.name}-${ordinal}`);
    await waitFor(
        `pod ${ordinal} anew`,
        async () => {
            const pod = (await view.pods())[ordinal];
            return pod && pod.uid !== uid && pod.ready;
        },
        { limit: 240 },
    );
    return log();
}

async function killed(view: EtcdView, ordinal: number): Promise<void> {
    const { containerId, restarts } = (await view.pods())[ordinal]!;
    killContainer(containerId);
    await waitFor(
        `container ${ordinal} anew`,
        async () => {
            const pod = (await view.pods())[ordinal]!;
            return pod.restarts > restarts && pod.ready;
        },
        { limit: 240 },
    );
}
