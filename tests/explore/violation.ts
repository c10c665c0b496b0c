/** What the parts of the oracle share. */
import type { Asked, History } from "./history";

export interface Violation {
    rule: string;
    what: string;
}

/** Things that are seen by looking every now and then are seen so late. */
export const LATE = 2_000;

export function groupBy<T>(list: readonly T[], key: (each: T) => string): Map<string, T[]> {
    const groups = new Map<string, T[]>();
    for (const each of list) {
        const group = groups.get(key(each)) ?? [];
        group.push(each);
        groups.set(key(each), group);
    }
    return groups;
}

/** A recovery that a disk shows as carried out, and since when. */
export interface Carried extends Asked {
    done: number;
}

export function carriedOut({ asked, disks }: History): Carried[] {
    return asked.flatMap((each) => {
        const seen = disks.find(({ pod, life, at }) => pod === each.pod && life === each.request && at >= each.at);
        return seen ? [{ ...each, done: seen.at }] : [];
    });
}
