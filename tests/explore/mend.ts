/** How faults are undone. */
import { DEFECTS } from "./disks";
import type { World } from "./world";

/** All of them. Wishes, and what the marker was made to say, stay. */
export async function mend(world: World): Promise<void> {
    world.ordinals.forEach((ordinal) => thaw(world, ordinal));
    await apiBack(world);
    namesBack(world);
    await mendDisks(world);
    world.kubelet.pending.clear();
}

export function thaw(world: World, ordinal: number): void {
    world.kubelet.thaw(ordinal);
    world.history.end(ordinal, "frozen");
}

export async function mendDisks(world: World): Promise<void> {
    for (const ordinal of world.ordinals) {
        await world.disks[ordinal]!.mend();
        endDefects(world, ordinal);
    }
}

export function endDefects(world: World, ordinal: number): void {
    DEFECTS.forEach((defect) => world.history.end(ordinal, defect));
}

export async function apiBack(world: World): Promise<void> {
    for (const ordinal of world.ordinals) {
        world.pod(ordinal).api.refusing = 0;
        await world.pod(ordinal).api.set("up");
        world.history.end(ordinal, "cut");
    }
}

export function namesBack(world: World): void {
    world.dns.mode = "answer";
    world.dns.denied.clear();
}
