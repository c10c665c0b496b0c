/**
 * The stack `dev` of one target: state in a local file backend, settings in a copy of Pulumi.dev.yaml beside it (so that the
 * checkout stays clean: `stack init` writes its salt there), a passphrase that was drawn for it and is nowhere else.
 */
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";

import { identityOf } from "../support/lock";
import { collect, must, show, type Outcome } from "../support/run";
import { cacheFolder, CHECKOUT } from "../support/paths";
import { find } from "../toolchain/packages";
import { pulumiEnvironment } from "../toolchain/pulumi";

export const STACK = "dev";

export interface Stack {
    folder: string;
    env: NodeJS.ProcessEnv;
    /** Whether there is a kubectl; on the local cluster always, with a cluster of the user's it is the user's. */
    hasKubectl: boolean;
    /** Runs `kubectl` on the target. Errors: there is none, which must not pass for what kubectl says of an object. */
    kubectl(...args: string[]): Promise<Outcome>;
    /** Runs `pulumi` in the checkout with our terminal. */
    pulumi(...args: string[]): Promise<number>;
    /** Runs `pulumi` and returns what it printed. */
    read(...args: string[]): Promise<string>;
    exists(): boolean;
}

export const NO_KUBECTL = "kubectl is not on PATH; install it (https://kubernetes.io/docs/tasks/tools/)";

/** The stack in `folder`, entered by `enter` (the local cluster's network), with `folders` in front of PATH. */
export async function openStack(
    folder: string,
    kubeconfig: string,
    enter: string[],
    folders: string[],
): Promise<Stack> {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const settings = path.join(folder, `Pulumi.${STACK}.yaml`);
    if (!fs.existsSync(settings)) {
        fs.copyFileSync(path.join(CHECKOUT, `Pulumi.${STACK}.yaml`), settings);
    }
    const base = await pulumiEnvironment(path.join(folder, "state"), passphrase(folder));
    const env = {
        ...base,
        PATH: [...folders, base.PATH].join(":"),
        KUBECONFIG: kubeconfig,
        PULUMI_STACK: STACK,
        PULUMI_OPTION_CONFIG_FILE: settings,
        // A stack that is selected in the user's own Pulumi home stays selected there.
        PULUMI_HOME: cacheFolder("pulumi-home"),
    };
    const kubectl = find("kubectl", env.PATH);
    const argv = (args: string[]) => [...enter, "pulumi", ...args];
    return {
        folder,
        env,
        pulumi: (...args) => show(argv(args), { cwd: CHECKOUT, env, onStart: (pid) => noteEngine(folder, pid) }),
        read: (...args) => must(argv(args), { cwd: CHECKOUT, env }),
        hasKubectl: kubectl !== undefined,
        kubectl: async (...args) => {
            if (!kubectl) {
                throw new Error(NO_KUBECTL);
            }
            return collect([...enter, kubectl, ...args], { env, timeout: 60_000 });
        },
        exists: () => fs.existsSync(path.join(folder, `state/.pulumi/stacks/etcd/${STACK}.json`)),
    };
}

/** Names the engine that works on the stack; the next run looks whether it still does. */
export const engineFile = (folder: string) => path.join(folder, "engine");

function noteEngine(folder: string, pid: number): void {
    fs.writeFileSync(engineFile(folder), identityOf(pid));
}

/** A file with the passphrase of this target's secrets, drawn at first use. */
function passphrase(folder: string): string {
    const file = path.join(folder, "passphrase");
    if (!fs.existsSync(file)) {
        const draft = `${file}.${process.pid}`;
        fs.writeFileSync(draft, crypto.randomBytes(32).toString("base64url"), { mode: 0o600 });
        fs.renameSync(draft, file);
    }
    return file;
}
