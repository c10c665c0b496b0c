/** What cases do to pods, and how they wait for the end of it. */
import assert from "assert";

import type { Pod } from "../support/cluster-etcd";
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
