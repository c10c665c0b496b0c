// The commands of docs/operations.md, as a person would copy them, against the cluster of a test.
import { execFile } from "child_process";
import * as fs from "fs";
import * as path from "path";
import { promisify } from "util";

import type { EtcdStack } from "./cluster-stack";

const run = promisify(execFile);
const CHECKOUT = path.join(__dirname, "../..");

/** The shell commands of one section, block by block. Errors: there is no such section, or nothing to type in it. */
export function runbook(title: string): string[] {
    const text = fs.readFileSync(path.join(CHECKOUT, "docs/operations.md"), "utf8");
    const section = text.split(/^## /m).find((each) => each.startsWith(`${title}\n`)) ?? "";
    // A block of a list is indented.
    const blocks = [...section.matchAll(/^( *)```sh\n(.*?)^ *```$/gms)].map(([, indent, block]) =>
        block!.replace(new RegExp(`^${indent}`, "gm"), ""),
    );
    if (blocks.length === 0) {
        throw new Error(`docs/operations.md has no commands under "${title}"`);
    }
    return blocks;
}

/** Where kubectl finds the cluster is a person's own business; `pulumi up` is said yes to by environment. */
const BEFORE = `kubectl() { command kubectl --kubeconfig "$TEST_KUBECONFIG" "$@"; }\n`;

/** Types commands into a shell in the checkout; gives what they printed. Errors: one of them failed. */
export async function typed(stack: EtcdStack, ...blocks: string[]): Promise<string> {
    return typedIn(CHECKOUT, stack, ...blocks);
}

/** The same in another folder, for commands that read a file of the person's. */
export async function typedIn(
    cwd: string,
    { environment, namespace, name }: EtcdStack,
    ...blocks: string[]
): Promise<string> {
    const env = { ...environment, NAMESPACE: namespace, NAME: name, PULUMI_SKIP_CONFIRMATIONS: "true" };
    const { stdout } = await run("/bin/sh", ["-euc", BEFORE + blocks.join("")], { cwd, env, maxBuffer: 1 << 24 });
    return stdout;
}
