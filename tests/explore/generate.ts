/** From a seed to a sequence. Pure: the same seed and the same table make the same sequence. */
import type { Action } from "./action";
import { modelOf } from "./model";
import { Random } from "./random";
import type { Sequence, Step } from "./sequence";

const SIZES = [
    { size: 3, weight: 6 },
    { size: 2, weight: 1 },
    { size: 1, weight: 1 },
    { size: 4, weight: 1 },
    { size: 5, weight: 2 },
];

/** Seconds between two actions: mostly in each other's way, sometimes not. */
const PAUSES = [0, 0, 0.3, 0.3, 1, 1, 2, 4];

/** How many actions, both ends included. */
const LEAST = 12;
const MOST = 16;

/** How much likelier the actions are that a sequence is about. */
const FAVOUR = 8;

export function generate(seed: number, actions: readonly Action[]): Sequence {
    const random = new Random(seed);
    const { size } = random.weighted(SIZES, ({ weight }) => weight);
    // Each sequence is about a few kinds of actions, so that these meet each other, and meet again.
    const favoured = new Set(random.some(actions, random.between(3, 6)));
    const model = modelOf(size);
    const steps: Step[] = [];
    for (const wanted = random.between(LEAST, MOST); steps.length < wanted;) {
        const action = random.weighted(actions, (each) => each.weight * (favoured.has(each) ? FAVOUR : 1));
        const args = action.choose(random, model);
        const pods = args?.["pods"];
        if (args && !(Array.isArray(pods) && pods.length === 0)) {
            action.then?.(model, args);
            steps.push({ action: action.name, args, pause: random.pick(PAUSES) });
        }
    }
    return { size, steps };
}
