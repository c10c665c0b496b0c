/** Leaving while leavers are dead, Pending or cut off, or while those who stay are silent: who stays must serve. */
import assert from "assert";

import { cutOff } from "../../support/cluster-network";
import { sleep, waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { away, nameOf, podOf, scale, scaled } from "../pods";
import type { World } from "../world";

/** Scales down, and waits until those who stay are alone in the list and serve. */
async function leftAlone(world: World, replicas: number): Promise<void> {
    await scale(world, replicas);
    world.replicas = replicas;
    await world.healed();
}

/** Three again, for the case that comes next. */
async function three(world: World): Promise<void> {
    await scaled(world, 3);
    world.replicas = 3;
}

export const LEAVING: Case[] = [
    {
        id: "55",
        title: "3→1 while one leaver is Pending",
        injected: "node of ordinal 2 cordoned and its pod deleted, kubectl scale 3→1; then uncordoned",
        run: async (world) => {
            await away(world, [2], () => leftAlone(world, 1));
            await three(world);
        },
    },
    {
        id: "55b",
        title: "5→2 while one leaver is Pending and another is cut off",
        injected:
            "node of ordinal 4 cordoned and its pod deleted, all packets of ordinal 3 dropped, kubectl scale 5→2; then uncordoned",
        run: async (world) => {
            await scaled(world, 5);
            await away(world, [4], async () => {
                const { containerId } = await podOf(world, 3);
                await cutOff(containerId, ["input", "output"], () => leftAlone(world, 2));
            });
            await three(world);
        },
    },
    {
        id: "61",
        title: "the leader leaves a cluster of five of which two are silent",
        injected: "packets to ordinals 0 and 1 dropped, kubectl scale 5→4 while ordinal 4 leads",
        run: async (world) => {
            await scaled(world, 5);
            await waitFor("ordinal 4 to lead", async () => {
                if ((await world.view.leader()) !== 4) {
                    await world.view.moveLeader(4);
                    return false;
                }
                return true;
            });
            const said = await world.stack.follow(4);
            const { uid } = await podOf(world, 4);
            const silent = await Promise.all([podOf(world, 0), podOf(world, 1)]);
            const [first, second] = silent.map((pod) => pod.containerId) as [string, string];
            const there = async () =>
                (await world.stack.kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.uid}")).includes(uid);
            let text = "";
            await cutOff(first, ["input"], () =>
                cutOff(second, ["input"], async () => {
                    await scale(world, 4);
                    await waitFor(`${nameOf(world, 4)} to go`, async () => !(await there()), { limit: 300 });
                    text = await said();
                }),
            );
            // Whoever is killed because the grace period is over says nothing at the end.
            assert.match(text, /"closed etcd server"/, "etcd was killed, and not stopped");
            await sleep(1000);
            await world.view.settled(4);
            await scaled(world, 3);
            await world.kept();
            const moments = text
                .split("\n")
                .map((line) => Date.parse(/\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(line)?.[0] ?? ""));
            const begin = moments[text.split("\n").findIndex((line) => /leaving the cluster: /.test(line))]!;
            return `the pod took ${Math.round((Math.max(...moments.filter(Number.isFinite)) - begin) / 1000)} s to leave`;
        },
    },
];
