/** What happens around the pods: API server, name server, clocks, passwords, the marker, the StatefulSet. */
import type { Link } from "../support/scripts-proxy";
import { acceptVolumes } from "./accept-volumes";
import { type Action, group, number, numbers, text } from "./action";
import { apiBack, namesBack } from "./mend";
import { ordinals } from "./model";
import type { World } from "./world";

/** Lines of the marker, beside the one that has said most. */
const LINES = ["formed", "initialClusterSize", "recovery-refused", "member"];
const LINKS: readonly Link[] = ["refused", "silent", "slow"];

export const CONTROL_ACTIONS: Action[] = [
    {
        name: "api",
        weight: 3,
        choose: (random, model) => ({ pods: group(random, ordinals(model.ever)), link: random.pick(LINKS) }),
        then: (model) => void (model.cut = true),
        run: async (world, args) => {
            for (const ordinal of numbers(args, "pods").filter((each) => world.has(each))) {
                await world.pod(ordinal).api.set(text(args, "link") as Link);
                world.history.begin(ordinal, "cut");
            }
        },
    },
    {
        // The next calls of a pod fail, and those after them do not.
        name: "api-refuses",
        weight: 4,
        choose: (random, model) => ({ pods: group(random, ordinals(model.ever)), calls: random.pick([1, 1, 2, 5]) }),
        run: async (world, args) => {
            for (const ordinal of numbers(args, "pods").filter((each) => world.has(each))) {
                world.pod(ordinal).api.refusing = number(args, "calls");
            }
        },
    },
    {
        name: "api-back",
        weight: 3,
        choose: (_random, { cut }) => (cut ? {} : undefined),
        then: (model) => void (model.cut = false),
        run: apiBack,
    },
    {
        name: "names",
        weight: 2,
        choose: (random) => ({ mode: random.pick(["fail", "silent"]) }),
        then: (model) => void (model.nameless = true),
        run: async (world, args) => void (world.dns.mode = text(args, "mode") as "fail" | "silent"),
    },
    {
        // The name server has not heard of some pods.
        name: "names-denied",
        weight: 2,
        choose: (random, model) => ({ pods: group(random, ordinals(model.ever)) }),
        then: (model) => void (model.nameless = true),
        run: async (world, args) =>
            numbers(args, "pods").forEach((each) => world.dns.denied.add(world.cluster.host(each))),
    },
    {
        name: "names-back",
        weight: 3,
        choose: (_random, { nameless }) => (nameless ? {} : undefined),
        then: (model) => void (model.nameless = false),
        run: async (world) => namesBack(world),
    },
    {
        name: "clock",
        weight: 2,
        choose: (random, model) => ({
            pods: group(random, ordinals(model.ever)),
            seconds: random.pick([-3600, -100, 100, 3600]),
        }),
        run: async (world, args) => {
            for (const ordinal of numbers(args, "pods")) {
                world.clock.step(`${world.cluster.set}-${ordinal}`, number(args, "seconds"));
            }
        },
    },
    {
        name: "rotate-password",
        weight: 1,
        choose: (random) => ({ password: `new-${random.between(1000, 9999)}-word` }),
        run: async (world, args) => {
            world.passwords.unshift(text(args, "password"));
            world.forbid(text(args, "password"));
            world.ordinals.forEach((ordinal) => world.giveSecrets(world.pod(ordinal)));
        },
    },
    {
        name: "accept-volumes",
        weight: 1,
        choose: () => ({}),
        run: acceptVolumes,
    },
    {
        name: "delete-marker",
        weight: 1,
        choose: () => ({}),
        run: (world) => world.objects.deleteMarker(),
    },
    {
        name: "remake-marker",
        weight: 3,
        choose: () => ({}),
        run: async (world) => {
            await world.objects.deleteMarker();
            await world.objects.up(world.kubelet.replicas);
        },
    },
    {
        name: "restore-marker",
        weight: 3,
        choose: (random) => ({ back: random.between(1, 6) }),
        run: async (world, args) => {
            const data = world.markers[Math.max(0, world.markers.length - 1 - number(args, "back"))];
            if (data) {
                await world.objects.replaceMarker(data).catch(() => undefined);
            }
        },
    },
    {
        name: "edit-marker",
        weight: 3,
        choose: (random, model) => ({
            line: random.pick([...Array(3).fill("recovered"), ...LINES] as string[]),
            pod: random.between(0, model.ever - 1),
            value: random.pick(["", "9 whatever", "9 whatever", "1"]),
        }),
        run: editMarker,
    },
    {
        // Deleted with its pods orphaned, and made again: another UID.
        name: "recreate-set",
        weight: 2,
        choose: () => ({}),
        run: async (world) => {
            if (world.kubelet.exists) {
                await world.objects.deleteSet();
                await world.objects.up(world.kubelet.replicas);
                world.kubelet.set += 1;
            }
        },
    },
];

async function editMarker(world: World, args: Parameters<Action["run"]>[1]): Promise<void> {
    const line = args.line === "member" ? `member-${number(args, "pod")}` : text(args, "line");
    const marker = await world.objects.marker().catch(() => undefined);
    if (marker) {
        const now = text(args, "value") === "" ? null : text(args, "value");
        const before = marker[line] ?? null;
        await world.objects.patchMarker({ [line]: now });
        if (now !== before) {
            world.edited.set(line, { now, before });
        }
    }
}
