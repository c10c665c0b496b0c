// The stand-in Kubernetes plugin on custom resources: nothing is waited for but what pulumi.com/waitFor names, and what has no
// definition is an error that says so.
import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { installDefinitions, removeDefinitions } from "../support/cert-manager";
import { TestStack } from "../support/engine";
import { kubectl, withNamespace } from "./namespace";

const READY = { "pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "2" };

/** What its controller would say of it. */
async function say(status: string, observedGeneration: number, message = ""): Promise<void> {
    const time = { lastTransitionTime: "2026-01-01T00:00:00Z" };
    const condition = { type: "Ready", status, reason: "Test", message, observedGeneration, ...time };
    const patch = JSON.stringify({ status: { conditions: [condition] } });
    await kubectl("patch", "issuers.cert-manager.io", "own", "--subresource=status", "--type=merge", "-p", patch);
}

describe("stand-in Kubernetes plugin: custom resources", function () {
    this.timeout(180_000);
    const namespace = withNamespace();
    const wanted: { annotations: Record<string, string>; spec: object } = { annotations: {}, spec: { selfSigned: {} } };
    let stack: TestStack;

    before(async () => {
        await removeDefinitions();
        stack = await TestStack.create(() => {
            new k8s.apiextensions.CustomResource("issuer", {
                apiVersion: "cert-manager.io/v1",
                kind: "Issuer",
                metadata: { name: "own", namespace: namespace(), annotations: wanted.annotations },
                spec: wanted.spec,
            });
        });
    });
    after(async () => {
        stack.remove();
        await removeDefinitions();
    });

    it("pass a preview without their definition, and not an update", async () => {
        const preview = await stack.preview();
        assert.ok(preview.ok, preview.text);
        const up = await stack.up();
        assert.ok(!up.ok);
        assert.match(up.text, /CRDs have been created: no matches for kind "Issuer" in version "cert-manager.io\/v1"/);
    });

    it("are made without waiting, changed in place, read and removed", async () => {
        await installDefinitions();
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        assert.deepEqual((await stack.refresh()).changes, { same: 2 });
        wanted.spec = { ca: { secretName: "ca" } };
        const update = await stack.up();
        assert.equal(update.changes["update"], 1, update.text);
        assert.equal(
            await kubectl("get", "issuers.cert-manager.io", "own", "-o", "jsonpath={.spec}"),
            '{"ca":{"secretName":"ca"}}',
        );
        const destroyed = await stack.destroy();
        assert.ok(destroyed.ok, destroyed.text);
        assert.equal(await kubectl("get", "issuers.cert-manager.io", "-o", "name"), "");
    });

    it("are waited for by a condition, of this generation and not of the one before", async () => {
        wanted.annotations = READY;
        const silent = await stack.up();
        assert.ok(!silent.ok);
        assert.match(silent.text, /condition=Ready is not fulfilled/);
        await say("False", 1, "no key pair");
        const unready = await stack.up();
        assert.match(unready.text, /condition=Ready is not fulfilled: no key pair/);
        await say("True", 1);
        const ready = await stack.up();
        assert.ok(ready.ok, ready.text);
        wanted.spec = { selfSigned: {} };
        const outdated = await stack.up();
        assert.ok(!outdated.ok);
        assert.match(outdated.text, /condition=Ready is not fulfilled/);
        await say("True", 2);
        const again = await stack.up();
        assert.ok(again.ok, again.text);
        const destroyed = await stack.destroy();
        assert.ok(destroyed.ok, destroyed.text);
    });
});
