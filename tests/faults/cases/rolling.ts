/** Changes of the pod template: one member at a time, the leader last, held while any other is unwell. */
import assert from "assert";

import { etcdOf, frozen } from "../../support/cluster-processes";
import { login, readPrefix } from "../../support/scripts-client";
import { sleep, waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { loseDisk, nameOf, podOf } from "../pods";
import { otherScripts, Revisions } from "../revisions";
import { allUpdated, watched } from "../rollouts";
import type { World } from "../world";

/** Password and signing key, as the pods mount them. */
const secrets = ({ stack }: World) =>
    stack.kubectl("get", "secret", "-l", `k8s-app=${stack.name}`, "-o", "jsonpath={.items[*].data}");

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
        id: "32b",
        title: "a pod that was not reached yet is lost half way through a rolling change",
        injected:
            "scripts and resources changed, pulumi up; when the first pod is new and Ready, kubectl delete pod --force of an outdated one",
        run: async (world) => {
            const revisions = new Revisions(world);
            const old = await revisions.look();
            const kept = await secrets(world);
            assert.match(kept, /password.*jwt-key|jwt-key.*password/);
            const token = await login(world.view.endpoint, world.view.password);
            await change(world);
            world.stack.programIs(otherScripts());
            const rolling = world.stack.upped();
            // What is asserted before it has ended is what the case is about.
            rolling.catch(() => undefined);
            const now = await revisions.until("the first new pod", async (names) => {
                const ready = (await world.view.pods()).filter((pod) => pod.ready);
                return names.some((name) => !old.includes(name)) && ready.length === 3;
            });
            const lost = now.findIndex((name) => old.includes(name));
            assert.notEqual(lost, -1, "the rolling change had ended already");
            await world.stack.kubectl("delete", "pod", nameOf(world, lost), "--grace-period=0", "--force");
            await revisions.runsItsOwn(lost);
            let running = true;
            const ended = rolling.finally(() => (running = false));
            while (running) {
                await revisions.look();
                await sleep(200);
            }
            await ended;
            await allUpdated(world);
            await world.kept();
            assert.equal(await secrets(world), kept, "password or key have changed");
            // A login of before is good on every member: all of them have the key that they had.
            for (const pod of await world.view.pods()) {
                await readPrefix(world.view.urlOf(pod), "none/", token);
            }
            world.stack.programIs(undefined);
        },
    },
    {
        id: "33",
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
        injected:
            "other scripts and resources that no node has, pulumi up killed 30 s after the first pod waits for them; then the old ones, pulumi up",
        alone: true,
        run: async (world) => {
            const before = await world.view.pods();
            const revisions = new Revisions(world);
            await revisions.look();
            await world.stack.configureAt("resources.requests.cpu", "1000");
            world.stack.programIs(otherScripts());
            const waits = async () => (await world.view.pods()).some(({ node }) => node === "");
            const { fewest } = await watched(world, () =>
                world.stack.upUntil(async () => {
                    await waitFor("a pod that no node can take", waits, { limit: 300, interval: 500 });
                    await sleep(30_000);
                }),
            );
            assert.equal(fewest, world.replicas - 1);
            const broken = (await world.view.pods()).filter(({ ready }) => !ready);
            assert.equal(broken.length, 1, "the bad revision went beyond the first member");
            await revisions.look();
            world.stack.programIs(undefined);
            await world.stack.unset("resources");
            await world.stack.takenUp();
            await allUpdated(world);
            const after = await world.view.pods();
            const same = after.filter(({ uid }) => before.some((pod) => pod.uid === uid));
            assert.equal(same.length, world.replicas - 1, "members that were well were restarted");
            await revisions.runsItsOwn(after.findIndex(({ uid }) => !before.some((pod) => pod.uid === uid)));
            await world.kept();
        },
    },
    {
        id: "61b",
        title: "a rollout that cannot go on gives up, although a pod becomes unready again and again",
        injected:
            "resources that no node has, with a patience of 60 s; meanwhile etcd of a healthy member is stopped until its pod is not Ready, and continued until it is, over and over",
        alone: true,
        run: async (world) => {
            const before = await world.view.pods();
            await world.stack.configureAt("resources.requests.cpu", "1000");
            world.stack.programIs(
                otherScripts("rollout.sh", (text) =>
                    text.replace("PATIENCE=${PATIENCE:-600}", "PATIENCE=${PATIENCE:-60}"),
                ),
            );
            let ended = false;
            const rolling = world.stack.up().finally(() => (ended = true));
            const isPending = ({ node }: { node: string }) => node === "";
            await waitFor("a pod that no node can take", async () => (await world.view.pods()).some(isPending), {
                limit: 300,
                interval: 500,
            });
            const pending = (await world.view.pods()).find(isPending)!;
            const flapping = before.find(({ name }) => name !== pending.name)!;
            const until = async (ready: boolean) => {
                const isSo = async () =>
                    (await world.view.pods()).some((pod) => pod.uid === flapping.uid && pod.ready === ready);
                await waitFor(`a pod that is ${ready ? "" : "not "}Ready`, async () => ended || (await isSo()), {
                    limit: 120,
                });
            };
            const begin = Date.now();
            // Five times its patience.
            while (!ended && Date.now() - begin < 300_000) {
                await frozen([etcdOf(flapping.containerId)], () => until(false));
                await until(true);
            }
            assert.ok(ended, "it goes on for ever");
            const outcome = await rolling;
            assert.equal(outcome.ok, false);
            assert.match(outcome.text, /gave up/);
            const same = (await world.view.pods()).filter(({ uid }) => before.some((pod) => pod.uid === uid));
            assert.equal(same.length, world.replicas - 1, "members that were well were restarted");
            await world.stack.unset("resources");
            world.stack.programIs(undefined);
            await world.stack.upped();
            await allUpdated(world);
            await world.kept();
            return `it gave up after ${Math.round((Date.now() - begin) / 1000)} s`;
        },
    },
];
