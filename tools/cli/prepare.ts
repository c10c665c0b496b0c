/** Frees a stack of what a killed run left: its engine, its lock, the objects that it made and did not note. */
import * as fs from "fs";
import * as path from "path";

import { isAlive } from "../support/lock";
import { CHECKOUT } from "../support/paths";
import { say } from "../support/progress";
import { collect, must } from "../support/run";
import { engineFile, STACK, type Stack } from "./stack";

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
 * the rest; a random value that was never noted was never used, and is drawn again. Errors: when nobody can tell whether an object
 * exists. Nothing is forgotten then, or the next run would fail with `already exists`.
 */
export async function adoptPending(stack: Stack): Promise<void> {
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
        if (isObject && (await exists(stack, kind, name, namespace))) {
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

async function exists(stack: Stack, kind: string, name: string, namespace: string): Promise<boolean> {
    const where = ["--namespace", namespace, "--ignore-not-found", "--output", "name"];
    const { status, stdout, stderr } = await stack.kubectl("get", kind, name, ...where);
    if (status !== 0) {
        throw new Error(`whether ${kind} ${namespace}/${name} exists cannot be told: ${stderr.trim()}`);
    }
    return stdout.trim() !== "";
}
