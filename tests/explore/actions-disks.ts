/** What becomes of volumes. */
import { type Action, FEW, group, number, numbers, text } from "./action";
import { DEFECTS, type Defect } from "./disks";
import { endDefects, mendDisks } from "./mend";
import { ordinals } from "./model";
import { OF_BEFORE } from "./of-before";
import type { World } from "./world";

export const DISK_ACTIONS: Action[] = [
    {
        name: "lose-disk",
        weight: 4,
        choose: (random, model) => ({ pods: group(random, ordinals(model.ever), FEW) }),
        run: (world, args) => withoutPods(world, numbers(args, "pods"), (each) => loseDisk(world, each)),
    },
    {
        name: "spoil-disk",
        weight: 5,
        choose: (random, model) => {
            const defect = random.pick([...DEFECTS, "unreadable"] as const);
            // What cannot be read has to be there.
            const empty = defect !== "unreadable" && random.chance(0.5);
            const pod = random.between(0, model.replicas > 0 ? model.replicas - 1 : 0);
            return { pod, defect, empty, restart: random.chance(0.8) };
        },
        then: (model) => void (model.spoilt = true),
        run: spoil,
    },
    {
        name: "mend-disks",
        weight: 2,
        choose: (_random, { spoilt }) => (spoilt ? {} : undefined),
        then: (model) => void (model.spoilt = false),
        run: (world) => mendDisks(world),
    },
    {
        name: "copy-disks",
        weight: 1,
        choose: (_random, model) => ({ pods: ordinals(model.ever) }),
        run: async (world, args) => {
            for (const ordinal of numbers(args, "pods").filter((each) => world.has(each))) {
                await copyDisk(world, ordinal);
            }
        },
    },
    {
        name: "roll-back-disks",
        weight: 3,
        choose: (random, model) => ({ pods: group(random, ordinals(model.ever), { one: 6, majority: 1, all: 1 }) }),
        run: (world, args) => {
            const copied = numbers(args, "pods").filter((each) => world.disks[each]?.hasCopy);
            return withoutPods(world, copied, async (ordinal) => {
                world.watch.touched(ordinal);
                const at = Date.now();
                await world.disks[ordinal]!.putBack();
                const member = world.pod(ordinal).file("data/member-id");
                const unseen = await isUnseen(world, ordinal);
                world.history.rolledBack.push({ at, pod: ordinal, member, unseen });
                if (unseen) {
                    world.history.gone.push({ at, why: "a disk was put back, and nobody can see it" });
                }
                world.watch.touched(ordinal);
            });
        },
    },
];

/** Does something to the disks of pods while these are away. */
async function withoutPods(world: World, pods: number[], work: (pod: number) => Promise<void> | void): Promise<void> {
    const there = pods.filter((each) => world.has(each));
    const held = there.filter((each) => !world.kubelet.pending.has(each));
    held.forEach((each) => world.kubelet.pending.add(each));
    await Promise.all(there.map((each) => world.kubelet.vanish(each)));
    for (const each of there) {
        await work(each);
    }
    held.forEach((each) => world.kubelet.pending.delete(each));
}

/** Whether nothing was counted since the copy was made: then the disk looks like the one that it takes the place of, as documented. */
async function isUnseen(world: World, ordinal: number): Promise<boolean> {
    const marker = await world.objects.marker().catch(() => undefined);
    const [member, epoch] = (marker?.[`epoch-${ordinal}`] ?? "").split(" ");
    const file = (name: string) => world.pod(ordinal).file(`data/${name}`);
    return !OF_BEFORE && (member !== file("member-id") || Number(epoch) <= Number(file("epoch")));
}

async function loseDisk(world: World, ordinal: number): Promise<void> {
    await world.disks[ordinal]!.mend();
    endDefects(world, ordinal);
    world.watch.touched(ordinal);
    world.disks[ordinal]!.wipe();
    world.wiped(ordinal);
    world.watch.touched(ordinal);
    noteGone(world, "disks were lost");
}

/** Notes it when so many of the disks are gone that what was acknowledged may be. */
export function noteGone(world: World, why: string): void {
    const voters = world.history.lastList?.members.filter(({ learner }) => !learner) ?? [];
    const left = voters.filter(({ id, ordinal }) => ordinal >= 0 && world.holds(ordinal, id));
    if (voters.length > 0 && left.length <= voters.length / 2) {
        world.history.gone.push({ at: Date.now(), why });
    }
}

async function spoil(world: World, args: Parameters<Action["run"]>[1]): Promise<void> {
    const pod = number(args, "pod");
    const defect = text(args, "defect") as Defect;
    const begin = async (ordinal: number) => {
        if (args.empty === true) {
            await loseDisk(world, ordinal);
        }
        await world.disks[ordinal]!.spoil(defect);
        world.history.begin(ordinal, defect);
    };
    const away = args.restart === true || args.empty === true || defect === "readonly";
    if (away || !world.has(pod)) {
        await withoutPods(world, [pod], begin);
    } else {
        await begin(pod);
    }
}

/** A copy as of one moment: nothing in the pod goes on meanwhile. */
export async function copyDisk(world: World, ordinal: number): Promise<void> {
    const stands = world.kubelet.isFrozen(ordinal);
    if (!stands) {
        world.kubelet.freeze(ordinal);
    }
    await world.disks[ordinal]!.copy().catch(() => undefined);
    if (!stands) {
        world.kubelet.thaw(ordinal);
    }
}
