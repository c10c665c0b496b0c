/** Running parts of the scripts tier against a folder of scripts. */
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { scriptNames } from "../../tests/support/scripts-folder";
import { sandboxCommand } from "../../tests/support/scripts-sandbox";
import { CHECKOUT } from "../support/paths";
import { collect } from "../support/run";

export const SCRIPTS = path.join(CHECKOUT, "components/etcd-cluster/scripts");
/** The scripts by their paths below that folder. */
export const scriptFiles = () => scriptNames(SCRIPTS);
export const TESTS = path.join(CHECKOUT, "tests/scripts");

/** The test files that run the scripts, or those that begin like that; one only reads them, and would object to every changed byte. */
export function testFiles(begin = ""): string[] {
    const names = fs.readdirSync(TESTS).filter((name) => name.endsWith(".test.ts") && name !== "static.test.ts");
    const files = names.filter((name) => name.startsWith(begin));
    if (files.length === 0) {
        throw new Error(`no test file of the scripts begins with ${begin}`);
    }
    return files;
}

/** Writes a copy of all scripts into a folder, with what is to be other than it is. */
export async function copyScripts(
    folder: string,
    change: (name: string, text: string) => string | Promise<string>,
): Promise<void> {
    for (const name of scriptFiles()) {
        const copy = path.join(folder, name);
        fs.mkdirSync(path.dirname(copy), { recursive: true });
        fs.writeFileSync(copy, await change(name, fs.readFileSync(path.join(SCRIPTS, name), "utf8")));
    }
}

export interface RunOptions {
    /** The scripts to test. */
    scripts: string;
    files: string[];
    /** A regular expression; all tests of the files when missing. */
    grep?: string;
    /** Seconds after which a test, or a hook, that hangs has failed. */
    limit: number;
    /** Whether to stop at the first failure. */
    bail: boolean;
    env: NodeJS.ProcessEnv;
}

export interface Failure {
    title: string;
    message: string;
}

/** What failed. Errors: when the run broke off, so that nobody knows. */
export async function runScriptTests({ scripts, files, grep, limit, bail, env }: RunOptions): Promise<Failure[]> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-mutations-"));
    const output = path.join(folder, "result.json");
    const argv = [
        path.join(CHECKOUT, "node_modules/.bin/mocha"),
        ...["--require", "tsx/cjs", "--require", path.join(__dirname, "hooks.ts"), "--exit"],
        ...["--reporter", "json", "--reporter-option", `output=${output}`, "--timeout", String(limit * 1000)],
        ...(bail ? ["--bail"] : []),
        ...(grep ? ["--grep", grep] : []),
        ...files.map((file) => path.join(TESTS, file)),
    ];
    try {
        const options = { cwd: CHECKOUT, env: { ...env, SCRIPTS_UNDER_TEST: scripts } };
        const { status, stderr } = await collect(sandboxCommand(argv), options);
        const { failures, passes } = fs.existsSync(output) ? read(output) : { failures: [], passes: [] };
        if (failures.length === 0 && (status !== 0 || passes.length === 0)) {
            throw new Error(`the tests broke off with status ${status}: ${stderr.trim().slice(-500)}`);
        }
        return failures.map(({ fullTitle, err }) => ({ title: fullTitle, message: err.message ?? "" }));
    } finally {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

interface Report {
    failures: { fullTitle: string; err: { message?: string } }[];
    passes: unknown[];
}

const read = (file: string) => JSON.parse(fs.readFileSync(file, "utf8")) as Report;
