/** From a seed to a sequence. Pure: the same seed and the same table make the same sequence. */
import type { Action } from "./action";
import { mended, type Model, modelOf } from "./model";
import { Random } from "./random";
import type { Sequence, Step } from "./sequence";
import { TOPICS } from "./topics";

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
const MOST = 15;

/** After so many of them all is undone, so that what follows meets a cluster that is well: in one that is not little makes a difference. */
const EPISODE = { least: 3, most: 6 };
export const MEND = "mend";

/** How much likelier the actions are that an episode is about. */
const FAVOUR = 12;

export function generate(seed: number, actions: readonly Action[]): Sequence {
    const random = new Random(seed);
    const { size } = random.weighted(SIZES, ({ weight }) => weight);
    const model = modelOf(size);
    const steps: Step[] = [];
    for (let left = random.between(LEAST, MOST); left > 0;) {
        const count = Math.min(left, random.between(EPISODE.least, EPISODE.most));
        steps.push(...episode(random, model, actions, count));
        left -= count;
        if (left > 0) {
            steps.push({ action: MEND, args: {}, pause: 0 });
            mended(model);
        }
    }
    return { size, steps };
}

function episode(random: Random, model: Model, actions: readonly Action[], count: number): Step[] {
    const choice = actions.filter(({ name }) => name !== MEND);
    const topic = random.pick(TOPICS);
    const favoured = new Set([...topic, random.pick(choice).name]);
    const weightOf = (each: Action) =>
        (typeof each.weight === "number" ? each.weight : each.weight(model)) * (favoured.has(each.name) ? FAVOUR : 1);
    const steps: Step[] = [];
    while (steps.length < count) {
        const action = random.weighted(choice, weightOf);
        const args = action.choose(random, model);
        const pods = args?.["pods"];
        if (args && !(Array.isArray(pods) && pods.length === 0)) {
            action.then?.(model, args);
            steps.push({ action: action.name, args, pause: random.pick(PAUSES) });
        }
    }
    return steps;
}
