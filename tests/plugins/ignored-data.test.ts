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
    this.timeout(300_000);
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
        // In whatever order the engine tells them.
        assert.deepEqual([...(replace?.keys ?? [])].sort(), ["data.member-0", "data.member-1"]);
        const after = await live();
        assert.notEqual(after.uid, before.uid);
        assert.deepEqual(after.data, { size: "3" });
    });

    it("stays when no key that others wrote has a hyphen: only those are found again among the ignored", async () => {
        await makePolluted({ formed: "one", member_0: "started" });
        const before = await live();
        await does([], "same");
        await does([{ annotations: undefined }], "update");
        assert.deepEqual(await live(), before);
    });

    it("stays when it is refreshed in between: that records the lines of the program only", async () => {
        await makePolluted(LINES);
        const before = await live();
        const refreshed = await stack.refresh();
        assert.ok(refreshed.ok, refreshed.text);
        await does([], "same");
        assert.deepEqual(await live(), before);
    });

    it("loses all that others wrote with kubectl when an update does not send it: the update takes it over first", async () => {
        await make({ labels: LABELS, options: {} });
        await write(LINES);
        await does([{ annotations: ASKED }], "update");
        assert.equal((await live()).data, undefined);
    });

    const untouched: readonly [string, Declared][] = [
        ["data and metadata are ignored", { ...OLD, options: { ignoreChanges: ["data", "metadata"] } }],
        [
            "metadata is ignored and the program gives no data",
            { labels: LABELS, options: { ignoreChanges: ["metadata"] } },
        ],
    ];
    for (const [title, layout] of untouched) {
        it(`is left alone for good when ${title}`, async () => {
            await make(layout);
            await write(LINES);
            const before = await live();
            const changed = {
                labels: { tier: "two" },
                annotations: ASKED,
                ...(layout.data && { data: { size: "5" } }),
            };
            await does([changed], "same");
            await kubectl("label", "configmap", "marker", "tier=foreign", "--overwrite");
            await does([], "same");
            const refreshed = await stack.refresh();
            assert.ok(refreshed.ok, refreshed.text);
            assert.deepEqual(operations(refreshed, CONFIG_MAP), ["refresh"]);
            await does([{ labels: LABELS }], "same");
            const up = await stack.up({ refresh: true });
            assert.deepEqual(operations(up, CONFIG_MAP), ["refresh", "same"], up.text);
            assert.deepEqual(await live(), before);
        });
    }

    it("stays, once an update has recorded what others wrote, when the program gives no data and ignores the empty path", async () => {
        // The engine resets nothing for that path, so the program's inputs have no data; for the plugin it covers all. What is
        // left is one difference, `data` as a whole, and that is found among the ignored.
        await makePolluted(LINES);
        await write({ "member-1": "later" });
        const before = await live();
        const options = { ignoreChanges: ["", "metadata"] };
        await does([{ data: undefined, annotations: undefined, labels: { tier: "two" }, options }], "same");
        await does([], "same");
        const up = await stack.up({ refresh: true });
        assert.deepEqual(operations(up, CONFIG_MAP), ["refresh", "same"], up.text);
        await does([], "same");
        assert.deepEqual(await live(), before);
    });

    it("is not lost where it must not be deleted first: its successor cannot be made, until a refresh forgets the lines", async () => {
        await makePolluted(LINES);
        const before = await live();
        declared = { ...declared, options: { ignoreChanges: ["data", "metadata"], deleteBeforeReplace: false } };
        const refused = await stack.up();
        assert.ok(!refused.ok);
        assert.match(refused.text, /configmaps "marker" already exists/);
        assert.deepEqual(await live(), before);
        const refreshed = await stack.refresh();
        assert.ok(refreshed.ok, refreshed.text);
        await does([], "same");
        assert.deepEqual(await live(), before);
    });
});
