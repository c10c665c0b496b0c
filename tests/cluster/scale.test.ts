// Scaling under writes, by Pulumi's config and by kubectl: joins one at a time, nobody else restarted, nothing lost, and Pulumi
// and Kubernetes agree afterwards.
import assert from "assert";

import { servedTo } from "../support/certificates";
import type { EtcdView, Member, Pod } from "../support/cluster-etcd";
import { changed, type EtcdStack, type Outcome } from "../support/cluster-stack";
import { joinedOneAtATime, listsDuring } from "../support/member-lists";
import { waitFor } from "../support/scripts-wait";
import { onSharedStack } from "../support/shared-stack";

describe("scaling", () => {
    it("goes up and down by config and by kubectl under writes", async () => {
        await onSharedStack(async (stack, view) => {
            const members = await view.settled(3);
            const pods = await view.pods();
            const identity = await view.clusterId();
            const ca = String((await stack.outputs()).caCert);
            const certificate = await servedTo(ca, view.endpoints[0]!);
            const writer = view.writer();

            await stack.configure({ replicas: 5 });
            let grown!: Outcome;
            const lists = await listsDuring(
                () => view.members(),
                async () => {
                    grown = await stack.upped();
                    // `pulumi up` has waited for them.
                    await view.complete(5);
                },
            );
            joinedOneAtATime(lists);
            await unchanged(view, pods, members);
            await view.sameData();
            await agreed(stack);
            // One certificate for all, also for those that were not born yet: scaling makes none.
            const made = grown.steps.filter(({ type, op }) => type.startsWith("tls:") && op !== "same");
            assert.deepEqual(made, []);
            const last = view.endpoints[0]!.replace(`${stack.name}-0`, `${stack.name}-4`);
            assert.equal(await servedTo(ca, last), certificate);

            await stack.kubectl("scale", "statefulset", stack.name, "--replicas=3");
            assert.deepEqual(await view.settled(3), members);
            // kubectl owns the number now; Pulumi takes it back without a conflict. The leavers' old volumes come back to life as new
            // members.
            const back = await stack.upped("--refresh");
            assert.equal(changed(back).update, 1, back.text);
            // It was rolled out, so that they are there when `up` ends.
            await view.complete(5);
            await unchanged(view, pods, members);

            await stack.configure({ replicas: 3 });
            await stack.upped();
            assert.deepEqual(await view.complete(3), members);
            await agreed(stack);

            // Likewise those that nobody wants are gone, whoever wanted them.
            await stack.kubectl("scale", "statefulset", stack.name, "--replicas=4");
            await view.settled(4);
            await stack.upped("--refresh");
            assert.deepEqual(await view.complete(3), members);
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
