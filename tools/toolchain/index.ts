/**
 * Finds or makes every program: on PATH when it is the right one, downloaded where Pulumi itself publishes it, else built
 * from its published Go module, or from the checkout if it is our own. What was made once is found in the cache by name and
 * version.
 */
import * as fs from "fs";
import * as path from "path";

import { collect } from "../support/run";
import { withLock } from "../support/lock";
import { cacheFolder } from "../support/paths";
import { say } from "../support/progress";
import { build } from "./build";
import { downloadPulumi } from "./download";
import { find } from "./packages";
import { askFor, RECIPES, type Recipe } from "./recipes";

/** Absolute paths of the programs that the named recipes make. */
export async function resolveTools(names: string[]): Promise<Record<string, string>> {
    const tools: Record<string, string> = {};
    const missing: string[] = [];
    for (const name of names) {
        const found = (await onPath(RECIPES[name]!)) ?? inCache(name);
        Object.assign(tools, found);
        if (!found) {
            missing.push(name);
        }
    }
    if (missing.length > 0) {
        say(`- to be made, once: ${missing.join(", ")}`);
        await withLock(cacheFolder("tools", "lock"), "the builds", async () => {
            for (const name of missing) {
                Object.assign(tools, inCache(name) ?? (await make(name)));
            }
        });
    }
    return tools;
}

const folderOf = (name: string) => cacheFolder("tools", `${name}-${RECIPES[name]!.version}`);

/** All programs of a recipe from the cache, or undefined. */
function inCache(name: string): Record<string, string> | undefined {
    const folder = folderOf(name);
    const programs = Object.keys(RECIPES[name]!.programs).map((program): [string, string] => [
        program,
        path.join(folder, program),
    ]);
    return programs.every(([, file]) => fs.existsSync(file)) ? Object.fromEntries(programs) : undefined;
}

/** All programs of a recipe from PATH, if each is there and of the right version. */
async function onPath(recipe: Recipe): Promise<Record<string, string> | undefined> {
    const found: Record<string, string> = {};
    for (const program of Object.keys(recipe.programs)) {
        const file = find(program);
        const question = askFor(recipe, program);
        if (!file || !question || !(await answers(file, question, recipe))) {
            return undefined;
        }
        found[program] = file;
    }
    return found;
}

async function answers(file: string, question: string[], recipe: Recipe): Promise<boolean> {
    const { stdout, stderr } = await collect([file, ...question], { timeout: 10_000 });
    return recipe.fits!(stdout + stderr);
}

async function make(name: string): Promise<Record<string, string>> {
    const folder = folderOf(name);
    fs.rmSync(folder, { recursive: true, force: true });
    const downloaded = name === "pulumi" && (await downloadPulumi(RECIPES[name]!.version, folder));
    if (!downloaded) {
        await build(name, RECIPES[name]!, folder);
    }
    return inCache(name)!;
}
