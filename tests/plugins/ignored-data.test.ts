// A ConfigMap that Pulumi makes and others write: which options keep Pulumi away from it, and which only seem to. The stand-in
// must fail where the official plugin does; `TEST_PLUGINS` runs this file with that one.
import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { operations, type Outcome, TestStack } from "../support/engine";
import { kubectl, withNamespace } from "./namespace";

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";

/** What the program says; what is left out it does not say. */
interface Declared {
    data?: Record<string, string>;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    options: pulumi.CustomResourceOptions;
}

const LABELS = { "app.kubernetes.io/name": "etcd", tier: "one" };
const ASKED = { "etcd-cluster/recover-from": "0 abc" };
const OLD: Declared = { data: { size: "3" }, labels: LABELS, options: { ignoreChanges: ["data"] } };

describe("Kubernetes plugin: a ConfigMap whose data is ignored and written by others", function () {
    this.timeout(180_000);
    const namespace = withNamespace();
    let declared: Declared;
    let stack: TestStack;

    afterEach(async () => {
        const destroyed = await stack.destroy();
        assert.ok(destroyed.ok, destroyed.text);
        assert.equal(await kubectl("get", "configmap", "marker", "--ignore-not-found"), "");
        stack.remove();
    });

    async function make(first: Declared, config: Record<string, string> = {}): Promise<void> {
        declared = first;
        stack = await TestStack.create(
            () => {
                const { data, labels, annotations, options } = declared;
                const metadata = { name: "marker", namespace: namespace(), labels, annotations };
                new k8s.core.v1.ConfigMap("marker", { metadata, data }, options);
            },
            { config },
        );
        await does([], "create");
    }

    /** `up` with some of what the program says changed; fails unless that is done with the ConfigMap. */
    async function does(change: Partial<Declared>[], ...expected: string[]): Promise<Outcome> {
        declared = Object.assign({}, declared, ...change);
        const preview = await stack.preview();
        assert.ok(preview.ok, preview.text);
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        assert.deepEqual(operations(up, CONFIG_MAP), expected, up.text);
        return up;
    }

    const write = (data: Record<string, string>) =>
        kubectl("patch", "configmap", "marker", "--type=merge", "--patch", JSON.stringify({ data }));
    const live = async () => {
        const { metadata, data } = JSON.parse(await kubectl("get", "configmap", "marker", "--output", "json"));
        return { uid: metadata.uid as string, data: data as Record<string, string> | undefined };
    };

    /** The layout before: made, written by others, and then asked for something by an annotation. */
    async function makePolluted(lines: Record<string, string>, config: Record<string, string> = {}): Promise<void> {
        await make(OLD, config);
        await write(lines);
        await does([{ annotations: ASKED }], "update");
    }

    const LINES = { formed: "one", "member-0": "started", "member-1": "started" };

    it("is replaced once its metadata was updated: the update has recorded what others wrote", async () => {
        await makePolluted(LINES);
        const before = await live();
        assert.deepEqual(before.data, { size: "3", ...LINES });
        const up = await does([], "delete-replaced", "replace", "create-replacement");
        const replace = up.steps.find((step) => step.op === "replace");
        assert.deepEqual(replace?.keys, ["data.member-0", "data.member-1"]);
        const after = await live();
        assert.notEqual(after.uid, before.uid);
        assert.deepEqual(after.data, { size: "3" });
    });

    it("stays when no key that others wrote has a hyphen: only those are found again among the ignored", async () => {
        await makePolluted({ formed: "one", member_0: "started" });
        const before = await live();
        await does([]);
        await does([{ annotations: undefined }], "update");
        assert.deepEqual(await live(), before);
    });

    it("stays when it is refreshed in between: that records the lines of the program only", async () => {
        await makePolluted(LINES);
        const before = await live();
        const refreshed = await stack.refresh();
        assert.ok(refreshed.ok, refreshed.text);
        await does([]);
        assert.deepEqual(await live(), before);
    });
});
