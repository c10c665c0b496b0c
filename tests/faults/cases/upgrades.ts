/** From the oldest minor of etcd to the newest: one minor at a time, one member at a time. */
import assert from "assert";

import { IMAGES, otherTag } from "../../../tools/local-cluster/images";
import { ETCD, OTHER_ETCDS } from "../../../tools/toolchain/pins";
import { waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { nameOf } from "../pods";
import { allUpdated, watched } from "../rollouts";
import type { World } from "../world";

const [OLDEST, ...LATER] = [...Object.keys(OTHER_ETCDS), ETCD].sort() as [string, ...string[]];
const minorOf = (version: string) => version.split(".").slice(0, 2).join(".");

/** Every member runs that version, and all of them together that minor. */
async function runs({ view }: World, version: string): Promise<void> {
    const expected = { etcdserver: version, etcdcluster: `${minorOf(version)}.0` };
    for (const url of view.endpoints) {
        // The leader raises the version of the whole once it has heard from all members.
        const look = async () => {
            const { etcdserver, etcdcluster } = (await (await fetch(`${url}/version`)).json()) as typeof expected;
            assert.deepEqual({ etcdserver, etcdcluster }, expected);
            return true;
        };
        await waitFor(`${url} to run ${version}`, look);
    }
}

export const UPGRADES: Case[] = [
    {
        id: "34",
        title: `etcd is upgraded from ${[OLDEST, ...LATER].map(minorOf).join(" to ")}`,
        injected: `version ${[OLDEST, ...LATER].join(", ")}, each with pulumi up`,
        alone: true,
        // What the settings call the oldest is the least that is supported; none so new is published as a module.
        settings: {
            replicas: 3,
            version: "3.4.42",
            allowVulnerableVersion: "true",
            image: IMAGES[otherTag(OLDEST)]!.name,
        },
        unavailable: () =>
            process.env.TEST_OTHER_ETCDS === "yes" ? undefined : "needs etcd in other versions, made from its modules",
        run: async (world) => {
            await runs(world, OLDEST);
            const steps: string[] = [];
            // The version before may be a vulnerable one; only what is asked for counts.
            await world.stack.unset("image");
            await world.stack.unset("allowVulnerableVersion");
            for (const version of LATER) {
                const begin = Date.now();
                const leader = nameOf(world, await world.view.leader());
                await world.stack.configure({ version });
                const { fewest, order } = await watched(world, () => world.stack.upped());
                await allUpdated(world);
                assert.equal(fewest, world.replicas - 1, "not exactly one at a time");
                assert.deepEqual([order.length, order.at(-1)], [world.replicas, leader], order.join(", "));
                await runs(world, version);
                await world.kept();
                steps.push(`${minorOf(version)} in ${Math.round((Date.now() - begin) / 1000)} s`);
            }
            return steps.join(", ");
        },
    },
];
