/**
 * What the pods tell people to do once the disks of a quorum are gone or were put back, done: take them as they are, go on from a disk that
 * is left, or from the snapshot.
 */
import * as fs from "fs";

import { acceptVolumes } from "./accept-volumes";
import { actionOf } from "./actions";
import { type Health, statusesOf, waitForHealth } from "./heal";
import { ordinals } from "./model";
import type { World } from "./world";

/** Seconds: one recovery, and the joins of all others. */
const BOUND = 150;

/** Does it, and tells how it ended; nothing when there is neither a disk nor a snapshot. */
export async function takeWayOut(world: World): Promise<Health | undefined> {
    if (statusesOf(world).some((line) => /HELD: the volume of .* went back in time/.test(line))) {
        await acceptVolumes(world);
        const health = await waitForHealth(world, BOUND);
        if (health.trouble.length === 0) {
            return health;
        }
    }
    const wanted = ordinals(world.kubelet.replicas);
    const voters = world.history.lastList?.members.filter(({ learner }) => !learner) ?? [];
    const wasPutBack = (ordinal: number) => world.history.rolledBack.some(({ pod }) => pod === ordinal);
    const survivor = voters.find(
        ({ id, ordinal }) => wanted.includes(ordinal) && world.holds(ordinal, id) && !wasPutBack(ordinal),
    );
    if (!survivor && !fs.existsSync(world.snapshot)) {
        return undefined;
    }
    const from = survivor ? "disk" : "snapshot";
    await actionOf("recover").run(world, { pod: survivor?.ordinal ?? 0, from, lost: "never", wait: 0 });
    return waitForHealth(world, BOUND);
}
