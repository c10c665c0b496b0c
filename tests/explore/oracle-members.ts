/** What must hold of members and their data. */
import type { History, ListSeen } from "./history";
import { carriedOut, groupBy, LATE, type Violation } from "./violation";

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
