// Scaling under writes, by Pulumi's config and by kubectl: joins one at a time, nobody else restarted, nothing lost, and Pulumi
// and Kubernetes agree afterwards.
import assert from "assert";

import { EtcdView, type Member, type Pod } from "../support/cluster-etcd";
import { changed, EtcdStack } from "../support/cluster-stack";
import { waitFor } from "../support/scripts-wait";
import { joinedOneAtATime, listsDuring } from "../support/member-lists";

describe("scaling", () => {
    it("goes 3, 5, 3 by config and by kubectl under writes", async () => {
        await EtcdStack.with({ replicas: 3 }, async (stack) => {
            await stack.upped();
            const view = await EtcdView.of(stack);
            const members = await view.settled(3);
            const pods = await view.pods();
            const identity = await view.clusterId();
            const writer = view.writer();

            await stack.configure({ replicas: 5 });
            const lists = await listsDuring(
                () => view.members(),
                async () => {
                    await stack.upped();
                    // `pulumi up` has waited for them.
                    await view.complete(5);
                },
            );
            joinedOneAtATime(lists);
            await unchanged(view, pods, members);
            await view.sameData();
            await agreed(stack);

            await stack.configure({ replicas: 3 });
            await stack.upped();
            assert.deepEqual(await view.complete(3), members);
            await unchanged(view, pods, members);
            await agreed(stack);

            // The API server's user scales; the leavers' old volumes come back to life as new members.
            joinedOneAtATime(
                await listsDuring(
                    () => view.members(),
                    async () => {
                        await stack.kubectl("scale", "statefulset", stack.name, "--replicas=5");
                        await view.settled(5);
                    },
                ),
            );
            await unchanged(view, pods, members);
            // kubectl owns the number now; Pulumi takes it back without a conflict.
            const back = await stack.upped("--refresh");
            assert.equal(changed(back).update, 1, back.text);
            assert.deepEqual(await view.settled(3), members);

            await stack.kubectl("scale", "statefulset", stack.name, "--replicas=5");
            await view.settled(5);
            await stack.kubectl("scale", "statefulset", stack.name, "--replicas=3");
            assert.deepEqual(await view.settled(3), members);
            await agreed(stack);

            await writer.stop();
            assert.ok(writer.acknowledged.size > 100, `only ${writer.acknowledged.size} writes`);
            assert.deepEqual(await writer.lost(view.endpoint), []);
            assert.equal(await view.clusterId(), identity);
            await unchanged(view, pods, members);
            await view.sameData();
        });
    });
});

/** The pods and members of the beginning are the same ones, and were not restarted. */
async function unchanged(view: EtcdView, pods: Pod[], members: Member[]): Promise<void> {
    // On a busy machine a late answer to a probe makes one unready for a while; after a restart it would never be the same again.
    await waitFor("the pods of the beginning", async () => {
        assert.deepEqual((await view.pods()).slice(0, pods.length), pods);
        return true;
    });
    assert.deepEqual((await view.members()).slice(0, members.length), members);
}

/** Neither the next `up` nor a refresh finds anything to do. */
async function agreed(stack: EtcdStack): Promise<void> {
    for (const outcome of [await stack.up(), await stack.refresh()]) {
        assert.ok(outcome.ok, outcome.text);
        assert.deepEqual(changed(outcome), {}, outcome.text);
    }
}
