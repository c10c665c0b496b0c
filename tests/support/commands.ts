// The commands of package.json as a user types them, with a cache of their own, in which the tools are those of this run.
import { execFile } from "child_process";
import * as fs from "fs";
import * as path from "path";
import { promisify } from "util";

import { cacheFolder, CHECKOUT } from "../../tools/support/paths";

const run = promisify(execFile);

/** The cache of the commands. */
export const cache = path.join(process.env.TEST_WORK ?? "/nowhere", "cache");

export const env: NodeJS.ProcessEnv = { ...process.env, PULUMI_ETCD_CACHE: cache, SHELL: "/bin/sh" };
// On a busy machine two seconds can be too few for etcdctl to connect in.
env.ETCDCTL_DIAL_TIMEOUT = "20s";
// What the test runner set, a user has not.
Object.keys(env)
    .filter((name) => name.startsWith("PULUMI_") && name !== "PULUMI_ETCD_CACHE")
    .concat("KUBECONFIG", "CI")
    .forEach((name) => delete env[name]);

/** Arguments of `node` for one of them. */
export const command = (...args: string[]) => ["tools/main.mjs", ...args];

/** Runs one to its end, with these changes of the environment. Errors: it failed. */
export const runWith = (changes: NodeJS.ProcessEnv, ...args: string[]) =>
    run("node", command(...args), { cwd: CHECKOUT, env: { ...env, ...changes }, maxBuffer: 1 << 26 });

/** Runs one to its end; gives its standard output. */
export const npm = async (...args: string[]) => (await runWith({}, ...args)).stdout;

/** Makes the cache. */
export function makeCache(): void {
    fs.mkdirSync(cache, { recursive: true });
    for (const shared of ["tools", "unreachable", "pulumi-home"]) {
        const [from, to] = [cacheFolder(shared), path.join(cache, shared)];
        if (fs.existsSync(from) && !fs.existsSync(to)) {
            fs.symlinkSync(from, to);
        }
    }
}
