/** The network between members, and the two services that the scripts lean on: names and the API server. */
import assert from "assert";

import {
    cutOff,
    emulated,
    emulationUnavailable,
    losing,
    lossUnavailable,
    throttled,
    throttleUnavailable,
} from "../../support/cluster-network";
import { daemons, frozen, nodeCutOff, seconds } from "../../support/cluster-processes";
import { waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { deletePod, describes, loseDisk, podOf, renewed, restarted } from "../pods";
import { killContainer, withoutApiServer } from "../../support/cluster-faults";
import type { World } from "../world";

async function isolate(world: World, ordinal: number, hooks: ("input" | "output")[]): Promise<void> {
    const { containerId } = await podOf(world, ordinal);
    await cutOff(containerId, hooks, () => seconds(20));
    await world.kept();
}

/** Makes the network of every member worse; `how` gives how many packets that befell, for each. A follower may send too few. */
async function worsened(world: World, how: (containerIds: string[]) => Promise<number[]>): Promise<void> {
    const met = await how((await world.view.pods()).map(({ containerId }) => containerId));
    assert.ok(
        met.some((count) => count > 0),
        `packets that were met: ${met.join()}`,
    );
    await world.kept();
}

/** Longer than liveness (60 s), a pod's grace (60 s), kubelet's longest back-off and the life of a token (10 min). */
const TEN_MINUTES = 630;

export const NETWORK: Case[] = [
    {
        id: "14",
        core: true,
        title: "the leader is cut off",
        injected: "all packets of its pod dropped for 20 s",
        run: async (world) => isolate(world, await world.view.leader(), ["input", "output"]),
    },
    {
        id: "14b",
        title: "a follower is cut off",
        injected: "all packets of its pod dropped for 20 s",
        run: async (world) => isolate(world, ((await world.view.leader()) + 1) % world.replicas, ["input", "output"]),
    },
    {
        id: "15",
        title: "the leader is heard and hears nothing",
        injected: "packets to its pod dropped for 20 s, one way",
        run: async (world) => isolate(world, await world.view.leader(), ["input"]),
    },
    {
        id: "15b",
        title: "the leader hears and is not heard",
        injected: "packets from its pod dropped for 20 s, one way",
        run: async (world) => isolate(world, await world.view.leader(), ["output"]),
    },
    {
        id: "14c",
        title: "a node is cut off from all others, for longer than Kubernetes waits",
        injected: "its link down for 60 s, its pods keep running",
        run: async (world) => {
            const nodes = new Map((await world.view.pods()).map(({ name, node }) => [node, name]));
            const node = [...nodes.keys()].find((each) => each !== "node-1");
            if (!node) {
                throw new Error("all members are on the node of the control plane");
            }
            await nodeCutOff(node, () => seconds(60));
            await world.kept();
        },
    },
    {
        id: "16",
        title: "packets of all members are delayed, out of order and lost",
        injected: "tc netem: 75 ms ± 50 ms, 5 % lost, for 30 s",
        unavailable: emulationUnavailable,
        run: async (world) =>
            worsened(world, (ids) => emulated(["delay", "75ms", "50ms", "loss", "5%"], ids, () => seconds(30))),
    },
    {
        id: "16b",
        title: "packets to all members are lost at random",
        injected: "every fifth dropped at each pod for 30 s (nftables numgen random)",
        unavailable: lossUnavailable,
        run: async (world) => worsened(world, (ids) => losing(20, ids, () => seconds(30))),
    },
    {
        id: "16c",
        title: "packets of all members queue at a slow link",
        injected: "tc tbf: 256 kbit/s for each pod, up to 400 ms in the queue, for 30 s",
        unavailable: throttleUnavailable,
        run: async (world) => worsened(world, (ids) => throttled("256kbit", "400ms", ids, () => seconds(30))),
    },
    {
        id: "53",
        title: "members wait ten minutes for their peers, without data, and with data and no quorum",
        injected: "ordinal 0 without its disk, all packets of both others dropped for 10.5 minutes",
        quiet: true,
        run: async (world) => {
            const [, one, two] = await world.view.pods();
            const wait = async () => {
                await loseDisk(world, 0);
                await seconds(TEN_MINUTES);
                await describes(world, 0, /WAITING to join.*no new one is made/);
                await describes(world, 1, /no leader; fewer than a quorum/);
                await describes(world, 2, /no leader; fewer than a quorum/);
            };
            await cutOff(one!.containerId, ["input", "output"], () =>
                cutOff(two!.containerId, ["input", "output"], wait),
            );
            await renewed(world, [0]);
            const after = await world.view.pods();
            assert.deepEqual(
                after.map(({ restarts }) => restarts),
                [0, one!.restarts, two!.restarts],
                "a container was restarted while it waited",
            );
            assert.deepEqual([after[1]!.uid, after[2]!.uid], [one!.uid, two!.uid]);
        },
    },
    {
        id: "41",
        title: "no name is resolved, and the leader is killed meanwhile",
        injected: "SIGSTOP to the name server, SIGKILL to the container",
        run: async (world) => {
            const leader = await world.view.leader();
            const { containerId, restarts } = await podOf(world, leader);
            await frozen(daemons("coredns"), async () => {
                killContainer(containerId);
                await seconds(20);
            });
            await restarted(world, leader, restarts);
            await world.kept();
        },
    },
    {
        id: "42",
        title: "the API server is away, and the leader is killed meanwhile",
        injected: "packets from pods to the API server dropped; SIGKILL to the container",
        run: async (world) => {
            const leader = await world.view.leader();
            const { containerId, restarts } = await podOf(world, leader);
            await withoutApiServer(async () => {
                killContainer(containerId);
                // Back, with its own data, while the API server does not answer it.
                await restarted(world, leader, restarts);
                await world.kept();
            });
        },
    },
    {
        id: "42b",
        title: "the API server hangs, and a pod is deleted meanwhile",
        injected: "kubectl delete pod, then SIGSTOP to the API server for 20 s",
        run: async (world) => {
            const deleted = deletePod(world, await world.view.leader());
            await waitFor(
                "the pod to be on its way out",
                async () => (await world.view.pods()).length < world.replicas,
            );
            await frozen(daemons("kube-apiserver"), () => seconds(20));
            await deleted;
            await world.kept();
        },
    },
];
