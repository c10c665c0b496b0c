/** Disks that are full, and disks that are slow. */
import assert from "assert";
import * as fs from "fs";

import { fill, onSmallDisk, smallDiskUnavailable, volumeOf } from "../../support/cluster-disks";
import { slowDisk, slowDiskUnavailable } from "../../support/cluster-limits";
import { etcdOf, seconds } from "../../support/cluster-processes";
import { login, put } from "../../support/scripts-client";
import { waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { deletePod, podOf, renewed, saidBy } from "../pods";
import type { World } from "../world";

const follower = async (world: World) => ((await world.view.leader()) + 1) % world.replicas;

/** Writes big values until the member's etcd has given up for want of room. */
async function exhausted(world: World, ordinal: number): Promise<void> {
    const token = await login(world.view.endpoint, world.view.password);
    let n = 0;
    await waitFor(
        `etcd of ordinal ${ordinal} to end`,
        async () => {
            await put(world.view.endpoint, `room/${n++}`, "x".repeat(200_000), token);
            return /etcd ended by itself/.test(await saidBy(world, ordinal));
        },
        { limit: 120 },
    );
}

/** Writes to the write-ahead log of a member so far: their count, and the seconds that they took. */
async function logWrites(address: string): Promise<[count: number, seconds: number]> {
    const text = await (await fetch(`http://${address}:2381/metrics`)).text();
    const value = (name: string) =>
        Number(new RegExp(`^etcd_disk_wal_fsync_duration_seconds_${name} (.*)$`, "m").exec(text)![1]);
    return [value("count"), value("sum")];
}

/** The mean seconds of a write to the log while `work` lasts. */
async function meanDuring(address: string, work: () => Promise<void>): Promise<number> {
    const [count, sum] = await logWrites(address);
    await work();
    const [count2, sum2] = await logWrites(address);
    return (sum2 - sum) / (count2 - count);
}

async function slowed(world: World, ordinal: number): Promise<void> {
    const { containerId, address, restarts } = await podOf(world, ordinal);
    const usual = await meanDuring(address, () => seconds(5));
    const volume = await volumeOf(world.stack, ordinal);
    const slow = await meanDuring(address, () => slowDisk(etcdOf(containerId), volume, 10, () => seconds(40)));
    assert.ok(slow > 3 * usual, `a write to the log took ${slow} s in the mean, ${usual} s before`);
    await world.kept();
    assert.equal((await podOf(world, ordinal)).restarts, restarts, "the container was restarted");
}

export const FULL_AND_SLOW: Case[] = [
    {
        id: "17",
        title: "the leader's disk is slow",
        injected: "ten writes a second for 40 s (control group)",
        unavailable: slowDiskUnavailable,
        run: async (world) => slowed(world, await world.view.leader()),
    },
    {
        id: "17b",
        title: "a follower's disk is slow",
        injected: "ten writes a second for 40 s (control group)",
        unavailable: slowDiskUnavailable,
        run: async (world) => slowed(world, await follower(world)),
    },
    {
        id: "18",
        title: "the disk of a member is full, and has room again",
        injected: "a volume of 300 MiB (joined anew on it), filled to its last block until etcd gives up; then emptied",
        alone: true,
        unavailable: smallDiskUnavailable,
        run: async (world) => {
            const ordinal = await follower(world);
            await onSmallDisk(await volumeOf(world.stack, ordinal), 300, async (folder) => {
                await deletePod(world, ordinal, "--grace-period=0", "--force");
                await renewed(world, [ordinal]);
                const members = await world.view.settled(world.replicas);
                const { restarts } = await podOf(world, ordinal);
                const ballast = fill(folder);
                await exhausted(world, ordinal);
                // Nothing but room brings it back.
                await seconds(20);
                assert.equal((await podOf(world, ordinal)).ready, false);
                fs.rmSync(ballast);
                assert.deepEqual(await world.view.settled(world.replicas), members, "it came back as another member");
                assert.equal((await podOf(world, ordinal)).restarts, restarts, "the container was restarted");
                await world.healed();
            });
        },
    },
];
