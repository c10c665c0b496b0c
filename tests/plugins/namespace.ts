// A namespace of its own for each test file, and kubectl in it: what a person at the cluster would do meanwhile.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";

const run = promisify(execFile);
let current = "";

export async function kubectl(...args: string[]): Promise<string> {
    const kubeconfig = process.env["TEST_KUBECONFIG"];
    assert.ok(kubeconfig, "TEST_KUBECONFIG must name the kubeconfig of a cluster for tests");
    const { stdout } = await run("kubectl", ["--kubeconfig", kubeconfig, "--namespace", current, ...args]);
    return stdout.trim();
}

/** Registers the hooks; the returned function names the namespace once they have run. */
export function withNamespace(): () => string {
    let name = "";
    before(async () => {
        name = `plugins-${randomBytes(4).toString("hex")}`;
        current = name;
        await kubectl("create", "namespace", name);
    });
    after(async () => {
        await kubectl("delete", "namespace", name, "--wait=false");
    });
    return () => name;
}
