/**
 * The environment in which `pulumi` runs: the CLI, a language host and the plugins on PATH. Official ones wherever they can be
 * had; the stand-ins of tools/plugins only where they cannot, and then it is said.
 */
import * as fs from "fs";
import * as path from "path";

import { collect } from "../support/run";
import { withLock } from "../support/lock";
import { cacheFolder, CHECKOUT } from "../support/paths";
import { say, step } from "../support/progress";
import { isKnownUnreachable, rememberUnreachable } from "./download";
import { resolveTools } from "./index";
import { find } from "./packages";
import { standIns } from "./stand-ins";

const PLUGINS = ["kubernetes", "random", "tls"];
/** Where the CLI fetches plugins from; also the name under which a failure is remembered. */
const PLUGIN_SITE = "plugins.pulumi";

/** PATH and settings for the CLI. `backend` is the folder that holds the state of the stacks. */
export async function pulumiEnvironment(backend: string, passphraseFile: string): Promise<NodeJS.ProcessEnv> {
    const { pulumi } = await resolveTools(["pulumi"]);
    const home = cacheFolder("pulumi-home");
    fs.mkdirSync(home, { recursive: true });
    fs.mkdirSync(backend, { recursive: true });
    const base: NodeJS.ProcessEnv = {
        ...process.env,
        PATH: [path.dirname(pulumi!), process.env.PATH].join(":"),
        PULUMI_HOME: home,
        PULUMI_BACKEND_URL: `file://${backend}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // An offer to send diagnostics to a service is not for a state that is kept on this disk.
        PULUMI_SUPPRESS_NEO_LINK: "true",
    };
    delete base.PULUMI_CONFIG_PASSPHRASE;
    const programs = await missing(pulumi!, home, base);
    if (programs.length === 0) {
        return base;
    }
    tellOnce(programs);
    return {
        ...base,
        PATH: [standIns(programs), base.PATH].join(":"),
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
}

let told = "";

function tellOnce(programs: string[]): void {
    if (told !== programs.join()) {
        told = programs.join();
        say(`- stand-ins of tools/plugins take the place of what cannot be had here: ${programs.join(", ")}`);
    }
}

/** Names of the official programs that can be had neither on PATH, nor beside the CLI, nor by download. */
async function missing(pulumi: string, home: string, env: NodeJS.ProcessEnv): Promise<string[]> {
    const programs: string[] = [];
    // In a shell of ours they are on PATH already, as they were when it began.
    const isOurs = (folder: string) => path.dirname(folder) === cacheFolder("stand-ins");
    const folders = (process.env.PATH ?? "").split(":").filter((folder) => !isOurs(folder));
    const onPath = (program: string) => find(program, folders.join(":"));
    const host = "pulumi-language-nodejs";
    if (!fs.existsSync(path.join(path.dirname(pulumi), host)) && !onPath(host)) {
        programs.push(host);
    }
    for (const plugin of PLUGINS) {
        const program = `pulumi-resource-${plugin}`;
        const version = sdkVersion(plugin);
        const installed = path.join(home, "plugins", `resource-${plugin}-v${version}`, program);
        if (!onPath(program) && !fs.existsSync(installed) && !(await install(pulumi, plugin, version, env))) {
            programs.push(program);
        }
    }
    return programs;
}

/** The plugin has the version of its SDK. */
function sdkVersion(plugin: string): string {
    const file = path.join(CHECKOUT, "node_modules/@pulumi", plugin, "package.json");
    return (JSON.parse(fs.readFileSync(file, "utf8")) as { version: string }).version;
}

/** The way in which Pulumi itself fetches a plugin; false when that fails. */
async function install(pulumi: string, plugin: string, version: string, env: NodeJS.ProcessEnv): Promise<boolean> {
    if (isKnownUnreachable(PLUGIN_SITE)) {
        return false;
    }
    const argv = [pulumi, "plugin", "install", "resource", plugin, `v${version}`, "--non-interactive"];
    return withLock(cacheFolder("pulumi-home.lock"), "the plugin download", async () => {
        const fetching = () => collect(argv, { env, timeout: 120_000 });
        const { status, stderr } = await step(`fetching the official plugin ${plugin} ${version}`, fetching);
        if (status !== 0) {
            say(`- the official plugin ${plugin} ${version} cannot be fetched: ${stderr.trim().split("\n").pop()}`);
            rememberUnreachable(PLUGIN_SITE);
        }
        return status === 0;
    });
}
