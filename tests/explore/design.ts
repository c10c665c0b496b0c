/** States that a person must end, by design: told from what was done to the disks and from what the pods say. */
import type { Entry, History } from "./history";

/** The one state whose way out is taken. */
export const DISKS_GONE = "the disks of a quorum are gone or were put back";

export interface Rest {
    history: History;
    statuses: string[];
    /** Which disks have the data of the members of the last list. */
    holds: (ordinal: number, member: string) => boolean;
}

/** The voters of the last list, and those of them whose data is there and was not put back. */
export function wholeVoters(history: History, holds: Rest["holds"]): { voters: Entry[]; whole: Entry[] } {
    const voters = history.lastList?.members.filter(({ learner }) => !learner) ?? [];
    const wasPutBack = ({ id, ordinal }: Entry) =>
        history.rolledBack.some(({ pod, member }) => pod === ordinal && member === id);
    const whole = voters.filter((each) => each.ordinal >= 0 && holds(each.ordinal, each.id) && !wasPutBack(each));
    return { voters, whole };
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
    if (history.rolledBack.some(({ unseen }) => unseen)) {
        return "a disk was put back, and nobody can see it";
    }
    const { voters, whole } = wholeVoters(history, holds);
    if (voters.length > 0 && whole.length <= voters.length / 2) {
        return DISKS_GONE;
    }
    return undefined;
}
