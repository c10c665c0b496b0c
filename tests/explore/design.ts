/** States that a person must end, by design: told from what was done to the disks and from what the pods say. */
import type { History } from "./history";

/** The one state whose way out is taken. */
export const DISKS_GONE = "the disks of a quorum are gone or were put back";

export interface Rest {
    history: History;
    statuses: string[];
    /** Which disks have the data of the members of the last list. */
    holds: (ordinal: number, member: string) => boolean;
}

/** Why nobody could expect the cluster to be well by itself; nothing when it should. */
export function byDesign({ history, statuses, holds }: Rest): string | undefined {
    const said = statuses.join("\n");
    if (/REFUSED: the volume/.test(said)) {
        return "a volume holds data of another cluster";
    }
    if (/was replaced after formation had begun/.test(said) && history.acks.length === 0) {
        return "formation got stuck";
    }
    const voters = history.lastList?.members.filter(({ learner }) => !learner) ?? [];
    const whole = voters.filter(
        ({ id, ordinal }) =>
            ordinal >= 0 && holds(ordinal, id) && !history.rolledBack.some(({ pod }) => pod === ordinal),
    );
    if (voters.length > 0 && whole.length <= voters.length / 2) {
        return DISKS_GONE;
    }
    return undefined;
}
