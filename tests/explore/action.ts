/** What an action is: one row of the table in actions.ts. */
import type { Model } from "./model";
import type { Random } from "./random";
import type { Args } from "./sequence";
import type { World } from "./world";

export interface Action {
    name: string;
    /** How often it is chosen, beside the others, as things are. */
    weight: number | ((model: Model) => number);
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

/** Pods to be struck together: mostly one, sometimes a majority, rarely all of them. */
export function group(random: Random, from: number[], weights = { one: 5, majority: 4, all: 1 }): number[] {
    const counts = { one: 1, majority: Math.floor(from.length / 2) + 1, all: from.length };
    const kind = random.weighted(["one", "majority", "all"] as const, (each) => weights[each]);
    return random.some(from, counts[kind]);
}

/** What leaves a quorum, nearly always. */
export const FEW = { one: 20, majority: 1, all: 1 };
