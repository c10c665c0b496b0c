/** Changes of the pod template: one member at a time, the leader last, held while any other is unwell. */
import assert from "assert";

import { etcdOf } from "../../support/cluster-processes";
import { sleep } from "../../support/scripts-wait";
import type { Case } from "../case";
import { loseDisk, nameOf, podOf } from "../pods";
import type { World } from "../world";

/** Fewest Ready pods that were seen while `work` ran, and the order in which pods went. */
async function watched(world: World, work: () => Promise<unknown>): Promise<{ fewest: number; order: string[] }> {
    let running = true;
    let fewest = world.replicas;
    const order: string[] = [];
    const uids = new Map((await world.view.pods()).map(({ name, uid }) => [name, uid]));
    const watch = (async () => {
        while (running) {
            const pods = await world.view.pods();
            fewest = Math.min(fewest, pods.filter(({ ready }) => ready).length);
            for (const [name, uid] of uids) {
                const gone = !pods.some((pod) => pod.uid === uid);
                if (gone && !order.includes(name)) {
                    order.push(name);
                }
            }
            await sleep(100);
        }
    })();
    await work().finally(() => (running = false));
    await watch;
    return { fewest, order };
}

/** All members run the newest revision of the StatefulSet. */
async function allUpdated({ stack, replicas }: World): Promise<void> {
    const revision = await stack.kubectl("get", "statefulset", stack.name, "-o", "jsonpath={.status.updateRevision}");
    const label = "jsonpath={.items[*].metadata.labels.controller-revision-hash}";
    const running = await stack.kubectl("get", "pods", "-l", "app=etcd", "-o", label);
    assert.equal(running, Array(replicas).fill(revision).join(" "));
}

let changes = 0;

/** Another pod template that nobody minds. */
const change = async ({ stack }: World) => {
    await stack.configureAt("resources.requests.cpu", `${100 + ++changes}m`);
    await stack.configureAt("resources.limits.memory", "1Gi");
};

export const ROLLING: Case[] = [
    {
        id: "32",
        core: true,
        title: "a rolling change of all members",
        injected: "resources changed, pulumi up",
        run: async (world) => {
            await change(world);
            const leader = nameOf(world, await world.view.leader());
            const { fewest, order } = await watched(world, () => world.stack.upped());
            await allUpdated(world);
            assert.equal(fewest, world.replicas - 1, "not exactly one at a time");
            assert.equal(order.at(-1), leader, `the leader was not the last one: ${order.join(", ")}`);
            await world.kept();
        },
    },
    {
        id: "33",
        core: true,
        title: "a rolling change while a member is broken",
        injected: "SIGSTOP to etcd of ordinal 0 (liveness brings it back), resources changed, pulumi up",
        run: async (world) => {
            const { containerId, uid } = await podOf(world, 0);
            process.kill(etcdOf(containerId), "SIGSTOP");
            await change(world);
            // Ready in Kubernetes' eyes for a few seconds more; the rollout asks the member itself.
            const { fewest, order } = await watched(world, () => world.stack.upped());
            await allUpdated(world);
            assert.ok(fewest >= world.replicas - 1, `${fewest} pods were Ready, with one broken from the beginning`);
            assert.notEqual((await podOf(world, 0)).uid, uid, order.join());
            await world.kept();
        },
    },
    {
        id: "33b",
        title: "a rolling change while a member waits for its disk",
        injected: "ordinal 0 without its disk and its volume not to be had, resources changed, pulumi up; then healed",
        run: async (world) => {
            await loseDisk(world, 0);
            await change(world);
            const { fewest } = await watched(world, () => world.stack.upped());
            assert.ok(fewest >= world.replicas - 1, `only ${fewest} pods were Ready`);
            await allUpdated(world);
        },
    },
    {
        id: "35",
        core: true,
        title: "a template that cannot start is rolled out and taken back",
        injected: "resources that no node has, pulumi up killed after 60 s; then the old ones, pulumi up",
        alone: true,
        run: async (world) => {
            const before = await world.view.pods();
            await world.stack.configureAt("resources.requests.cpu", "1000");
            const { fewest } = await watched(world, () => world.stack.upFor(60));
            assert.equal(fewest, world.replicas - 1);
            const broken = (await world.view.pods()).filter(({ ready }) => !ready);
            assert.equal(broken.length, 1, "the bad revision went beyond the first member");
            await world.stack.unset("resources");
            await world.stack.takenUp();
            await allUpdated(world);
            const after = await world.view.pods();
            const same = after.filter(({ uid }) => before.some((pod) => pod.uid === uid));
            assert.equal(same.length, world.replicas - 1, "members that were well were restarted");
            await world.kept();
        },
    },
];
