/** `npm run test:mutations`: breaks each guard of the scripts in turn, and shows that a test of the scripts tier fails. */
import * as fs from "fs";
import * as path from "path";

import { cacheFolder } from "../support/paths";
import { withLock } from "../support/lock";
import { duration, say } from "../support/progress";
import { sandboxUnavailable } from "../../tests/support/scripts-sandbox";
import { scriptsEnvironment } from "../test-runner/tiers";
import { explanations, stale } from "./explained";
import { findGuards } from "./guards";
import { type Mutant, mutantsOf } from "./mutants";
import { type FileUnit, inParallel, reach } from "./reach";
import { Records } from "./records";
import { writeReport } from "./report";
import { scriptFiles, SCRIPTS, testFiles } from "./tests";
import { type Outcome, tryMutant } from "./try";

export interface Options {
    /** One mutant, or all that begin like that. */
    only?: string;
    /** Those of one script. */
    file?: string;
    list?: boolean;
    fresh?: boolean;
    /** Only with test files whose name begins like that; what they do not catch gets no answer. */
    tests?: string;
    /** How many to try at the same time. */
    jobs?: string;
}

/** What guards data first. */
const FIRST = [
    ...["membership", "data", "formation", "join", "request", "recovery", "snapshot", "restore"],
    ...["start", "launch", "processes", "pre-stop", "auth", "marker", "convergence", "address", "duties"],
];

/** All mutants of all scripts. */
export async function allMutants(): Promise<Mutant[]> {
    const rank = (file: string) => (FIRST.indexOf(path.basename(file, ".sh")) + FIRST.length + 1) % (FIRST.length + 1);
    const mutants: Mutant[] = [];
    for (const script of scriptFiles().sort((a, b) => rank(a) - rank(b))) {
        const text = fs.readFileSync(path.join(SCRIPTS, script), "utf8");
        const guards = await findGuards(script, text);
        mutants.push(...guards.flatMap((guard) => mutantsOf(guard, text)));
    }
    return mutants;
}

/** Returns the exit status: 0 when every mutant was caught or is explained. */
export async function testMutations(options: Options): Promise<number> {
    const all = await allMutants();
    const chosen = all.filter(
        ({ id }) => id.startsWith(options.only ?? "") && (!options.file || `/${id}`.includes(`/${options.file}:`)),
    );
    if (chosen.length === 0) {
        throw new Error("there is no such mutant; --list shows all of them");
    }
    if (options.list) {
        chosen.forEach(({ id, guard }) => process.stdout.write(`${id}  line ${guard.line}: ${guard.source}\n`));
        return 0;
    }
    const outdated = stale(explanations(), all);
    if (outdated.length > 0) {
        throw new Error(`explained.yaml explains what is not there any more: ${outdated.join(", ")}`);
    }
    const reason = sandboxUnavailable();
    if (reason) {
        throw new Error(reason);
    }
    return withLock(cacheFolder("mutations", "lock"), "the mutations", () => tryAll(all, chosen, options));
}

async function tryAll(all: Mutant[], chosen: Mutant[], options: Options): Promise<number> {
    // What is tried has a process group of its own, which only our orderly end reaches.
    process.once("SIGINT", () => process.exit(130)).once("SIGTERM", () => process.exit(143));
    const env = await scriptsEnvironment();
    const jobs = Number(options.jobs ?? 2);
    const units = await reach(testFiles(options.tests), env, jobs);
    const records = new Records();
    if (options.fresh) {
        records.clear();
    }
    const explained = new Set(explanations().map(({ id }) => id));
    const open = chosen.filter((mutant) => !explained.has(mutant.id) && !records.get(mutant));
    say(`${chosen.length} mutants, ${open.length} to try`);
    let done = 0;
    await inParallel(open, jobs, async (mutant) => {
        const began = Date.now();
        const outcome = await answer(mutant, units, env);
        if (outcome && isFinal(outcome, options)) {
            records.set(mutant, outcome);
        }
        const place = `${++done}/${open.length}`;
        say(`${place} ${mutant.id}: ${describe(outcome)} (${duration(Date.now() - began)})`);
    });
    writeReport(all, records, explanations());
    return summarize(chosen, records, explained);
}

/** Whether an outcome is kept: what some of the tests miss another may catch. */
export const isFinal = ({ result }: Outcome, { tests }: Options) => result === "caught" || !tests;

/** One more try for a run that broke off: a port was taken, the machine was out of memory. */
async function answer(mutant: Mutant, units: FileUnit[], env: NodeJS.ProcessEnv): Promise<Outcome | undefined> {
    for (let tries = 2; tries > 0; tries--) {
        try {
            return await tryMutant(mutant, units, env);
        } catch (error) {
            say(`${mutant.id}: ${(error as Error).message}`);
        }
    }
    return undefined;
}

const describe = (outcome: Outcome | undefined) =>
    !outcome ? "NO ANSWER" : outcome.result === "caught" ? `caught by "${outcome.by}"` : outcome.result.toUpperCase();

function summarize(chosen: Mutant[], records: Records, explained: Set<string>): number {
    const rest = chosen.filter(({ id }) => !explained.has(id));
    const caught = rest.filter((mutant) => records.get(mutant)?.result === "caught");
    const survivors = rest.filter((mutant) => !caught.includes(mutant));
    for (const mutant of survivors) {
        const { guard, id } = mutant;
        say(`${records.get(mutant)?.result ?? "no answer"}: ${id}  line ${guard.line}: ${guard.source}`);
    }
    const numbers = [`${chosen.length} mutants`, `${caught.length} caught`, `${survivors.length} survived`];
    process.stdout.write(`${numbers.join(", ")}, ${chosen.length - rest.length} explained\n`);
    return survivors.length === 0 ? 0 : 1;
}
