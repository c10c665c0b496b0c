/** What cases do to pods, and how they wait for the end of it. */
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import { volumeOf } from "../support/cluster-disks";
import type { Pod } from "../support/cluster-etcd";
import { kubectl } from "../support/cluster-kubectl";
import { waitFor } from "../support/scripts-wait";
import type { World } from "./world";

/** Seconds for a pod to come back: liveness alone takes a minute to be sure. */
const LIMIT = 300;

export const nameOf = ({ stack }: World, ordinal: number) => `${stack.name}-${ordinal}`;

export async function podOf(world: World, ordinal: number): Promise<Pod> {
    return waitFor(`pod ${ordinal}`, async () =>
        (await world.view.pods()).find(({ name }) => name === nameOf(world, ordinal)),
    );
}

/** Waits until the pod is another one than that, and Ready. */
export async function replaced(world: World, ordinal: number, uid: string): Promise<void> {
    await waitFor(
        `pod ${ordinal} anew`,
        async () => {
            const pod = await podOf(world, ordinal);
            return pod.uid !== uid && pod.ready;
        },
        { limit: LIMIT, interval: 300 },
    );
}

/** Waits until the container was started once more than that, and is Ready. */
export async function restarted(world: World, ordinal: number, restarts: number): Promise<void> {
    await waitFor(
        `container ${ordinal} anew`,
        async () => {
            const pod = await podOf(world, ordinal);
            return pod.restarts > restarts && pod.ready;
        },
        { limit: LIMIT, interval: 300 },
    );
}

/** `kubectl delete pod`, and its successor Ready. */
export async function deletePod(world: World, ordinal: number, ...options: string[]): Promise<void> {
    const { uid } = await podOf(world, ordinal);
    await world.stack.kubectl("delete", "pod", nameOf(world, ordinal), ...options);
    await replaced(world, ordinal, uid);
}

/** `kubectl scale`; what follows is waited for by the caller. */
export const scale = ({ stack }: World, replicas: number) =>
    stack.kubectl("scale", "statefulset", stack.name, `--replicas=${replicas}`);

export async function scaled(world: World, replicas: number): Promise<void> {
    await scale(world, replicas);
    await world.view.settled(replicas);
}

/** No pod can go to these nodes while `work` lasts. */
export async function cordoned(nodes: string[], work: () => Promise<void>): Promise<void> {
    try {
        await kubectl("cordon", ...nodes);
        await work();
    } finally {
        await kubectl("uncordon", ...nodes);
    }
}

/** The nodes of these members. */
export async function nodesOf(world: World, ordinals: number[]): Promise<string[]> {
    const pods = await Promise.all(ordinals.map((ordinal) => podOf(world, ordinal)));
    return [...new Set(pods.map(({ node }) => node))];
}

/** Deletes pods of cordoned nodes. Their successors are Pending then, since a volume of this kind belongs to one node. */
export async function sendAway(world: World, ordinals: number[]): Promise<void> {
    const before = await Promise.all(ordinals.map((ordinal) => podOf(world, ordinal)));
    await world.stack.kubectl("delete", "pod", ...before.map(({ name }) => name));
    for (const { name, uid } of before) {
        const isPending = (pod: Pod) => pod.name === name && pod.uid !== uid && pod.node === "";
        await waitFor(`${name} to be Pending`, async () => (await world.view.pods()).some(isPending));
    }
}

/** The members are Pending while `work` lasts. */
export async function away(world: World, ordinals: number[], work: () => Promise<void>): Promise<void> {
    await cordoned(await nodesOf(world, ordinals), async () => {
        await sendAway(world, ordinals);
        await work();
    });
}

/** The ordinals whose data was set aside. */
export async function setAside(world: World): Promise<number[]> {
    const found: number[] = [];
    for (let ordinal = 0; ordinal < world.replicas; ordinal++) {
        if (fs.existsSync(path.join(await volumeOf(world.stack, ordinal), "set-aside"))) {
            found.push(ordinal);
        }
    }
    return found;
}

/** Deletes the volume of a member with its pod, whose successor begins with an empty one. */
export async function loseDisk(world: World, ordinal: number): Promise<void> {
    await world.stack.kubectl("delete", "pvc", `datadir-${nameOf(world, ordinal)}`, "--wait=false");
    await world.stack.kubectl("delete", "pod", nameOf(world, ordinal), "--grace-period=0", "--force");
}

/** Waits until exactly those ordinals have another ID than at the beginning. */
export async function renewed(world: World, ordinals: number[]): Promise<void> {
    const changed = (after: { id: string }[]) =>
        world.members.flatMap(({ id }, ordinal) => (after[ordinal]?.id !== id ? [ordinal] : []));
    await waitFor(
        `new members at ${ordinals.join()}`,
        async () => {
            assert.deepEqual(changed(await world.view.settled(world.replicas)), ordinals);
            return true;
        },
        { limit: 300 },
    );
}

/** What the scripts of one member have said so far. */
export async function saidBy(world: World, ordinal: number): Promise<string> {
    const log = await world.stack.kubectl("logs", nameOf(world, ordinal), "--container", "etcd", "--tail=-1");
    return log
        .split("\n")
        .filter((line) => !line.startsWith("{"))
        .join("\n");
}

/** Waits until the readiness probe of a pod says that, as `kubectl describe pod` shows it. */
export async function describes(world: World, ordinal: number, pattern: RegExp, limit = 120): Promise<void> {
    const name = nameOf(world, ordinal);
    await waitFor(
        `pod ${ordinal} to say ${pattern}`,
        async () => {
            const text = await world.stack.kubectl("describe", "pod", name);
            return pattern.test(text);
        },
        { limit, interval: 1000 },
    );
}

/** Which pods there are, in which life. */
export const lives = async ({ view }: World) =>
    (await view.pods()).map(({ uid, restarts }) => `${uid} ${restarts}`).join();
