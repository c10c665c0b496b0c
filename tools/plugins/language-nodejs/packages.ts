// Tells the engine which resource plugins a program needs: every installed npm package whose package.json says
// `"pulumi": { "resource": true }`. The engine then looks for them in its cache, on PATH, or downloads them.
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

export interface RequiredPackage {
    readonly name: string;
    readonly version: string;
    readonly server: string;
}

interface Manifest {
    readonly name?: string;
    readonly version?: string;
    readonly pulumi?: { resource?: boolean; name?: string; version?: string; server?: string };
}

/** All node_modules folders that the program sees, nearest first. */
function moduleFolders(start: string): string[] {
    const folders: string[] = [];
    for (let at = path.resolve(start); ; at = path.dirname(at)) {
        folders.push(path.join(at, "node_modules"));
        if (path.dirname(at) === at) {
            return folders;
        }
    }
}

function list(folder: string): string[] {
    try {
        return readdirSync(folder);
    } catch {
        return [];
    }
}

function packagesIn(modules: string): string[] {
    return list(modules).flatMap((name) => {
        const folder = path.join(modules, name);
        return name.startsWith("@") ? list(folder).map((inner) => path.join(folder, inner)) : [folder];
    });
}

function readManifest(folder: string): Manifest | undefined {
    try {
        return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as Manifest;
    } catch {
        return undefined;
    }
}

export function requiredPackages(program: string): RequiredPackage[] {
    const found = new Map<string, RequiredPackage>();
    for (const folder of moduleFolders(program).flatMap(packagesIn)) {
        const manifest = readManifest(folder);
        if (!manifest?.pulumi?.resource) {
            continue;
        }
        const name = manifest.pulumi.name ?? (manifest.name ?? "").replace(/^@pulumi\//, "");
        const version = manifest.pulumi.version ?? manifest.version ?? "";
        if (name && !found.has(name)) {
            found.set(name, { name, version, server: manifest.pulumi.server ?? "" });
        }
    }
    return [...found.values()];
}
