// How a member list may change: what was seen of it while something ran, and that members joined one at a time, as learners.
import assert from "assert";

import { sleep } from "./scripts-wait";

/** The part of a member that tells how it joins. One that has not started has no name yet. */
interface Joining {
    name: string;
    learner: boolean;
}

/** Every different member list that `look` gave while `work` ran. */
export async function listsDuring<M>(look: () => Promise<M[]>, work: () => Promise<unknown>): Promise<M[][]> {
    const seen: M[][] = [];
    let running = true;
    const watching = (async () => {
        while (running) {
            const list = await look().catch(() => undefined);
            if (list && JSON.stringify(list) !== JSON.stringify(seen.at(-1))) {
                seen.push(list);
            }
            await sleep(50);
        }
    })();
    await work().finally(() => (running = false));
    await watching;
    return seen;
}

export function joinedOneAtATime(lists: Joining[][]): void {
    assert.ok(
        lists.some((list) => list.some(({ learner }) => learner)),
        "no learner was ever seen",
    );
    for (const list of lists) {
        const joining = list.filter(({ name, learner }) => learner || name === "");
        assert.ok(joining.length <= 1, `two joins at once: ${JSON.stringify(list)}`);
        assert.ok(
            joining.every(({ learner }) => learner),
            `joined as a voter: ${JSON.stringify(list)}`,
        );
    }
}
