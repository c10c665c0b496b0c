/**
 * `npm run test:explore -- --seed N --minutes M`: random sequences of faults and wishes against the scripts. `--count` instead of minutes,
 * `--jobs` side by side, `--sequence FILE` instead of what a seed makes, `--shrink` minutes to make each failing one shorter, `--scripts`
 * a folder with other scripts than the shipped ones.
 */
import * as fs from "fs";
import * as path from "path";

import { sandboxUnavailable } from "../../tests/support/scripts-sandbox";
import { withLock } from "../support/lock";
import { cacheFolder, CHECKOUT } from "../support/paths";
import { show } from "../support/run";
import { exploration } from "../test-runner/tiers";

interface Options {
    seed?: string;
    count?: string;
    minutes?: string;
    jobs?: string;
    sequence?: string;
    shrink?: string;
    scripts?: string;
}

const RECORDS = cacheFolder("exploration", "records.json");

export async function explore(options: Options): Promise<number> {
    const reason = sandboxUnavailable();
    if (reason) {
        throw new Error(reason);
    }
    const { argv, env } = await exploration(environmentOf(options));
    return withLock(cacheFolder("exploration", "lock"), "the exploration", () => show(argv, { cwd: CHECKOUT, env }));
}

/** What tests/explore/settings.ts reads. What other scripts come to is no record of ours. */
export function environmentOf(options: Options): NodeJS.ProcessEnv {
    const { scripts, sequence, seed = "1", count, minutes, jobs, shrink } = options;
    const isOurs = scripts === undefined && sequence === undefined;
    const given: NodeJS.ProcessEnv = {
        EXPLORE_SEED: seed,
        EXPLORE_COUNT: count,
        EXPLORE_MINUTES: minutes,
        EXPLORE_JOBS: jobs,
        EXPLORE_SHRINK: shrink,
        EXPLORE_SEQUENCE: sequence && path.resolve(sequence),
        SCRIPTS_UNDER_TEST: scripts && path.resolve(scripts),
        EXPLORE_RECORDS: isOurs ? RECORDS : undefined,
    };
    if (isOurs) {
        fs.mkdirSync(path.dirname(RECORDS), { recursive: true });
    }
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
