/** A database of hundreds of megabytes: a learner joins it, a member replays it. */
import assert from "assert";
import { randomBytes } from "crypto";
import * as fs from "fs";
import * as path from "path";

import { volumeOf } from "../../support/cluster-disks";
import { killContainer } from "../../support/cluster-faults";
import { login, put } from "../../support/scripts-client";
import { waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { podOf, restarted } from "../pods";
import type { World } from "../world";

/** As much as the default memory limit of 1 GiB bears beside etcd's log of the last 10,000 writes, which is in memory. */
const VALUES = 25_000;
const BYTES = 20_000;
const CLIENTS = 8;

/** Writes them through the client Service; one that fails is written again. */
async function filled({ view }: World): Promise<void> {
    const value = randomBytes(BYTES / 2).toString("hex");
    let next = 0;
    const client = async () => {
        const token = await login(view.endpoint, view.password);
        while (next < VALUES) {
            const key = `size/${next++}`;
            await waitFor(key, async () => {
                await put(view.endpoint, key, value, token);
                return true;
            });
        }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
}

/** Bytes of the files in a part of a member's data. */
async function sizeOf(world: World, ordinal: number, part: "snap" | "wal"): Promise<number> {
    const folder = path.join(await volumeOf(world.stack, ordinal), "default.etcd/member", part);
    return fs.readdirSync(folder).reduce((sum, file) => sum + fs.statSync(path.join(folder, file)).size, 0);
}

export const SIZE: Case[] = [
    {
        id: "45",
        title: "a learner joins a database of half a gigabyte, and a member replays it",
        injected:
            "25,000 values of 20 kB; kubectl scale 3→4; SIGKILL to the containers of a follower and of the leader; 4→3",
        alone: true,
        // The quota is then more than three times as much.
        settings: { replicas: 3, storageSize: "4Gi" },
        run: async (world) => {
            await filled(world);
            const scale = (replicas: number) =>
                world.stack.kubectl("scale", "statefulset", world.stack.name, `--replicas=${replicas}`);
            await scale(4);
            await world.view.settled(4);
            const wanted = VALUES * BYTES;
            assert.ok((await sizeOf(world, 3, "snap")) > wanted, "the learner's database is too small");
            const leader = await world.view.leader();
            for (const ordinal of [(leader + 1) % 4, leader]) {
                const { containerId, restarts } = await podOf(world, ordinal);
                process.stdout.write(
                    `      log of ordinal ${ordinal}: ${(await sizeOf(world, ordinal, "wal")) >> 20} MiB\n`,
                );
                killContainer(containerId);
                await restarted(world, ordinal, restarts);
                await world.view.settled(4);
                const { restarts: after } = await podOf(world, ordinal);
                assert.equal(after, restarts + 1, "it was killed while it replayed");
            }
            assert.equal((await podOf(world, 3)).restarts, leader === 3 ? 1 : (leader + 1) % 4 === 3 ? 1 : 0);
            await scale(3);
            await world.kept();
        },
    },
];
