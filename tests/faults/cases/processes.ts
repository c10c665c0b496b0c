/** Pods deleted, processes killed or stopped: none of it may change the membership. */
import assert from "assert";

import { killContainer } from "../../support/cluster-faults";
import { outOfMemory, outOfMemoryUnavailable } from "../../support/cluster-limits";
import { etcdOf, frozen, seconds } from "../../support/cluster-processes";
import { put, login } from "../../support/scripts-client";
import { waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { deletePod, podOf, restarted } from "../pods";
import type { World } from "../world";

const follower = async (world: World) => ((await world.view.leader()) + 1) % world.replicas;

/** Kills the container of a member, and waits until it is Ready again in the same pod. */
async function kill(world: World, ordinal: number): Promise<void> {
    const { containerId, restarts } = await podOf(world, ordinal);
    killContainer(containerId);
    await restarted(world, ordinal, restarts);
    await world.kept();
}

export const PROCESSES: Case[] = [
    {
        id: "1",
        title: "a follower's pod is deleted",
        injected: "kubectl delete pod",
        run: async (world) => {
            await deletePod(world, await follower(world));
            await world.kept();
        },
    },
    {
        id: "2",
        title: "the leader's pod is deleted",
        injected: "kubectl delete pod",
        run: async (world) => {
            await deletePod(world, await world.view.leader());
            await world.kept();
        },
    },
    {
        id: "3",
        title: "a follower is killed",
        injected: "SIGKILL to all processes of the container",
        run: async (world) => kill(world, await follower(world)),
    },
    {
        id: "4",
        core: true,
        title: "the leader is killed",
        injected: "SIGKILL to all processes of the container",
        run: async (world) => kill(world, await world.view.leader()),
    },
    {
        id: "4b",
        title: "only the leader's etcd is killed, its script lives",
        injected: "SIGKILL to etcd",
        run: async (world) => {
            const leader = await world.view.leader();
            const { containerId, restarts } = await podOf(world, leader);
            const pid = etcdOf(containerId);
            process.kill(pid, "SIGKILL");
            await waitFor("etcd to run again", () => etcdOf(containerId) !== pid, { limit: 60 });
            await world.kept();
            assert.equal((await podOf(world, leader)).restarts, restarts, "the container was restarted");
        },
    },
    {
        id: "5",
        title: "the leader's pod is force-deleted",
        injected: "kubectl delete pod --grace-period=0 --force",
        run: async (world) => {
            await deletePod(world, await world.view.leader(), "--grace-period=0", "--force");
            await world.kept();
        },
    },
    {
        id: "6",
        title: "all members are killed at once",
        injected: "SIGKILL to all containers",
        run: async (world) => {
            const pods = await world.view.pods();
            pods.forEach(({ containerId }) => killContainer(containerId));
            await Promise.all(pods.map(({ restarts }, ordinal) => restarted(world, ordinal, restarts)));
            await world.kept();
        },
    },
    {
        id: "6b",
        title: "all pods are deleted at once",
        injected: "kubectl delete pods, all of them",
        run: async (world) => {
            const before = await world.view.pods();
            await world.stack.kubectl("delete", "pod", ...before.map(({ name }) => name));
            await world.kept();
        },
    },
    {
        id: "8",
        title: "the leader hangs for ten seconds",
        injected: "SIGSTOP to etcd, ten seconds later SIGCONT",
        run: async (world) => {
            const leader = await world.view.leader();
            const { containerId } = await podOf(world, leader);
            await frozen([etcdOf(containerId)], () => seconds(10));
            await world.kept();
        },
    },
    {
        id: "8b",
        title: "a member hangs for good",
        injected: "SIGSTOP to etcd; liveness must restart it",
        run: async (world) => {
            const ordinal = await follower(world);
            const { containerId, restarts } = await podOf(world, ordinal);
            process.kill(etcdOf(containerId), "SIGSTOP");
            await restarted(world, ordinal, restarts);
            await world.kept();
        },
    },
    {
        id: "30",
        title: "two of three are away for twenty seconds",
        injected: "SIGSTOP to two etcds",
        run: async (world) => {
            const pods = await world.view.pods();
            await frozen([etcdOf(pods[1]!.containerId), etcdOf(pods[2]!.containerId)], () => seconds(20));
            await world.kept();
        },
    },
    {
        id: "49",
        title: "compaction and defragmentation while the leader is killed",
        injected: "etcdctl compact and defrag on every member, SIGKILL in between",
        run: async (world) => {
            await world.view.compact();
            const work = Promise.allSettled(world.view.endpoints.map((url) => world.view.defragment(url)));
            await kill(world, await world.view.leader());
            await work;
            await world.kept();
        },
    },
    {
        id: "44",
        title: "the leader runs out of memory",
        injected: "its container's memory limit lowered until the kernel kills etcd",
        unavailable: outOfMemoryUnavailable,
        run: async (world) => {
            const leader = await world.view.leader();
            const { containerId, uid, ...pod } = await podOf(world, leader);
            const token = await login(world.view.endpoint, world.view.password);
            const url = world.view.urlOf(pod);
            // A write of a megabyte: what it is asked to keep while it has no memory. It may well fail.
            const use = () => put(url, "memory", "x".repeat(1 << 20), token).catch(() => undefined);
            await outOfMemory(etcdOf(containerId), use);
            await world.kept();
            assert.equal((await podOf(world, leader)).uid, uid, "the pod was replaced");
        },
    },
];
