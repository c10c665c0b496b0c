/** What is done to pods, and to how many there are. */
import { type Action, group, number, numbers } from "./action";
import { MEND } from "./generate";
import { mend, thaw } from "./mend";
import { ordinals, upright } from "./model";

export const POD_ACTIONS: Action[] = [
    {
        name: "scale",
        weight: 6,
        choose: (random, { replicas }) => {
            const to = random.pick([0, 1, 1, 1, 2, 3, 3, 3, 4, 5, 7]);
            return to === replicas ? undefined : { to };
        },
        then: (model, args) => {
            model.replicas = number(args, "to");
            model.ever = Math.max(model.ever, model.replicas);
        },
        run: async (world, args) => {
            const to = number(args, "to");
            if (!world.kubelet.exists) {
                return;
            }
            await world.cluster.setReplicas(to);
            world.wants(to);
        },
    },
    {
        name: "delete",
        weight: 4,
        choose: (random, model) => ({ pods: group(random, ordinals(model.replicas)) }),
        run: async (world, args) => numbers(args, "pods").forEach((ordinal) => world.kubelet.delete(ordinal)),
    },
    {
        // The node is lost, and no other takes the pod.
        name: "lose-node",
        weight: 5,
        choose: (random, model) => ({ pods: group(random, upright(model)) }),
        then: (model, args) => void model.pending.push(...numbers(args, "pods")),
        run: async (world, args) => {
            numbers(args, "pods").forEach((ordinal) => world.kubelet.pending.add(ordinal));
            await Promise.all(numbers(args, "pods").map((ordinal) => world.kubelet.vanish(ordinal)));
        },
    },
    {
        name: "force-delete",
        weight: 4,
        choose: (random, model) => ({ pods: group(random, ordinals(model.ever)) }),
        run: async (world, args) => {
            await Promise.all(numbers(args, "pods").map((ordinal) => world.kubelet.vanish(ordinal)));
        },
    },
    {
        // A node turns up for pods that had none.
        name: "schedule",
        weight: ({ asked }) => (asked ? 12 : 4),
        choose: (random, { pending }) => (pending.length > 0 ? { pods: group(random, pending) } : undefined),
        then: (model, args) => {
            model.pending = model.pending.filter((each) => !numbers(args, "pods").includes(each));
        },
        run: async (world, args) => numbers(args, "pods").forEach((ordinal) => world.kubelet.pending.delete(ordinal)),
    },
    {
        name: "kill-etcd",
        weight: 3,
        choose: (random, model) => ({ pods: group(random, ordinals(model.replicas)) }),
        run: async (world, args) => {
            for (const ordinal of numbers(args, "pods").filter((each) => world.kubelet.up.includes(each))) {
                const { etcd } = world.pod(ordinal);
                if (etcd) {
                    process.kill(etcd, "SIGKILL");
                }
            }
        },
    },
    {
        name: "kill-container",
        weight: 2,
        choose: (random, model) => ({ pods: group(random, ordinals(model.replicas)) }),
        run: async (world, args) => {
            for (const ordinal of numbers(args, "pods").filter((each) => world.kubelet.up.includes(each))) {
                world.pod(ordinal).crash();
            }
        },
    },
    {
        name: "freeze",
        weight: 4,
        choose: (random, model) => ({ pods: group(random, upright(model)) }),
        then: (model, args) => void model.frozen.push(...numbers(args, "pods")),
        run: async (world, args) => {
            for (const ordinal of numbers(args, "pods")) {
                world.kubelet.freeze(ordinal);
                world.history.begin(ordinal, "frozen");
            }
        },
    },
    {
        name: "thaw",
        weight: ({ asked }) => (asked ? 12 : 4),
        choose: (_random, { frozen }) => (frozen.length > 0 ? { pods: frozen } : undefined),
        then: (model) => void (model.frozen = []),
        run: async (world, args) => {
            numbers(args, "pods").forEach((ordinal) => thaw(world, ordinal));
        },
    },
    {
        // What is broken is mended, and the cluster gets time to be well again.
        name: MEND,
        weight: 0,
        choose: () => undefined,
        run: async (world) => {
            await mend(world);
            await world.settle(30);
        },
    },
    {
        name: "settle",
        weight: 3,
        choose: () => ({ limit: 20 }),
        run: async (world, args) => void (await world.settle(number(args, "limit"))),
    },
    {
        // Pods one by one, as a rollout replaces them; a bad revision stops at the first, and is taken back.
        name: "rollout",
        weight: 2,
        choose: (random) => ({ good: random.chance(0.7) }),
        run: async (world, args) => {
            world.beside(args.good === true ? rollOut(world) : rollBack(world));
        },
    },
];

type World = Parameters<Action["run"]>[0];

async function rollOut(world: World): Promise<void> {
    for (const ordinal of ordinals(world.kubelet.replicas).reverse()) {
        if (world.ended || !(await world.settle(10))) {
            return;
        }
        world.kubelet.delete(ordinal);
        await world.kubelet.rest();
    }
}

async function rollBack(world: World): Promise<void> {
    const last = world.kubelet.replicas - 1;
    if (!(await world.settle(10))) {
        return;
    }
    world.kubelet.pending.add(last);
    world.kubelet.delete(last);
    await world.settle(8);
    world.kubelet.pending.delete(last);
}
