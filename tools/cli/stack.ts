/**
 * The stack `dev` of one target: state in a local file backend, settings in a copy of Pulumi.dev.yaml beside it (so that the
 * checkout stays clean: `stack init` writes its salt there), a passphrase that was drawn for it and is nowhere else.
 */
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";

import { identityOf, isAlive } from "../support/lock";
import { collect, must, show, type Outcome } from "../support/run";
import { cacheFolder, CHECKOUT } from "../support/paths";
import { say } from "../support/progress";
import { find } from "../toolchain/packages";
import { pulumiEnvironment } from "../toolchain/pulumi";
import type { Target } from "./target";

export const STACK = "dev";

export interface Stack {
    folder: string;
    env: NodeJS.ProcessEnv;
    /** Runs `kubectl` on the target. */
    kubectl(...args: string[]): Promise<Outcome>;
    /** Runs `pulumi` in the checkout with our terminal. */
    pulumi(...args: string[]): Promise<number>;
    /** Runs `pulumi` and returns what it printed. */
    read(...args: string[]): Promise<string>;
    exists(): boolean;
}

/** The stack on `target`, entered by `enter` (the local cluster's network), with the tools of `programs` on PATH. */
export async function openStack(
    target: Target,
    kubeconfig: string,
    enter: string[],
    folders: string[],
): Promise<Stack> {
    fs.mkdirSync(target.folder, { recursive: true, mode: 0o700 });
    const settings = path.join(target.folder, `Pulumi.${STACK}.yaml`);
    if (!fs.existsSync(settings)) {
        fs.copyFileSync(path.join(CHECKOUT, `Pulumi.${STACK}.yaml`), settings);
    }
    const base = await pulumiEnvironment(path.join(target.folder, "state"), passphrase(target.folder));
    const env = {
        ...base,
        PATH: [...folders, base.PATH].join(":"),
        KUBECONFIG: kubeconfig,
        PULUMI_STACK: STACK,
        PULUMI_OPTION_CONFIG_FILE: settings,
        // A stack that is selected in the user's own Pulumi home stays selected there.
        PULUMI_HOME: cacheFolder("pulumi-home"),
    };
    const context = target.own ? ["--context", target.own.context] : [];
    const argv = (args: string[]) => [...enter, "pulumi", ...args];
    const stack: Stack = {
        folder: target.folder,
        env,
        pulumi: (...args) => show(argv(args), { cwd: CHECKOUT, env, onStart: (pid) => noteEngine(target.folder, pid) }),
        read: (...args) => must(argv(args), { cwd: CHECKOUT, env }),
        kubectl: async (...args) =>
            find("kubectl", env.PATH)
                ? collect([...enter, "kubectl", ...context, ...args], { env, timeout: 60_000 })
                : { status: 127, stdout: "", stderr: "kubectl is not on PATH" },
        exists: () => fs.existsSync(path.join(target.folder, `state/.pulumi/stacks/etcd/${STACK}.json`)),
    };
    return stack;
}

const engineFile = (folder: string) => path.join(folder, "engine");

function noteEngine(folder: string, pid: number): void {
    fs.writeFileSync(engineFile(folder), identityOf(pid));
}

/** An engine that outlived the command that ran it (killed with -9, say) must end before another begins. */
async function endOldEngine(folder: string): Promise<void> {
    const file = engineFile(folder);
    const old = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
    const patience = Date.now() + 60_000;
    for (let asked = false; old && isAlive(old); asked = true) {
        if (!asked || Date.now() > patience) {
            say("- an engine of an earlier run still works on this stack; asking it to stop");
            process.kill(Number(old.split(" ")[0]), asked ? "SIGKILL" : "SIGINT");
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
    }
}

/** Makes the stack if it is not there, and frees it of what a killed run left. The caller holds the target's lock. */
export async function prepareStack(stack: Stack): Promise<void> {
    await endOldEngine(stack.folder);
    if (!stack.exists()) {
        // `stack init` writes its salt beside the Pulumi.yaml it finds; that must not be the one of the checkout.
        fs.copyFileSync(path.join(CHECKOUT, "Pulumi.yaml"), path.join(stack.folder, "Pulumi.yaml"));
        await must(["pulumi", "stack", "init", STACK, "--non-interactive"], { cwd: stack.folder, env: stack.env });
        return;
    }
    // The lock of a run that was killed: no other run is there, so it is nobody's.
    await collect(["pulumi", "cancel", "--yes", "--stack", STACK], { cwd: CHECKOUT, env: stack.env });
    await adoptPending(stack);
}

interface PendingOperation {
    type: string;
    resource: { urn: string; type: string; inputs?: { metadata?: { name?: string; namespace?: string } } };
}

interface State {
    deployment: { resources: object[]; pending_operations?: PendingOperation[] };
}

/**
 * A run that was killed between making an object and noting it leaves a pending operation. Kubernetes objects that did come
 * into being are taken into the state (`refresh --import-pending-creates` of this CLI only forgets them), and a refresh reads
 * the rest; a random value that was never noted was never used, and is drawn again.
 */
async function adoptPending(stack: Stack): Promise<void> {
    const state = JSON.parse(await stack.read("stack", "export")) as State;
    const pending = state.deployment.pending_operations ?? [];
    const creating = pending.filter(({ type }) => type === "creating");
    if (creating.length === 0) {
        return;
    }
    say(`- the last run was stopped while it made ${creating.length} objects; adopting those that exist`);
    for (const { resource } of creating) {
        const { name, namespace } = resource.inputs?.metadata ?? {};
        const kind = resource.type.split(":").pop()!;
        const isObject = resource.type.startsWith("kubernetes:") && name && namespace;
        if (isObject && (await stack.kubectl("get", kind, name, "--namespace", namespace)).status === 0) {
            state.deployment.resources.push({ ...resource, id: `${namespace}/${name}` });
        }
    }
    state.deployment.pending_operations = pending.filter(({ type }) => type !== "creating");
    const file = path.join(stack.folder, "adopted.json");
    fs.writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
    await stack.read("stack", "import", "--file", file);
    fs.rmSync(file);
    await stack.read("refresh", "--yes", "--skip-preview", "--suppress-outputs", "--non-interactive");
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
