/** What must hold of the writes that were acknowledged. */
import type { Ack, History } from "./history";
import { type Carried, carriedOut, groupBy, LATE, type Violation } from "./violation";

/** How long the overtaken life may go on acknowledging once it reaches the API server, milliseconds; with what a look takes. */
const GRACE = 65_000;

/** All keys, as they were read. */
export interface Reading {
    /** When the read began: clients go on writing, and what is acknowledged after that need not be in it. */
    from: number;
    keys: Set<string>;
}

/** Acknowledged writes that are not there. */
export function lostWrites(history: History, { from, keys }: Reading): Violation[] {
    const recoveries = carriedOut(history);
    const lost = history.acks.filter(
        (ack) => ack.end < from && !keys.has(ack.key) && !mayBeLost(history, recoveries, ack),
    );
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
