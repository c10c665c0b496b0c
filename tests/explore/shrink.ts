/** The shortest sequence that still fails: chunks are left out, then single steps, as long as that goes on failing. */
import type { Sequence } from "./sequence";

/** Whether a sequence fails in the way that is looked for. */
export type Fails = (sequence: Sequence) => Promise<boolean>;

/** `goOn`: asked before each run; the shortest found so far is the answer once it says no. */
export async function shrink(sequence: Sequence, fails: Fails, goOn: () => boolean = () => true): Promise<Sequence> {
    let best = sequence;
    for (let chunk = Math.ceil(best.steps.length / 2); chunk >= 1; chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2)) {
        let removed = true;
        // Once one step is gone, another one that was needed before may be needed no more.
        while (removed) {
            removed = false;
            for (let at = best.steps.length - chunk; at > -chunk && best.steps.length > 1; at -= chunk) {
                const shorter = without(best, Math.max(0, at), chunk + Math.min(0, at));
                if (!goOn()) {
                    return best;
                }
                if (await fails(shorter)) {
                    best = shorter;
                    removed = true;
                }
            }
            removed &&= chunk === 1;
        }
    }
    return best;
}

/** The sequence but for `count` steps; what is left of the pauses is kept, since what happens takes its time. */
export function without({ size, steps }: Sequence, at: number, count: number): Sequence {
    return { size, steps: [...steps.slice(0, at), ...steps.slice(at + count)] };
}
