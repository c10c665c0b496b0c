// Scaling under writes, by Pulumi's config and by kubectl: joins one at a time, nobody else restarted, nothing lost, and Pulumi
// and Kubernetes agree afterwards.
import assert from "assert";

import { EtcdView, type Member, type Pod } from "../support/cluster-etcd";
import { changed, EtcdStack } from "../support/cluster-stack";
import { sleep } from "../support/scripts-wait";

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
            const lists = await listsDuring(view, async () => {
                await stack.upped();
                await view.settled(5);
            });
            joinedOneAtATime(lists);
            await unchanged(view, pods, members);
            await view.sameData();
            await agreed(stack);

            await stack.configure({ replicas: 3 });
            await stack.upped();
            assert.deepEqual(await view.settled(3), members);
            await unchanged(view, pods, members);
            await agreed(stack);

            // The API server's user scales; the leavers' old volumes come back to life as new members.
            joinedOneAtATime(
                await listsDuring(view, async () => {
                    await stack.kubectl("scale", "statefulset", stack.name, "--replicas=5");
                    await view.settled(5);
                }),
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

/** Every different member list that was seen while `work` ran. */
async function listsDuring(view: EtcdView, work: () => Promise<unknown>): Promise<Member[][]> {
    const seen: Member[][] = [];
    let running = true;
    const watch = (async () => {
        while (running) {
            const list = await view.members().catch(() => undefined);
            if (list && JSON.stringify(list) !== JSON.stringify(seen.at(-1))) {
                seen.push(list);
            }
            await sleep(50);
        }
    })();
    await work().finally(() => (running = false));
    await watch;
    return seen;
}

function joinedOneAtATime(lists: Member[][]): void {
    assert.ok(
        lists.some((list) => list.some(({ learner }) => learner)),
        "no learner was ever seen",
    );
    for (const list of lists) {
        const joining = list.filter(({ name, learner }) => learner || name === "");
        assert.ok(joining.length <= 1, `two joins at once: ${JSON.stringify(list)}`);
        assert.ok(
            joining.every(({ learner }) => learner),
            `joined as a voter: ${JSON.stringify(list)}`,
        );
    }
}

/** The pods and members of the beginning are the same ones, and were not restarted. */
async function unchanged(view: EtcdView, pods: Pod[], members: Member[]): Promise<void> {
    assert.deepEqual((await view.pods()).slice(0, pods.length), pods);
    assert.deepEqual((await view.members()).slice(0, members.length), members);
}

/** Neither the next `up` nor a refresh finds anything to do. */
async function agreed(stack: EtcdStack): Promise<void> {
    for (const outcome of [await stack.up(), await stack.refresh()]) {
        assert.ok(outcome.ok, outcome.text);
        assert.deepEqual(changed(outcome), {}, outcome.text);
    }
}
