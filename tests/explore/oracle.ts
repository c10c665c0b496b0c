/** What must hold of what was seen. Pure functions: each gives the violations that it finds. */
import type { History } from "./history";
import { setAsideUnproven, staleRequest, unprovenEntry, wantedRemoved } from "./oracle-members";
import { divergence, lostWrites, type Reading, secondCluster } from "./oracle-writes";
import type { Violation } from "./violation";

/** `found`: none when nobody could read the keys. */
export function judge(history: History, found: Reading | undefined): Violation[] {
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
