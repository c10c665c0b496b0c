/** What a rolling change looks like from outside: which pods went when, and which failures of clients that explains. */
import assert from "assert";

import { sleep } from "../support/scripts-wait";
import { clock } from "./history";
import type { Failure } from "./tally";
import type { World } from "./world";

/** A time in which a member may not have served, because it was being restarted. */
export interface Restart {
    ordinal: number;
    /** Times by {@link clock}: last seen well, and seen well again. */
    from: number;
    to: number;
}

export interface Watched {
    /** Fewest Ready pods at a time. */
    fewest: number;
    /** In which order the pods went that were there at the beginning. */
    order: string[];
    restarts: Restart[];
}

/** Looks at the pods all the time until `work` is done. */
export async function watched(world: World, work: () => Promise<unknown>): Promise<Watched> {
    const seen: Watched = { fewest: world.replicas, order: [], restarts: [] };
    const uids = new Map((await world.view.pods()).map(({ name, uid }) => [name, uid]));
    /** By ordinal: which life of its pod was well, and when. */
    const well = new Map<number, { life: string; at: number }>();
    let running = true;
    const look = async () => {
        const asked = clock();
        const pods = await world.view.pods();
        seen.fewest = Math.min(seen.fewest, pods.filter(({ ready }) => ready).length);
        for (const [name, uid] of uids) {
            if (!pods.some((pod) => pod.uid === uid) && !seen.order.includes(name)) {
                seen.order.push(name);
            }
        }
        for (const { name, uid, restarts, ready } of pods.filter((pod) => pod.ready)) {
            const [ordinal, life] = [Number(name.split("-").pop()), `${uid} ${restarts} ${String(ready)}`];
            const before = well.get(ordinal);
            if (before && before.life !== life) {
                seen.restarts.push({ ordinal, from: before.at, to: clock() });
            }
            well.set(ordinal, { life, at: asked });
        }
    };
    const watch = (async () => {
        while (running) {
            await look();
            await sleep(100);
        }
        await look();
    })();
    await work().finally(() => (running = false));
    await watch;
    return seen;
}

/**
 * The failures that no restart explains. A client that keeps to one member may fail while that one is restarted, one that goes through
 * the client Service while any is.
 */
export function unexplained(failures: readonly Failure[], restarts: Restart[]): Failure[] {
    return failures.filter(
        (failure) =>
            !restarts.some(
                ({ ordinal, from, to }) =>
                    (failure.ordinal === undefined || failure.ordinal === ordinal) &&
                    failure.from <= to &&
                    failure.to >= from,
            ),
    );
}

/** All members run the newest revision of the StatefulSet. */
export async function allUpdated({ stack, replicas }: World): Promise<void> {
    const revision = await stack.kubectl("get", "statefulset", stack.name, "-o", "jsonpath={.status.updateRevision}");
    const label = "jsonpath={.items[*].metadata.labels.controller-revision-hash}";
    const running = await stack.kubectl("get", "pods", "-l", "app=etcd", "-o", label);
    assert.equal(running, Array(replicas).fill(revision).join(" "));
}
