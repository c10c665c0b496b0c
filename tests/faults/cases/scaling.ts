/** Scaling while things break: joins and leaves interrupted, refused, raced. */
import assert from "assert";

import { killContainer, withoutApiServer } from "../../support/cluster-faults";
import { etcdOf, frozen, seconds } from "../../support/cluster-processes";
import { sleep, waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { nameOf, podOf, saidBy, scale, scaled } from "../pods";
import { otherScripts, Revisions } from "../revisions";
import { allUpdated } from "../rollouts";
import type { World } from "../world";
import { hammered } from "./kubernetes";

/** Makes that ordinal the leader, by asking the current one to hand over. */
async function lead(world: World, ordinal: number): Promise<void> {
    await waitFor(`ordinal ${ordinal} to lead`, async () => {
        if ((await world.view.leader()) === ordinal) {
            return true;
        }
        await world.view.moveLeader(ordinal);
        return false;
    });
}

export const SCALING: Case[] = [
    {
        id: "21",
        core: true,
        title: "3→5→3, evictions hammering all the way",
        injected: "kubectl scale, eviction of every Ready pod without pause",
        run: async (world) => {
            for (const replicas of [5, 3]) {
                // As long as it lasts somebody is always out; what must hold until then is that a quorum never is.
                await hammered(world, async () => {
                    await scale(world, replicas);
                    await seconds(40);
                });
                await world.view.settled(replicas);
            }
            await world.kept();
        },
    },
    {
        id: "22",
        title: "5→3 while the leader is ordinal 4",
        injected: "leadership moved to ordinal 4, kubectl scale",
        run: async (world) => {
            await scaled(world, 5);
            await lead(world, 4);
            await scaled(world, 3);
            await world.kept();
        },
    },
    {
        id: "22b",
        title: "3→1→3",
        injected: "kubectl scale",
        run: async (world) => {
            await scaled(world, 1);
            await scaled(world, 3);
        },
    },
    {
        id: "21b",
        title: "3→7→3",
        injected: "kubectl scale",
        run: async (world) => {
            await scaled(world, 7);
            await scaled(world, 3);
            await world.kept();
        },
    },
    {
        id: "22c",
        title: "two leave at once while another voter hangs",
        injected: "SIGSTOP to etcd of ordinal 0 for 30 s, kubectl scale 5→3",
        run: async (world) => {
            await scaled(world, 5);
            const { containerId } = await podOf(world, 0);
            await frozen([etcdOf(containerId)], async () => {
                await scale(world, 3);
                await seconds(30);
            });
            await world.kept();
        },
    },
    {
        id: "23",
        title: "5→3 while the pods cannot reach the API server",
        injected: "packets from pods to the API server dropped for 30 s",
        run: async (world) => {
            await scaled(world, 5);
            await withoutApiServer(async () => {
                await scale(world, 3);
                await seconds(30);
            });
            await world.kept();
        },
    },
    {
        id: "23b",
        title: "the leavers of 5→3 are force-deleted, the leader killed meanwhile",
        injected: "kubectl scale, kubectl delete pod --force of both, SIGKILL to the leader's container",
        run: async (world) => {
            await scaled(world, 5);
            await scale(world, 3);
            const forced = ["--grace-period=0", "--force", "--ignore-not-found"];
            await world.stack.kubectl("delete", "pod", nameOf(world, 3), nameOf(world, 4), ...forced);
            const { containerId } = await podOf(world, await world.view.leader());
            killContainer(containerId);
            await world.kept();
        },
    },
    {
        id: "25",
        title: "a joining pod is killed again and again",
        injected: "SIGKILL to the container of ordinal 3 every second, twelve times, during 3→4",
        run: async (world) => {
            await scale(world, 4);
            for (let n = 0; n < 12; n++) {
                await sleep(1000);
                const pod = (await world.view.pods()).find(({ name }) => name === nameOf(world, 3));
                try {
                    killContainer(pod!.containerId);
                } catch {
                    // Not started yet.
                }
            }
            await world.view.settled(4);
            await scaled(world, 3);
            await world.kept();
        },
    },
    {
        id: "28",
        title: "3→5→3→5→3 without waiting",
        injected: "kubectl scale every three seconds",
        run: async (world) => {
            for (const replicas of [5, 3, 5, 3]) {
                await scale(world, replicas);
                await seconds(3);
            }
            await world.kept();
        },
    },
    {
        id: "29",
        title: "3→0→3",
        injected: "kubectl scale",
        run: async (world) => {
            await scale(world, 0);
            await waitFor("no pods", async () => (await world.view.pods()).length === 0, { limit: 120 });
            await scale(world, 3);
            await world.kept();
        },
    },
    {
        id: "31",
        title: "two of five are killed",
        injected: "3→5, SIGKILL to two containers, the leader among them; 5→3",
        run: async (world) => {
            await scaled(world, 5);
            const leader = await world.view.leader();
            const pods = await world.view.pods();
            [leader, (leader + 1) % 5].forEach((ordinal) => killContainer(pods[ordinal]!.containerId));
            await world.view.settled(5);
            await scaled(world, 3);
            await world.kept();
        },
    },
    {
        id: "52",
        title: "disks of removed members come back after minutes",
        injected: "5→3, two minutes of other writes, compaction, 3→5 on the volumes that were kept; 5→3",
        run: async (world) => {
            await scaled(world, 5);
            const ids = async () => (await world.view.members()).map(({ id }) => id);
            const claims = () => world.stack.kubectl("get", "pvc", "-o", "jsonpath={.items[*].metadata.uid}");
            const [then, volumes] = [await ids(), await claims()];
            await scaled(world, 3);
            await seconds(120);
            await world.view.compact();
            await scaled(world, 5);
            const now = await ids();
            assert.deepEqual(now.slice(0, 3), then.slice(0, 3));
            assert.equal(await claims(), volumes, "the volumes are not those that were kept");
            for (const ordinal of [3, 4]) {
                assert.ok(!then.includes(now[ordinal]!), `ordinal ${ordinal} came back under an ID that was removed`);
                assert.match(await saidBy(world, ordinal), /setting aside the data of member/);
            }
            await world.view.sameData();
            await scaled(world, 3);
            await world.kept();
        },
    },
    {
        id: "51",
        title: "pulumi up is killed half way through 3→5 with other scripts, and run again",
        injected:
            "SIGKILL to the engine and its plugins when the StatefulSet asks for five, kubectl delete pod --force of an outdated one",
        alone: true,
        run: async (world) => {
            const revisions = new Revisions(world);
            const old = await revisions.look();
            await world.stack.configure({ replicas: 5 });
            world.stack.programIs(otherScripts());
            const wanted = () =>
                world.stack.kubectl("get", "statefulset", world.stack.name, "-o", "jsonpath={.spec.replicas}");
            await world.stack.upUntil(() =>
                waitFor("five to be asked for", async () => (await wanted()) === "5", { limit: 120 }),
            );
            const now = await revisions.look();
            const lost = now.findIndex((name) => old.includes(name));
            assert.notEqual(lost, -1, "the rolling change had ended already");
            await world.stack.kubectl("delete", "pod", nameOf(world, lost), "--grace-period=0", "--force");
            for (const ordinal of [lost, 4]) {
                await revisions.runsItsOwn(ordinal);
            }
            await world.stack.takenUp();
            world.replicas = 5;
            const members = await world.view.settled(5);
            assert.deepEqual(members.slice(0, 3), world.members);
            await allUpdated(world);
            await revisions.look();
        },
    },
];
