/** What a run is to do: told by environment variables, which the command sets. Without them it is the sample. */
import * as fs from "fs";

import { parse, type Sequence } from "./sequence";

export interface Settings {
    /** The first of the seeds, which are consecutive. */
    seed: number;
    /** How many, or for how many minutes. */
    count: number;
    minutes: number;
    /** How many sequences side by side. */
    jobs: number;
    /** Minutes that the shortening of each failing sequence may take. */
    shrinkMinutes: number;
    /** These, instead of those that seeds make. */
    sequences?: Sequence[];
    /** Where it is kept what was found; without it, no document is written. */
    records?: string;
    isSample: boolean;
}

/**
 * Seeds that `npm test` takes. Chosen for what their sequences are about (pods, disks, the marker, recoveries), and because they are over
 * soon.
 */
export const SAMPLE = { seed: 1, count: 1 };

export function settingsOf(env: NodeJS.ProcessEnv): Settings {
    const value = (name: string) => env[`EXPLORE_${name}`] || undefined;
    const asked = ["SEED", "COUNT", "MINUTES", "SEQUENCE"].some((name) => value(name) !== undefined);
    const number = (name: string, otherwise: number) => {
        const found = Number(value(name) ?? otherwise);
        if (Number.isNaN(found) || found < 0) {
            throw new Error(`${name.toLowerCase()}: a number is wanted, not "${value(name)}"`);
        }
        return found;
    };
    const minutes = number("MINUTES", Infinity);
    const file = value("SEQUENCE");
    const sequences = file === undefined ? undefined : parse(fs.readFileSync(file, "utf8"));
    return {
        seed: number("SEED", SAMPLE.seed),
        count: sequences?.length ?? number("COUNT", !asked ? SAMPLE.count : minutes < Infinity ? Infinity : 1),
        minutes,
        jobs: number("JOBS", 2),
        shrinkMinutes: number("SHRINK", asked ? 10 : 0),
        sequences,
        records: value("RECORDS"),
        isSample: !asked,
    };
}
