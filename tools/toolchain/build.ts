/** Builds programs from published Go modules, or from the checkout, into a folder that appears only when it is complete. */
import * as fs from "fs";
import * as path from "path";

import { must } from "../support/run";
import { step, type Report } from "../support/progress";
import type { Recipe } from "./recipes";

/** Builds all programs of a recipe into `folder`. Errors: no Go, or what `go` said. */
export async function build(name: string, recipe: Recipe, folder: string): Promise<void> {
    await requireGo(name);
    const work = `${folder}.building`;
    fs.rmSync(work, { recursive: true, force: true });
    fs.mkdirSync(path.join(work, "bin"), { recursive: true });
    const origin = recipe.source ? "the checkout" : "its Go module";
    await step(`building ${name} ${recipe.version} from ${origin}`, async (report) => {
        const source = recipe.source ?? (await prepare(recipe, path.join(work, "source"), report));
        const flags = ["-v", "-ldflags", linkerFlags(recipe), ...moduleFlags(recipe)];
        const packages = Object.values(recipe.programs);
        await go(["build", ...flags, "-o", `${path.join(work, "bin")}/`, ...packages], source, report);
        Object.entries(recipe.programs).forEach(([program, pkg]) => rename(path.join(work, "bin"), program, pkg));
    });
    fs.mkdirSync(path.dirname(folder), { recursive: true });
    fs.renameSync(path.join(work, "bin"), folder);
    fs.rmSync(work, { recursive: true, force: true });
}

/** `go build` names a program after the last part of its package that is no version ("server/v3" becomes "server"). */
function rename(bin: string, program: string, pkg: string): void {
    const built = pkg
        .split("/")
        .filter((part) => !/^v\d+$/.test(part))
        .pop()!;
    fs.renameSync(path.join(bin, built), path.join(bin, program));
}

function linkerFlags({ values = {} }: Recipe): string {
    return ["-s -w", ...Object.entries(values).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
}

/** Nothing of the checkout but its content goes into a program, and nothing of the build into the checkout. */
function moduleFlags({ source, unpack }: Recipe): string[] {
    if (source) {
        return ["-mod=readonly", "-trimpath", "-buildvcs=false"];
    }
    return unpack ? ["-mod=mod"] : [];
}

/** A folder with a go.mod that names the modules; returns where to build. */
async function prepare(recipe: Recipe, source: string, report: Report): Promise<string> {
    fs.mkdirSync(source, { recursive: true });
    report("fetching modules");
    if (recipe.unpack) {
        return unpack(recipe.modules[0]!, source, report);
    }
    await go(["mod", "init", "local/toolchain"], source);
    await go(["get", ...recipe.modules], source, report);
    return source;
}

/** The source tree of a module, as it was published; nobody may write there. */
async function download(module: string, cwd: string): Promise<string> {
    return (JSON.parse(await go(["mod", "download", "-json", module], cwd)) as { Dir: string }).Dir;
}

/** Takes one folder out of a module's source, as it is. Errors: no Go, or what `go` said. */
export async function extract(module: string, part: string, folder: string): Promise<void> {
    await requireGo(module);
    const work = `${folder}.extracting`;
    fs.rmSync(work, { recursive: true, force: true });
    fs.mkdirSync(work, { recursive: true });
    await step(`fetching ${part} of ${module}`, async () => {
        fs.cpSync(path.join(await download(module, work), part), work, { recursive: true });
    });
    await must(["chmod", "-R", "u+w", work]);
    fs.renameSync(work, folder);
}

/** Kubernetes builds from its own tree only; the staging modules it replaces are published under the same minor. */
async function unpack(module: string, source: string, report: Report): Promise<string> {
    const folder = await download(module, source);
    fs.cpSync(folder, source, {
        recursive: true,
        filter: (from) => !["staging", "vendor", "go.work", "go.work.sum"].includes(path.relative(folder, from)),
    });
    await must(["chmod", "-R", "u+w", source]);
    const file = path.join(source, "go.mod");
    const version = module.replace(/^.*@v1\./, "v0.");
    const published = fs
        .readFileSync(file, "utf8")
        .replace(
            /^(\s*(k8s\.io\/\S+) =>) \.\/staging\/\S+$/gm,
            (_, left: string, name: string) => `${left} ${name} ${version}`,
        );
    fs.writeFileSync(file, published);
    report("compiling");
    return source;
}

/** Runs `go`; each line of `-v` is a package done. */
async function go(args: string[], cwd: string, report?: Report): Promise<string> {
    let packages = 0;
    const onLine = () => report?.(args[0] === "build" ? `${++packages} packages compiled` : "fetching modules");
    return must(["go", ...args], {
        cwd,
        env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
        onLine,
    });
}

async function requireGo(name: string): Promise<void> {
    await must(["go", "version"]).catch(() => {
        throw new Error(
            `${name} is neither on PATH nor in the cache, and getting it needs Go 1.24 or later on PATH (https://go.dev/dl/).`,
        );
    });
}
