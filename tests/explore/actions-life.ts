/** What a person asks for: recoveries, and to destroy everything and come back. */
import * as fs from "fs";

import { type Action, number, numbers, text } from "./action";
import { mayServe, modelOf, upright } from "./model";
import type { Args } from "./sequence";
import { chooseDestroy, destroyAndUp } from "./destroy-and-up";
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
        weight: ({ asked }) => (asked ? 4 : 2),
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

async function recover(world: World, args: Args): Promise<void> {
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
