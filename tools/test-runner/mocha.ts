/** mocha's command line, and which test files belong to what. */
import * as fs from "fs";
import * as path from "path";

import { CHECKOUT } from "../support/paths";

const MOCHA = path.join(CHECKOUT, "node_modules/.bin/mocha");

/** Tests that call functions of the scripts, or only read them: over in seconds, while whole clusters come and go in the others. */
const QUICK = /^(functions-[a-z-]+|static)\.test\.ts$/;

/** All test files of some folders. */
export function testsOf(...folders: string[]): string[] {
    const below = (folder: string) =>
        fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => path.join(folder, file));
    const files = folders.flatMap((folder) => below(path.join(CHECKOUT, "tests", folder)));
    return files.filter((file) => file.endsWith(".test.ts")).sort();
}

const isQuick = (file: string) => QUICK.test(path.basename(file));

/** The script tests that need no etcd and no API server: busybox, shellcheck and a sandbox are enough. */
export const functionTests = () => testsOf("scripts").filter(isQuick);

/** The script tests that need etcd and the API server. */
export const scriptTests = () => testsOf("scripts").filter((file) => !isQuick(file));

/** Test files in two lists of about the same work, as far as their sizes tell it: most of it is waiting. */
export function halves(files: string[]): string[][] {
    const lists: { files: string[]; work: number }[] = [
        { files: [], work: 0 },
        { files: [], work: 0 },
    ];
    const sized = files.map((file) => ({ file, size: fs.statSync(file).size }));
    // The largest first, each to whoever has less to do.
    for (const { file, size } of sized.sort((a, b) => b.size - a.size)) {
        const list = lists[0]!.work <= lists[1]!.work ? lists[0]! : lists[1]!;
        list.files.push(file);
        list.work += size;
    }
    return lists.map((list) => list.files.sort());
}

/** mocha over some files; a test that hangs fails after that many seconds. */
export function mocha(files: string[], seconds: number, grep: string | undefined): string[] {
    const options = [
        "--require",
        "tsx/cjs",
        "--reporter",
        path.join(__dirname, "reporter.cjs"),
        "--exit",
        "--forbid-only",
    ];
    // Whatever takes more than ten seconds, half of --slow, is shown with its time: they add up to the time of a run.
    const limits = ["--timeout", String(seconds * 1000), "--slow", "20000"];
    const strict = process.env.CI === "true" ? ["--forbid-pending"] : [];
    // It writes into a file that is shown as it grows.
    const colors = process.stdout.isTTY ? ["--color"] : [];
    return [MOCHA, ...options, ...limits, ...strict, ...colors, ...(grep ? ["--grep", grep] : []), ...files];
}
