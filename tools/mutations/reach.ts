/** Which parts of the scripts tier see which guard say what; recorded once for each test file, and again when it or a script changes. */
import * as fs from "fs";
import * as path from "path";

import { hashOfFiles } from "../support/hash";
import { cacheFolder, CHECKOUT } from "../support/paths";
import { say, step } from "../support/progress";
import { findGuards } from "./guards";
import { instrument } from "./instrument";
import { copyScripts, runScriptTests, scriptFiles, SCRIPTS, TESTS } from "./tests";

/** What can run alone: a test, or a suite whose tests share what it prepares. */
export interface Unit {
    title: string;
    suite: boolean;
    milliseconds: number;
    /** Of its longest test or hook. */
    longest: number;
    reached: string[];
}

export type FileUnit = Unit & { file: string };

/** What decides what is noted. */
const MAKERS = ["syntax.ts", "guards.ts", "instrument.ts"].map((name) => path.join(__dirname, name));
/** In memory, and the same place inside every container. */
const MEMORY = "/dev/shm";
/** Far longer than any hook or test takes. */
const LIMIT = 900;

/** The units of test files. A file that fails without any mutant could only tell lies about them: it is left out, and said so. */
export async function reach(files: string[], env: NodeJS.ProcessEnv, jobs: number): Promise<FileUnit[]> {
    const units: FileUnit[] = [];
    await inParallel(files, jobs, async (file) => {
        try {
            units.push(...(await reachOf(file, env)).map((unit) => ({ ...unit, file })));
        } catch (error) {
            say(`${file} is left out: ${(error as Error).message}`);
        }
    });
    return units;
}

/** Does `work` for each, so many at a time. */
export async function inParallel<T>(each: T[], jobs: number, work: (item: T) => Promise<void>): Promise<void> {
    const open = [...each];
    const worker = async () => {
        for (let item = open.shift(); item !== undefined; item = open.shift()) {
            await work(item);
        }
    };
    await Promise.all(Array.from({ length: jobs }, worker));
}

async function reachOf(file: string, env: NodeJS.ProcessEnv): Promise<Unit[]> {
    const hash = hashOf(...scriptPaths(), ...MAKERS, path.join(TESTS, file));
    const cached = cacheFolder("mutations", `reach-${file}-${hash}.json`);
    if (!fs.existsSync(cached)) {
        fs.mkdirSync(path.dirname(cached), { recursive: true });
        const units = await step(`what ${file} reaches`, () => record(file, env));
        fs.writeFileSync(cached, JSON.stringify(units, undefined, 1));
    }
    return JSON.parse(fs.readFileSync(cached, "utf8")) as Unit[];
}

async function record(file: string, env: NodeJS.ProcessEnv): Promise<Unit[]> {
    const work = fs.mkdtempSync(path.join(MEMORY, "etcd-mutations-"));
    try {
        const scripts = path.join(work, "scripts");
        const notes = path.join(work, "notes");
        const result = path.join(work, "reach.json");
        fs.chmodSync(work, 0o755);
        await copyScripts(scripts, async (name, text) => instrument(text, await findGuards(name, text), notes));
        const run = {
            scripts,
            files: [file],
            limit: LIMIT,
            bail: false,
            env: { ...env, REACH_NOTES: notes, REACH_FILE: result },
        };
        // On a busy machine a test may be too slow once.
        let failures = await runScriptTests(run);
        failures = failures.length > 0 ? await runScriptTests(run) : failures;
        if (failures.length > 0) {
            throw new Error(`${file} fails with scripts that only note what they do: ${JSON.stringify(failures)}`);
        }
        return JSON.parse(fs.readFileSync(result, "utf8")) as Unit[];
    } finally {
        fs.rmSync(work, { recursive: true, force: true });
    }
}

/** Where the scripts are. */
export const scriptPaths = () => scriptFiles().map((name) => path.join(SCRIPTS, name));

/** One number for the content of files. */
export function hashOf(...files: string[]): string {
    const names = files.map((file) => path.relative(CHECKOUT, file));
    return hashOfFiles(CHECKOUT, names).slice(0, 16);
}
