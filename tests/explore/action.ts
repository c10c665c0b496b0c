/** What an action is: one row of the table in actions.ts. */
import type { Model } from "./model";
import type { Random } from "./random";
import type { Args } from "./sequence";
import type { World } from "./world";

export interface Action {
    name: string;
    /** How often it is chosen, beside the others. */
    weight: number;
    /** Its arguments; none when it makes no sense now. */
    choose(random: Random, model: Model): Args | undefined;
    /** What becomes of the model. */
    then?(model: Model, args: Args): void;
    /** Does it. What it starts may go on after that. */
    run(world: World, args: Args): Promise<void>;
}

export const numbers = (args: Args, key: string): number[] => (args[key] ?? []) as number[];
export const number = (args: Args, key: string): number => args[key] as number;
export const text = (args: Args, key: string): string => args[key] as string;

/** Pods to be struck together: mostly one, sometimes a minority, a majority or all of them. */
export function group(random: Random, from: number[]): number[] {
    if (from.length === 0) {
        return [];
    }
    const half = Math.floor(from.length / 2);
    const count = random.weighted([1, half, half + 1, from.length], (each) => (each === 1 ? 5 : 2));
    return random.some(from, Math.max(1, Math.min(count, from.length)));
}
