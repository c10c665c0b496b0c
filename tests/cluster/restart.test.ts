// A restart is never a membership change: leader and follower, deleted and killed in turn under writes, with the API server at hand
// and cut off.
import assert from "assert";

import { EtcdView } from "../support/cluster-etcd";
import { killContainer, withoutApiServer } from "../support/cluster-faults";
import type { EtcdStack } from "../support/cluster-stack";
import { waitFor } from "../support/scripts-wait";
import { onSharedStack } from "../support/shared-stack";

describe("restarts", () => {
    it("keep every member ID and the cluster ID, also without the API server", async () => {
        await onSharedStack(async (stack, view) => {
            const members = await view.settled(3);
            const identity = await view.clusterId();
            const writer = view.writer();

            const each = async (says: RegExp) => {
                const leader = await view.leader();
                for (const ordinal of [leader, (leader + 1) % 3]) {
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
