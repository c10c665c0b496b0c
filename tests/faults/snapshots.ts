/** Snapshots of the cluster that a case breaks: taken while clients write, and put where a member restores them. */
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import { must } from "../../tools/support/run";
import { runbook, typedIn } from "../support/runbook";
import { clock } from "./history";
import type { World } from "./world";

/** Takes a snapshot while clients write; gives the times between which it was taken. */
export async function takeSnapshot({ stack, view }: World, file: string): Promise<[number, number]> {
    const env: NodeJS.ProcessEnv = { ...process.env, ETCDCTL_USER: "root", ETCDCTL_PASSWORD: view.password };
    const ca = String((await stack.outputs()).caCert);
    if (ca) {
        env.ETCDCTL_CACERT = `${file}.ca`;
        fs.writeFileSync(env.ETCDCTL_CACERT, ca);
    }
    const begun = clock();
    await must(["etcdctl", "--endpoints", view.endpoints[0]!, "snapshot", "save", file], { env });
    return [begun, clock()];
}

const [, , PUT] = runbook("From a snapshot") as [string, string, string];

/** The way that docs/operations.md tells; the file is called snapshot.db. */
export async function putSnapshot({ stack }: World, ordinal: number, file: string): Promise<void> {
    const lines = PUT.replaceAll("$NAME-0", `$NAME-${ordinal}`);
    assert.match(await typedIn(path.dirname(file), stack, lines), /^complete$/m);
}
