/** `pulumi destroy`, and `pulumi up` some time later: with any of the volumes, and with the same identity or another one. */
import { group, number, numbers } from "./action";
import { noteGone } from "./actions-disks";
import { type Model, ordinals } from "./model";
import type { Random } from "./random";
import type { Args } from "./sequence";
import type { World } from "./world";

/** Which disks are kept: all of them, those of higher ordinals, or any; and who comes up late. */
export function chooseDestroy(random: Random, model: Model): Args {
    const all = ordinals(model.ever);
    const token = random.chance(0.96) ? "same" : "other";
    const least = random.between(1, 3);
    const fewer = model.ever > 1 && random.chance(0.3);
    const some = random.chance(0.3) ? random.some(all, random.between(0, model.ever)) : all;
    const kept = fewer ? all.slice(Math.min(least, model.ever - 1)) : some;
    const replicas = fewer ? Math.min(least, model.ever - 1) : model.replicas || model.size;
    const late = random.chance(0.4) ? group(random, ordinals(replicas)) : [];
    return { kept, replicas, size: Math.min(3, replicas), token, late };
}

export async function destroyAndUp(world: World, args: Args): Promise<void> {
    const { kubelet, objects, history } = world;
    const kept = numbers(args, "kept");
    const replicas = number(args, "replicas");
    kubelet.exists = false;
    await objects.destroy();
    world.ordinals.forEach((ordinal) => kubelet.delete(ordinal));
    await kubelet.rest(40);
    await Promise.all(world.ordinals.map((ordinal) => kubelet.vanish(ordinal)));
    kubelet.pending.clear();
    numbers(args, "late").forEach((ordinal) => kubelet.pending.add(ordinal));
    const lost = world.ordinals.filter((ordinal) => !kept.includes(ordinal));
    for (const ordinal of lost) {
        await world.disks[ordinal]!.mend();
        world.watch.touched(ordinal);
        world.disks[ordinal]!.wipe();
        world.wiped(ordinal);
        world.watch.touched(ordinal);
    }
    await objects.unclaim(...lost);
    noteGone(world, "a destroy took the disks");
    if (args.token === "other") {
        world.newToken();
        if (lost.length === world.ordinals.length) {
            history.gone.push({ at: Date.now(), why: "another cluster was asked for, without a disk" });
        }
    }
    for (const ordinal of lost) {
        if (ordinal < replicas) {
            await objects.claim(ordinal);
        }
    }
    if (objects.request !== undefined) {
        // The nonce of a setting that was left in the config is another one after a destroy.
        const [ordinal = "0", , file] = objects.request.split(" ");
        objects.request = world.newRequest(Number(ordinal), file);
        history.asked.push({ at: Date.now(), pod: Number(ordinal), request: objects.request, stale: true });
    }
    history.comeBack = Date.now();
    objects.size = number(args, "size");
    world.edited.clear();
    world.wants(replicas);
    await objects.up(replicas);
    kubelet.set += 1;
    kubelet.exists = true;
}
