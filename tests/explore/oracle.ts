/** What must hold of what was seen. Pure functions: each gives the violations that it finds. */
import type { Ack, Asked, History, ListSeen } from "./history";

export interface Violation {
    rule: string;
    what: string;
}

/** How long the overtaken life may go on acknowledging once it reaches the API server, milliseconds; with what a look takes. */
const GRACE = 65_000;
/** Things that are seen by looking every now and then are seen so late. */
const LATE = 2_000;

export function judge(history: History, found: Set<string> | undefined): Violation[] {
    return [
        ...(found ? lostWrites(history, found) : []),
        ...secondCluster(history),
        ...divergence(history),
        ...unprovenEntry(history),
        ...wantedRemoved(history),
        ...setAsideUnproven(history),
        ...staleRequest(history),
    ];
}

function groupBy<T>(list: readonly T[], key: (each: T) => string): Map<string, T[]> {
    const groups = new Map<string, T[]>();
    for (const each of list) {
        const group = groups.get(key(each)) ?? [];
        group.push(each);
        groups.set(key(each), group);
    }
    return groups;
}

/** A recovery that a disk shows as carried out, and since when. */
interface Carried extends Asked {
    done: number;
}

export function carriedOut({ asked, disks }: History): Carried[] {
    return asked.flatMap((each) => {
        const seen = disks.find(({ pod, life, at }) => pod === each.pod && life === each.request && at >= each.at);
        return seen ? [{ ...each, done: seen.at }] : [];
    });
}

/** Acknowledged writes that are not there. */
export function lostWrites(history: History, found: Set<string>): Violation[] {
    const recoveries = carriedOut(history);
    const lost = history.acks.filter((ack) => !found.has(ack.key) && !mayBeLost(history, recoveries, ack));
    if (lost.length === 0) {
        return [];
    }
    const pods = [...new Set(lost.map(({ pod }) => pod))].sort();
    return [{ rule: "lost writes", what: `${lost.length} acknowledged writes, by pods ${pods.join(", ")}` }];
}

function mayBeLost(history: History, recoveries: Carried[], ack: Ack): boolean {
    return (
        history.gone.some(({ at }) => ack.begin <= at) ||
        recoveries.some((each) =>
            ack.end <= each.done + LATE
                ? !isOnSurvivor(history, each, ack)
                : isOvertaken(history, each, ack) && isInGrace(history, ack),
        )
    );
}

/** Whether a recovery goes on from data that has this write. */
function isOnSurvivor({ rolledBack, spans }: History, each: Carried, ack: Ack): boolean {
    if (each.snapshot !== undefined) {
        return ack.end < each.snapshot;
    }
    const touched =
        rolledBack.some(({ pod, at }) => pod === each.pod && at >= ack.begin) ||
        spans.some(({ pod, how, from }) => pod === each.pod && how === "wiped" && from >= ack.begin);
    return ack.pod === each.pod && ack.end < each.done - LATE && !touched;
}

/** Whether a write went to a life that a recovery had left behind. */
function isOvertaken(history: History, each: Carried, ack: Ack): boolean {
    return ack.pod !== each.pod && history.diskAt(ack.pod, ack.end)?.life !== each.request;
}

/** Whether the pod was frozen, or cut from the API server, until a moment ago. */
function isInGrace({ spans }: History, { pod, end }: Ack): boolean {
    return spans.some(
        (span) =>
            span.pod === pod &&
            (span.how === "frozen" || span.how === "cut") &&
            span.from <= end &&
            (span.to ?? Infinity) >= end - GRACE,
    );
}

/** Two cluster IDs that acknowledge at the same time. */
export function secondCluster(history: History): Violation[] {
    const recoveries = carriedOut(history);
    const byCluster = groupBy(history.acks, ({ cluster }) => cluster);
    const all = [...byCluster].map(([cluster, acks]) => ({ cluster, acks, first: acks[0]!.end }));
    all.sort((a, b) => a.first - b.first);
    return all.flatMap((later, index) =>
        all.slice(0, index).flatMap((earlier) => {
            const after = earlier.acks.filter(({ begin }) => begin > later.first);
            const wrong = after.filter(
                (ack) => !recoveries.some((each) => isOvertaken(history, each, ack) && isInGrace(history, ack)),
            );
            const pods = [...new Set(wrong.map(({ pod }) => pod))].join(", ");
            return wrong.length > 0
                ? [
                      {
                          rule: "two clusters",
                          what: `${earlier.cluster} acknowledged ${wrong.length} writes (pods ${pods}) after ${later.cluster} had begun to`,
                      },
                  ]
                : [];
        }),
    );
}

/** One cluster ID and two histories: every revision is one write's. */
export function divergence(history: History): Violation[] {
    const recoveries = carriedOut(history);
    const byRevision = groupBy(history.acks, ({ cluster, revision }) => `${cluster} ${revision}`);
    const twice = [...byRevision.values()].filter((acks) => {
        const [first, ...others] = acks;
        return others.some((other) => !isExplained(history, recoveries, first!, other));
    });
    if (twice.length === 0) {
        return [];
    }
    const [a, b] = twice[0]!;
    return [
        {
            rule: "divergence",
            what: `${twice.length} revisions were acknowledged twice, ${a!.revision} as ${a!.key} and ${b!.key}, ${b!.end - a!.end} ms later`,
        },
    ];
}

/** Whether the second may be of a life that had lost the first. */
function isExplained(history: History, recoveries: Carried[], a: Ack, b: Ack): boolean {
    return mayBeLost(history, recoveries, a) || mayBeLost(history, recoveries, b);
}

/** A pod that entered the list while nothing could be written on its disk. */
export function unprovenEntry({ lists, spans }: History): Violation[] {
    const unwritable = spans.filter(({ how }) => how === "unwritable" || how === "readonly");
    return unwritable.flatMap(({ pod, from, to, how }) => {
        const during = lists.filter(({ at }) => at > from + LATE && at < (to ?? Infinity));
        const ids = (list: ListSeen) => list.members.filter(({ ordinal }) => ordinal === pod).map(({ id }) => id);
        const known = new Set(lists.filter(({ at }) => at <= from + LATE).flatMap(ids));
        // The first one may have been on its way.
        const fresh = new Set(
            during
                .slice(1)
                .flatMap(ids)
                .filter((id) => !known.has(id)),
        );
        ids(during[0] ?? { at: 0, pod, cluster: "", members: [] }).forEach((id) => fresh.delete(id));
        return fresh.size > 0
            ? [
                  {
                      rule: "unproven entry",
                      what: `pod ${pod} entered the list as ${[...fresh].join(", ")}, its disk ${how}`,
                  },
              ]
            : [];
    });
}

/** A member that is wanted, whose disk has its data, and that is out of the list. */
export function wantedRemoved(history: History): Violation[] {
    const recoveries = carriedOut(history);
    const found: Violation[] = [];
    for (const [cluster, lists] of groupBy(history.lists, (list) => list.cluster)) {
        for (const [index, list] of lists.entries()) {
            const before = lists[index - 1];
            const excused = recoveries.some(({ done }) => done <= list.at + 5000);
            const missing = (before?.members ?? []).filter(({ id }) => !list.members.some((each) => each.id === id));
            for (const { id, ordinal, learner } of excused ? [] : missing) {
                if (!learner && ordinal >= 0 && hasItsData(history, ordinal, id, before!.at, list.at)) {
                    found.push({ rule: "wanted member removed", what: `${id} of pod ${ordinal} from ${cluster}` });
                }
            }
        }
    }
    return found;
}

function hasItsData(history: History, pod: number, id: string, from: number, to: number): boolean {
    const seen = [from - LATE, to].map((at) => history.diskAt(pod, at));
    const wanted = history.wanted.filter(
        (each, i, all) => (all[i + 1]?.at ?? Infinity) > from - 90_000 && each.at <= to,
    );
    return (
        seen.every((disk) => disk?.wal && disk.member === id) &&
        wanted.length > 0 &&
        wanted.every(({ replicas }) => replicas > pod) &&
        !history.rolledBack.some((each) => each.pod === pod && each.at <= to) &&
        !history.spans.some(
            (span) => span.pod === pod && span.how === "wiped" && span.from > from - 2 * LATE && span.from < to,
        )
    );
}

/** Data that was set aside although no other member's list, at about that time, was without it. */
export function setAsideUnproven(history: History): Violation[] {
    const recoveries = carriedOut(history);
    return history.setAsides.flatMap(({ at, pod, member }) => {
        const proofs = history.lists.filter(
            (list) => list.pod !== pod && list.at > at - 25_000 && list.at < at + 15_000,
        );
        const proven = proofs.some(({ members }) => !members.some(({ id, learner }) => id === member && !learner));
        const restored = recoveries.some(
            (each) => each.pod === pod && each.snapshot !== undefined && each.done > at - 5000,
        );
        return proven || restored
            ? []
            : [{ rule: "set aside without proof", what: `the data of member ${member} of pod ${pod}` }];
    });
}

/** A recovery that nobody asked for. */
export function staleRequest(history: History): Violation[] {
    return carriedOut(history)
        .filter(({ stale }) => stale)
        .map(({ request }) => ({
            rule: "stale request",
            what: `"${request}", left over from before a destroy, was carried out`,
        }));
}
