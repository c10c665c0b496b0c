/**
 * The stand-ins of tools/plugins as programs: one file each, bundled once and kept in the cache. The engine starts four of them for
 * every command, and each would translate and look up hundreds of modules anew. A bundle is found by what it was made from, so it
 * is never out of date; the ones before stay, for an engine or a shell that still has them on its PATH.
 */
import * as fs from "fs";
import * as path from "path";

import { buildSync } from "esbuild";

import { hashOfFiles } from "../support/hash";
import { cacheFolder, CHECKOUT } from "../support/paths";

/** The names under which the engine looks for them on PATH. */
export const STAND_INS = [
    "pulumi-language-nodejs",
    "pulumi-resource-kubernetes",
    "pulumi-resource-random",
    "pulumi-resource-tls",
];

const SOURCES = path.join(CHECKOUT, "tools/plugins");

/** What a bundle depends on beside its sources: the packages, the bundler among them, and how it is asked. */
const INGREDIENTS = ["package-lock.json", "tsconfig.json", "tools/toolchain/stand-ins.ts"];

/** A folder for PATH with just these programs, so that an official one is never hidden. Errors: what the bundler says. */
export function standIns(programs: string[], sources = SOURCES): string {
    const made = [hashOfSources(sources), hashOfFiles(CHECKOUT, INGREDIENTS)].map((hash) => hash.slice(0, 12));
    const kinds = programs.map((program) => program.replace(/^pulumi-(language-|resource-)/, ""));
    const folder = cacheFolder("stand-ins", [...made, ...kinds].join("-"));
    if (!fs.existsSync(folder)) {
        appearAtOnce(folder, (draft) => bundle(programs, sources, draft));
    }
    return folder;
}

function hashOfSources(folder: string): string {
    const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
    return hashOfFiles(folder, files.filter((name) => name.endsWith(".ts")).sort());
}

/** Nobody sees the folder before it is complete. Who makes it at the same time makes the same: the first one stays. */
function appearAtOnce(folder: string, fill: (draft: string) => void): void {
    fs.mkdirSync(path.dirname(folder), { recursive: true });
    const draft = fs.mkdtempSync(`${folder}.`);
    try {
        fill(draft);
        fs.renameSync(draft, folder);
    } catch (error) {
        if (!fs.existsSync(folder)) {
            throw error;
        }
    } finally {
        fs.rmSync(draft, { recursive: true, force: true });
    }
}

/** Names and line breaks are kept, for whoever reads a stack trace. Source maps would double the time of a start. */
function bundle(programs: string[], sources: string, folder: string): void {
    const entry = (program: string) => path.join(sources, program.replace(/^pulumi-(resource-)?/, ""), "main.ts");
    const { outputFiles } = buildSync({
        entryPoints: Object.fromEntries(programs.map((program) => [program, entry(program)])),
        absWorkingDir: CHECKOUT,
        bundle: true,
        platform: "node",
        target: "node20",
        banner: { js: "#!/usr/bin/env node" },
        outdir: folder,
        write: false,
        logLevel: "silent",
    });
    for (const file of outputFiles) {
        fs.writeFileSync(path.join(folder, path.basename(file.path, ".js")), file.contents, { mode: 0o755 });
    }
}
