/** What must hold of what was seen. Pure functions: each gives the violations that it finds. */
import type { History } from "./history";
import { setAsideUnproven, staleRequest, unprovenEntry, wantedRemoved } from "./oracle-members";
import { divergence, lostWrites, secondCluster } from "./oracle-writes";
import type { Violation } from "./violation";

/** `found`: all keys in the end; none when nobody could read them. */
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
