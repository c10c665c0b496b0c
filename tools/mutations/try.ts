/** One mutant against the tests that could notice it. */
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import type { Mutant } from "./mutants";
import type { FileUnit } from "./reach";
import { copyScripts, runScriptTests } from "./tests";

export interface Outcome {
    result: "caught" | "survived" | "not covered";
    /** The test that failed, its file, and how. */
    by?: string;
    file?: string;
    how?: string;
}

/** The cheapest tests run together for about that long before others are begun. */
const BATCH_MS = 20_000;

/** The units that can notice the mutant, cheapest first. */
export function unitsFor(mutant: Mutant, units: FileUnit[]): FileUnit[] {
    return units
        .filter(({ reached }) => mutant.needs.some((need) => reached.includes(need)))
        .sort((a, b) => a.milliseconds - b.milliseconds);
}

/** Batches of growing length: most mutants are caught by the first, a survivor should not cost a start for every test. */
export function batches(units: FileUnit[]): FileUnit[][] {
    const result: FileUnit[][] = [];
    let room = 0;
    for (const unit of units) {
        if (result.length === 0 || room < unit.milliseconds) {
            result.push([]);
            room = BATCH_MS * 2 ** (result.length - 1);
        }
        result.at(-1)!.push(unit);
        room -= unit.milliseconds;
    }
    return result;
}

/** Whether a test fails with the mutant. Errors: when the tests cannot run. */
export async function tryMutant(mutant: Mutant, units: FileUnit[], env: NodeJS.ProcessEnv): Promise<Outcome> {
    const able = unitsFor(mutant, units);
    if (able.length === 0) {
        return { result: "not covered" };
    }
    const scripts = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-mutant-"));
    try {
        await copyScripts(scripts, (name, text) => (name === mutant.guard.file ? mutant.text : text));
        for (const batch of batches(able)) {
            const failure = await firstFailure(batch, scripts, env);
            if (failure) {
                return { result: "caught", ...failure };
            }
        }
        return { result: "survived" };
    } finally {
        fs.rmSync(scripts, { recursive: true, force: true });
    }
}

async function firstFailure(batch: FileUnit[], scripts: string, env: NodeJS.ProcessEnv) {
    const files = [...new Set(batch.map(({ file }) => file))];
    const grep = batch.map(({ title, suite }) => `^${escape(title)}${suite ? " " : "$"}`).join("|");
    // A test that waits for what the mutant never does ends after several times its usual time.
    const limit = 30 + (3 * Math.max(...batch.map(({ longest }) => longest))) / 1000;
    const [failure] = await runScriptTests({ scripts, files, grep, limit, bail: true, env });
    if (!failure) {
        return undefined;
    }
    const unit = batch.find(({ title }) => failure.title.startsWith(title) || failure.title.includes(title));
    return { by: failure.title, file: unit?.file ?? files[0]!, how: failure.message.split("\n")[0]!.slice(0, 200) };
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
