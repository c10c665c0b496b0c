// The stand-in Kubernetes plugin without a cluster, and Services, which wait for the pods behind them.
import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { TestStack } from "../support/engine";
import { kubectl, withNamespace } from "./namespace";

describe("stand-in Kubernetes plugin: reach", function () {
    this.timeout(120_000);
    const namespace = withNamespace();
    const map = (kubeconfig: () => string, data: Record<string, string>) => () => {
        const provider = new k8s.Provider("cluster", { kubeconfig: kubeconfig() });
        new k8s.core.v1.ConfigMap("map", { metadata: { name: "map", namespace: namespace() }, data }, { provider });
    };
    const real = () => process.env["TEST_KUBECONFIG"] ?? "";

    it("previews an unchanged stack without a cluster, and says why it cannot create", async () => {
        let kubeconfig = real();
        const stack = await TestStack.create(map(() => kubeconfig, { a: "1" }));
        try {
            assert.ok((await stack.up()).ok);
            kubeconfig = "/nowhere/kubeconfig";
            const preview = await stack.preview();
            assert.ok(preview.ok, preview.text);
            const data = { a: "1" };
            stack.program = () => {
                map(() => kubeconfig, data)();
                const provider = new k8s.Provider("other", { kubeconfig });
                new k8s.core.v1.ConfigMap("new", { metadata: { name: "new" } }, { provider });
            };
            const up = await stack.up();
            assert.ok(!up.ok);
            assert.match(
                up.text,
                /configured Kubernetes cluster is unreachable: unable to load Kubernetes client configuration from kubeconfig file\./,
            );
            kubeconfig = real();
            stack.program = map(() => kubeconfig, data);
            assert.ok((await stack.up()).ok);
        } finally {
            assert.ok((await stack.destroy()).ok);
            stack.remove();
        }
    });

    it("names the server that does not answer", async () => {
        const config = {
            "current-context": "x",
            clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
            contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
            users: [{ name: "u", user: {} }],
        };
        const stack = await TestStack.create(map(() => JSON.stringify(config), {}));
        const up = await stack.up();
        assert.match(up.text, /cluster is unreachable: .*https:\/\/127\.0\.0\.1:1.*ECONNREFUSED/);
        stack.remove();
    });

    it("takes kubeconfig contents, a context and a default namespace from the provider's settings", async () => {
        const kubeconfig = await kubectl("config", "view", "--raw");
        const context = await kubectl("config", "current-context");
        const program = () => {
            const provider = new k8s.Provider("p", { kubeconfig, context, namespace: namespace() });
            const made = new k8s.core.v1.ConfigMap("map", { metadata: { name: "placed" } }, { provider });
            return { namespace: made.metadata.namespace };
        };
        const stack = await TestStack.create(program);
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        assert.equal(up.outputs["namespace"]?.value, namespace());
        assert.ok((await stack.destroy()).ok);
        stack.remove();
    });

    it("waits for pods behind a Service, and says when there are none; not for a headless one", async () => {
        const stack = await TestStack.create(() => {
            const annotations = { "pulumi.com/timeoutSeconds": "2" };
            const metadata = { name: "empty", namespace: namespace(), annotations };
            const spec = { selector: { app: "nobody" }, ports: [{ port: 1 }] };
            new k8s.core.v1.Service("empty", { metadata, spec });
            const headless = { ...metadata, name: "headless" };
            new k8s.core.v1.Service("headless", { metadata: headless, spec: { ...spec, clusterIP: "None" } });
            new k8s.core.v1.Service("bare", { metadata: { ...metadata, name: "bare" }, spec: { ports: spec.ports } });
        });
        const up = await stack.up();
        assert.ok(!up.ok);
        assert.match(up.text, /empty.*timed out waiting to be Ready/);
        assert.match(up.text, /Service does not target any Pods/);
        assert.ok(!/headless' timed out|bare' timed out/.test(up.text));
        assert.ok(up.messages.some((one) => one.text.includes("[1/3] Finding Pods to direct traffic to")));
        assert.ok((await stack.destroy()).ok);
        stack.remove();
    });

    it("waits for the address of a LoadBalancer", async () => {
        const stack = await TestStack.create(() => {
            const annotations = { "pulumi.com/timeoutSeconds": "60" };
            const metadata = { name: "balanced", namespace: namespace(), annotations };
            const made = new k8s.core.v1.Service("b", {
                metadata,
                spec: { type: "LoadBalancer", ports: [{ port: 1 }] },
            });
            return { ip: made.status.apply((status) => status.loadBalancer?.ingress?.[0]?.ip) };
        });
        const running = stack.up();
        const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: "192.0.2.9" }] } } });
        const patch = () => kubectl("patch", "service", "balanced", "--subresource=status", "-p", status);
        while (!(await patch().catch(() => ""))) {
            await new Promise((resolve) => setTimeout(resolve, 500));
        }
        const up = await running;
        assert.ok(up.ok, up.text);
        assert.equal(up.outputs["ip"]?.value, "192.0.2.9");
        assert.ok((await stack.destroy()).ok);
        stack.remove();
    });
});
