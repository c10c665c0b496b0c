// The cluster as a user sees it from outside: the members' own table, and etcdctl with what the stack's outputs give.
import assert from "assert";

import { collect, type Outcome } from "../../tools/support/run";
import type { EtcdStack } from "./cluster-stack";
import { waitFor } from "./scripts-wait";

/** What `npm run status` shows. */
export const tableOf = (stack: EtcdStack): Promise<string> =>
    stack.kubectl("exec", `${stack.name}-0`, "-c", "etcd", "--", "/toolbox/sh", "/scripts/members.sh");

/** Waits until the table calls just so many members healthy: it asks each of them once, and a busy one may answer late. */
export async function healthy(count: number, table: () => Promise<string>): Promise<void> {
    let shown = "";
    const all = async () => {
        shown = await table();
        return shown.match(/ healthy$/gm)?.length === count;
    };
    await waitFor(`${count} healthy members`, all, { interval: 1000, report: () => shown });
}

/** etcdctl at one URL, as root. */
export type Etcdctl = (url: string, ...args: string[]) => Promise<Outcome>;

export function etcdctlWith(rootPassword: string): Etcdctl {
    const env = { ...process.env, ETCDCTL_USER: "root", ETCDCTL_PASSWORD: rootPassword };
    return (url, ...args) => collect(["etcdctl", "--command-timeout=5s", "--endpoints", url, ...args], { env });
}

/** Waits until a write through that URL is acknowledged, to somebody who trusts the CAs in that file. */
export async function writable(etcdctl: Etcdctl, url: string, ca: string): Promise<void> {
    await waitFor(`a write through ${url}`, async () => {
        const { stdout, stderr } = await etcdctl(url, "--cacert", ca, "put", "greeting", "hello");
        assert.equal(stdout, "OK\n", stderr);
        return true;
    });
}
