// A namespace of its own for each test file, and kubectl in it: what a person at the cluster would do meanwhile.
import { randomBytes } from "node:crypto";
import { kubectl as onCluster } from "../support/cluster-kubectl";

let current = "";

export function kubectl(...args: string[]): Promise<string> {
    return onCluster("--namespace", current, ...args);
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
