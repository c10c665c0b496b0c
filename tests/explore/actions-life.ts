/** What a person asks for: recoveries, and to destroy everything and come back. */
import * as fs from "fs";

import { type Action, group, number, numbers, text } from "./action";
import { mayServe, type Model, modelOf, ordinals, upright } from "./model";
import type { Random } from "./random";
import type { Args } from "./sequence";
import { noteGone } from "./actions-disks";
import type { World } from "./world";
import { waitFor } from "../support/scripts-wait";

const FILE = "snapshot.db";
/** Files by which a pod notes how far it has come. */
const NOTES = ["recovering", "unlaunched", "joining"];
/** Those of a recovery. */
const STEPS = ["recovering", "forced", "forced", "unnoted", "life", "restoring"];

export const LIFE_ACTIONS: Action[] = [
    { name: "take-snapshot", weight: 1, choose: () => ({}), run: (world) => world.takeSnapshot() },
    {
        name: "recover",
        weight: (model) => (mayServe(model) ? 3 : 14),
        choose: (random, model) => {
            const likely = upright(model);
            const pod =
                likely.length > 0 && random.chance(0.85) ? random.pick(likely) : random.between(0, model.ever - 1);
            const from = random.weighted(
                ["disk", "snapshot", "missing", "damaged"],
                (each) => ({ disk: 6, snapshot: 4, missing: 1, damaged: 1 })[each]!,
            );
            // The moment in which the pod's node is lost, should it come so far.
            const lost = random.chance(0.35) ? random.pick(STEPS) : "never";
            return { pod, from, lost, wait: random.pick([0, 20, 20]) };
        },
        then: (model) => void (model.asked = true),
        run: recover,
    },
    {
        name: "ask-no-more",
        weight: 3,
        choose: (_random, { asked }) => (asked ? {} : undefined),
        then: (model) => void (model.asked = false),
        run: (world) => world.objects.ask(undefined).catch(() => undefined),
    },
    {
        // The pod's node is lost in the moment in which it notes something.
        name: "ambush",
        weight: 1,
        choose: (random, model) => ({ pod: random.between(0, model.ever - 1), note: random.pick(NOTES) }),
        run: async (world, args) => world.beside(ambush(world, number(args, "pod"), text(args, "note"))),
    },
    {
        name: "destroy-and-up",
        weight: ({ asked }) => (asked ? 8 : 3),
        choose: chooseDestroy,
        then: (model, args) => {
            const replicas = number(args, "replicas");
            const { asked } = model;
            const ever = Math.max(model.ever, replicas);
            const pending = numbers(args, "late");
            Object.assign(model, modelOf(number(args, "size")), { replicas, ever, asked, pending });
        },
        run: destroyAndUp,
    },
];

/** Which disks are kept: all of them, those of higher ordinals, or any; and who comes up late. */
function chooseDestroy(random: Random, model: Model): Args {
    const all = ordinals(model.ever);
    const token = random.chance(0.93) ? "same" : "other";
    const least = random.between(1, 3);
    const fewer = model.ever > 1 && random.chance(0.35);
    const some = random.chance(0.3) ? random.some(all, random.between(0, model.ever)) : all;
    const kept = fewer ? all.slice(Math.min(least, model.ever - 1)) : some;
    const replicas = fewer ? Math.min(least, model.ever - 1) : model.replicas || model.size;
    const late = random.chance(0.4) ? group(random, ordinals(replicas)) : [];
    return { kept, replicas, size: Math.min(3, replicas), token, late };
}

async function recover(world: World, args: Parameters<Action["run"]>[1]): Promise<void> {
    const pod = number(args, "pod");
    const from = text(args, "from");
    const file = from === "disk" ? undefined : FILE;
    let snapshot: number | undefined;
    if ((from === "snapshot" || from === "damaged") && world.has(pod) && fs.existsSync(world.snapshot)) {
        const place = world.pod(pod).path("data", FILE);
        try {
            fs.copyFileSync(world.snapshot, place);
        } catch {
            // Its disk is not to be written on.
        }
        if (from === "damaged") {
            fs.truncateSync(place, 5000);
        }
        snapshot = world.snapshotAt;
    }
    const request = world.newRequest(pod, file);
    const stale = false;
    world.history.asked.push({ at: Date.now(), pod, request, stale, ...(file && { snapshot: snapshot ?? 0 }) });
    await world.objects.ask(request).catch(() => undefined);
    if (text(args, "lost") !== "never") {
        world.beside(ambush(world, pod, text(args, "lost"), request));
    }
    if (number(args, "wait") > 0) {
        const isDone = () => world.has(pod) && world.pod(pod).file("data/life") === request;
        const isRefused = async () => (await world.objects.marker())["recovery-refused"] === request;
        const limit = number(args, "wait");
        await waitFor("the recovery", async () => isDone() || (await isRefused()), { limit, interval: 1000 }).catch(
            () => undefined,
        );
    }
}

/** `request`: what the note is to be about, where it is about a request. */
async function ambush(world: World, ordinal: number, note: string, request?: string): Promise<void> {
    const isThere = () => {
        const file = world.pod(ordinal).path("data", note);
        return fs.existsSync(file) && (note !== "life" || world.pod(ordinal).file("data/life") === request);
    };
    const noted = () => world.ended || (world.has(ordinal) && isThere());
    await waitFor(note, noted, { limit: 40, interval: 5 });
    if (!world.ended) {
        world.kubelet.pending.add(ordinal);
        await world.kubelet.vanish(ordinal);
    }
}

async function destroyAndUp(world: World, args: Parameters<Action["run"]>[1]): Promise<void> {
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
