// The stand-in Kubernetes plugin on objects that nothing waits for: made, seen, changed, replaced and removed as the
// official plugin does. Each test is one observed behaviour of that plugin.
import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { operations, TestStack } from "../support/engine";
import { kubectl, withNamespace } from "./namespace";

const SECRET = "kubernetes:core/v1:Secret";
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";

describe("stand-in Kubernetes plugin: plain objects", function () {
    this.timeout(180_000);
    const namespace = withNamespace();
    let stack: TestStack;
    const run = async (program: () => void, options = {}) => {
        stack?.remove();
        stack = await TestStack.create(program, options);
        return stack.up();
    };
    const named = (name: string) => ({ name, namespace: namespace() });

    afterEach(async () => {
        if (stack) {
            const destroyed = await stack.destroy();
            assert.ok(destroyed.ok, destroyed.text);
            stack.remove();
        }
    });

    it("previews, makes and removes all supported plain types; nothing changes afterwards", async () => {
        const program = () => {
            const metadata = named("all");
            new k8s.core.v1.ConfigMap("map", { metadata, data: { a: "1", empty: "" } });
            new k8s.core.v1.Secret("secret", { metadata, stringData: { text: "hidden" }, data: { raw: "aGlkZGVu" } });
            new k8s.core.v1.ServiceAccount("account", { metadata });
            new k8s.core.v1.Service("service", {
                metadata: { ...metadata, labels: { "app.kubernetes.io/name": "etcd" } },
                spec: { clusterIP: "None", ports: [{ name: "client", port: 2379 }], selector: { app: "none" } },
            });
            new k8s.core.v1.PersistentVolumeClaim("claim", {
                metadata,
                spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } },
            });
            new k8s.policy.v1.PodDisruptionBudget("budget", {
                metadata,
                spec: { maxUnavailable: 1, selector: { matchLabels: { app: "none" } } },
            });
            new k8s.networking.v1.NetworkPolicy("policy", {
                metadata,
                spec: {
                    podSelector: { matchLabels: { app: "none" } },
                    policyTypes: ["Ingress"],
                    ingress: [{ ports: [{ protocol: "TCP", port: 2380 }], from: [{ podSelector: {} }] }],
                },
            });
            const role = new k8s.rbac.v1.Role("role", {
                metadata,
                rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
            });
            new k8s.rbac.v1.RoleBinding("binding", {
                metadata,
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
                subjects: [{ kind: "ServiceAccount", name: "all", namespace: namespace() }],
            });
        };
        stack = await TestStack.create(program);
        const preview = await stack.preview();
        assert.ok(preview.ok, preview.text);
        assert.equal(preview.changes["create"], 10);
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        assert.equal(up.changes["create"], 10);
        assert.deepEqual((await stack.up()).changes, { same: 10 });
        const refreshed = await stack.refresh();
        assert.ok(refreshed.ok, refreshed.text);
        assert.deepEqual(refreshed.changes, { same: 10 }, JSON.stringify(refreshed.steps));
        assert.deepEqual((await stack.up()).changes, { same: 10 });
        const destroyed = await stack.destroy();
        assert.equal(destroyed.changes["delete"], 10, destroyed.text);
        assert.equal(
            await kubectl("get", "service,secret,pdb,role,networkpolicy", "--ignore-not-found", "-o", "name"),
            "",
        );
    });

    it("deletes a named Secret and makes it again under the same name when its data changes", async () => {
        let value = "first";
        await run(() => void new k8s.core.v1.Secret("s", { metadata: named("changing"), stringData: { value } }));
        value = "second";
        const preview = await stack.preview();
        assert.deepEqual(operations(preview, SECRET), ["delete-replaced", "replace", "create-replacement"]);
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        assert.deepEqual(operations(up, SECRET), ["delete-replaced", "replace", "create-replacement"]);
        const data = await kubectl("get", "secret", "changing", "-o", "jsonpath={.data.value}");
        assert.equal(Buffer.from(data, "base64").toString(), "second");
    });

    it("updates a Secret and a ConfigMap in place when the provider says they are mutable", async () => {
        let value = "first";
        await run(() => {
            const provider = new k8s.Provider("p", { enableSecretMutable: true, enableConfigMapMutable: true });
            new k8s.core.v1.Secret("s", { metadata: named("mutable"), stringData: { value } }, { provider });
            new k8s.core.v1.ConfigMap("c", { metadata: named("mutable"), data: { value } }, { provider });
        });
        value = "second";
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        assert.deepEqual([...operations(up, SECRET), ...operations(up, CONFIG_MAP)], ["update", "update"]);
        assert.equal(await kubectl("get", "configmap", "mutable", "-o", "jsonpath={.data.value}"), "second");
    });

    it("updates a PodDisruptionBudget in place, with the property path in the difference", async () => {
        let maxUnavailable = 1;
        await run(
            () =>
                void new k8s.policy.v1.PodDisruptionBudget("b", {
                    metadata: named("budget"),
                    spec: { maxUnavailable, selector: { matchLabels: { app: "none" } } },
                }),
        );
        maxUnavailable = 2;
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        const step = up.steps.find((one) => one.op === "update");
        assert.deepEqual(step?.diff, { "spec.maxUnavailable": "update" });
        assert.equal(await kubectl("get", "pdb", "budget", "-o", "jsonpath={.spec.maxUnavailable}"), "2");
    });

    it("updates a NetworkPolicy in place, and takes a rule out of it again", async () => {
        const everywhere = { ports: [{ protocol: "TCP", port: 2379 }] };
        let ingress: object[] = [everywhere];
        await run(
            () =>
                void new k8s.networking.v1.NetworkPolicy("n", {
                    metadata: named("network"),
                    spec: { podSelector: { matchLabels: { app: "none" } }, policyTypes: ["Ingress"], ingress },
                }),
        );
        const from = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "apps" } } }];
        for (const rules of [[{ ...everywhere, from }, { ports: [{ protocol: "TCP", port: 2381 }] }], [everywhere]]) {
            ingress = rules;
            const up = await stack.up();
            assert.ok(up.ok, up.text);
            assert.deepEqual(operations(up, "kubernetes:networking.k8s.io/v1:NetworkPolicy"), ["update"]);
            const live = await kubectl("get", "networkpolicy", "network", "-o", "jsonpath={.spec.ingress}");
            assert.deepEqual(JSON.parse(live), rules);
        }
    });

    it("leaves ignored data that was patched from outside alone: up, refresh, up, and an update of a label", async () => {
        let label = "one";
        await run(
            () =>
                void new k8s.core.v1.ConfigMap(
                    "marker",
                    { metadata: { ...named("marker"), labels: { label } }, data: { state: "new" } },
                    { ignoreChanges: ["data"] },
                ),
        );
        await kubectl("patch", "configmap", "marker", "-p", '{"data":{"state":"formed","more":"yes"}}');
        const data = () => kubectl("get", "configmap", "marker", "-o", "jsonpath={.data.state}/{.data.more}");
        for (const outcome of [await stack.up(), await stack.refresh(), await stack.up()]) {
            assert.ok(outcome.ok, outcome.text);
            assert.equal(outcome.changes["update"], undefined, outcome.text);
            assert.equal(outcome.changes["same"], 2, outcome.text);
            assert.equal(await data(), "formed/yes");
        }
        label = "two";
        const relabelled = await stack.up();
        assert.ok(relabelled.ok, relabelled.text);
        assert.deepEqual(operations(relabelled, CONFIG_MAP), ["update"]);
        assert.equal(await data(), "formed/yes");
    });

    it("says that an object exists when the state does not know it, and adopts it by import", async () => {
        const options: pulumi.CustomResourceOptions = {};
        await run(() => void new k8s.core.v1.ConfigMap("c", { metadata: named("lost"), data: { a: "1" } }, options));
        await stack.forget();
        const again = await stack.up();
        assert.ok(!again.ok);
        assert.match(again.text, /configmaps "lost" already exists/);
        options.import = `${namespace()}/lost`;
        const imported = await stack.up();
        assert.ok(imported.ok, imported.text);
        assert.equal(imported.changes["import"], 1);
        delete options.import;
        assert.equal((await stack.up()).changes["same"], 2);
    });

    it("sees an object that was deleted from outside, and makes it again", async () => {
        await run(() => void new k8s.core.v1.ConfigMap("c", { metadata: named("gone"), data: { a: "1" } }));
        await kubectl("delete", "configmap", "gone");
        const refreshed = await stack.refresh();
        assert.equal(refreshed.changes["delete"], 1, refreshed.text);
        assert.equal((await stack.up()).changes["create"], 1);
    });

    it("names an object that has no name, and makes its successor before it removes it", async () => {
        let a = "1";
        await run(() => {
            const map = new k8s.core.v1.ConfigMap("auto", { metadata: { namespace: namespace() }, data: { a } });
            return { name: map.metadata.name };
        });
        const first = (await stack.up()).outputs["name"]?.value;
        assert.match(String(first), /^auto-[0-9a-f]{8}$/);
        a = "2";
        const up = await stack.up();
        assert.deepEqual(operations(up, CONFIG_MAP), ["create-replacement", "replace", "delete-replaced"]);
        assert.notEqual(up.outputs["name"]?.value, first);
    });

    it("keeps secrets out of the state file and out of error messages", async () => {
        const value = "very-hidden-value";
        await run(() => void new k8s.core.v1.Secret("s", { metadata: named("hidden"), stringData: { value } }));
        assert.ok(!stack.stateFile().includes(value));
        assert.ok(!stack.stateFile().includes(Buffer.from(value).toString("base64")));
        stack.program = () => {
            const label = pulumi.secret("not a valid label: very-hidden-value");
            new k8s.core.v1.Secret("s", { metadata: { ...named("hidden"), labels: { label } }, stringData: { value } });
        };
        const failed = await stack.up();
        assert.ok(!failed.ok);
        assert.match(failed.text, /\[secret\]/);
        assert.ok(!failed.text.includes(value), failed.text);
    });

    it("refuses unknown types and unknown provider settings by name", async () => {
        stack = await TestStack.create(() => void new k8s.core.v1.LimitRange("range", { metadata: named("range") }));
        assert.match(
            (await stack.up()).text,
            /stand-in Kubernetes plugin does not support kubernetes:core\/v1:LimitRange/,
        );
        stack.program = () => void new k8s.Provider("p", { renderYamlToDirectory: "/tmp/none" });
        assert.match(
            (await stack.up()).text,
            /renderYamlToDirectory.*does not support this setting|does not support this setting/,
        );
    });
});
