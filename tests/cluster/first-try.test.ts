// The first `pulumi up` with a mistake that cannot be changed afterwards: the commands of the refusal, as printed.
import assert from "assert";
import { execFile } from "child_process";
import * as path from "path";
import { promisify } from "util";

import { EtcdView } from "../support/cluster-etcd";
import { EtcdStack } from "../support/cluster-stack";
import { waitFor } from "../support/scripts-wait";

const CHECKOUT = path.join(__dirname, "../..");

describe("a first try with a mistake", () => {
    it("goes by the commands that the refusal prints, and they remove nothing of a cluster that formed", async () => {
        await EtcdStack.with({ replicas: 2, tls: "generated" }, async (stack) => {
            const { name } = stack;
            const marker = () => stack.kubectl("get", "configmap", `${name}-formation`, "-o", "jsonpath={.data}");

            await stack.configure({ storageClass: "misspelt" });
            await stack.upStoppedAt(() =>
                waitFor("claims", async () => (await claims(stack)).includes("-1"), { limit: 120 }),
            );
            await stack.unset("storageClass");
            await stack.configure({ clusterDomain: "misspelt.local" });
            await refusedWith(stack, /storageClass cannot be changed/);

            await stack.upStoppedAt(() =>
                waitFor("etcd to be started", async () => /"member-1":"started /.test(await marker()), { limit: 180 }),
            );
            const old = await claims(stack);
            await stack.configure({ clusterDomain: "cluster.local" });
            await refusedWith(stack, /clusterDomain cannot be changed/);
            assert.equal(await claims(stack), "");
            assert.match(old, /datadir-infra-etcd-cluster-1/);

            await stack.upped();
            const view = await EtcdView.of(stack);
            const members = await view.settled(2);
            // The same commands, kept in a shell's history.
            await assert.rejects(typed(stack, printed), /There is or was data/);
            assert.deepEqual(await view.settled(2), members);
        });
    });
});

let printed = "";

const claims = (stack: EtcdStack) => stack.kubectl("get", "pvc", "-o", "name");

/** `preview` is refused for that reason; then types what it prints. */
async function refusedWith(stack: EtcdStack, reason: RegExp): Promise<void> {
    const { ok, text } = await stack.preview();
    assert.ok(!ok);
    assert.match(text, reason);
    printed = /^ *\( set -eu\n[^]*?^ *\)$/m.exec(text)?.[0] ?? "";
    assert.match(printed, /pulumi destroy/);
    await typed(stack, printed);
}

/** In a shell in the checkout, where kubectl and pulumi work; `pulumi destroy` is said yes to by environment. */
async function typed({ environment }: EtcdStack, commands: string): Promise<void> {
    const env = { ...environment, PULUMI_SKIP_CONFIRMATIONS: "true" };
    await promisify(execFile)("/bin/sh", ["-c", commands], { cwd: CHECKOUT, env, maxBuffer: 1 << 24 }).catch(
        (error: Error & { stdout: string; stderr: string }) => {
            throw new Error(`${error.message}\n${error.stdout}${error.stderr}`);
        },
    );
}
