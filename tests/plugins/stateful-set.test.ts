// The stand-in Kubernetes plugin on StatefulSets: what it waits for, what it replaces, and how it behaves towards
// other writers. Each test is one observed behaviour of the official plugin.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@pulumi/kubernetes";
import { operations, TestStack } from "../support/engine";
import { waitFor } from "../support/scripts-wait";
import { kubectl, withNamespace } from "./namespace";
import { makeReady, NO_SCHEDULER, whileReady } from "./pods";

const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const REPLACED = ["delete-replaced", "replace", "create-replacement"];

interface Wanted {
    replicas: number;
    image: string;
    size: string;
    annotations: Record<string, string>;
    updateStrategy: k8s.types.input.apps.v1.StatefulSetUpdateStrategy;
    /** What a Secret holds that the pods mount by its name, and what a disruption budget leaves. */
    beside?: { secret: string; budget: number };
}

describe("stand-in Kubernetes plugin: StatefulSets", function () {
    this.timeout(240_000);
    const namespace = withNamespace();
    let stack: TestStack;
    let wanted: Wanted;

    const program = () => {
        const labels = { app: "set" };
        const { beside } = wanted;
        const secret =
            beside &&
            new k8s.core.v1.Secret("secret", {
                metadata: { name: "secret", namespace: namespace() },
                data: { key: Buffer.from(beside.secret).toString("base64") },
            });
        const budget =
            beside &&
            new k8s.policy.v1.PodDisruptionBudget("budget", {
                metadata: { name: "budget", namespace: namespace() },
                spec: { maxUnavailable: beside.budget, selector: { matchLabels: labels } },
            });
        const set = new k8s.apps.v1.StatefulSet(
            "set",
            {
                metadata: { name: "set", namespace: namespace(), annotations: wanted.annotations },
                spec: {
                    replicas: wanted.replicas,
                    serviceName: "set",
                    podManagementPolicy: "Parallel",
                    selector: { matchLabels: labels },
                    updateStrategy: wanted.updateStrategy,
                    template: {
                        metadata: { labels },
                        spec: {
                            schedulerName: NO_SCHEDULER,
                            ...(secret && { volumes: [{ name: "secret", secret: { secretName: "secret" } }] }),
                            containers: [
                                {
                                    name: "main",
                                    image: wanted.image,
                                    resources: { requests: { cpu: "0.1", memory: "1024Mi" } },
                                    env: [{ name: "EMPTY", value: "" }],
                                },
                            ],
                        },
                    },
                    volumeClaimTemplates: [
                        {
                            metadata: { name: "data" },
                            spec: {
                                accessModes: ["ReadWriteOnce"],
                                resources: { requests: { storage: wanted.size } },
                            },
                        },
                    ],
                },
            },
            { dependsOn: [secret, budget].filter((one) => one !== undefined) },
        );
        return { replicas: set.spec.replicas };
    };

    const podUids = () => kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.uid}");
    const status = (path: string) =>
        kubectl("get", "statefulset", "set", "--ignore-not-found", "-o", `jsonpath=${path}`);
    const replicas = () => status("{.spec.replicas}");

    beforeEach(async () => {
        wanted = { replicas: 3, image: "none:1", size: "1Gi", annotations: {}, updateStrategy: {} };
        stack = await TestStack.create(program);
    });
    afterEach(async () => {
        const destroyed = await stack.destroy();
        assert.ok(destroyed.ok, destroyed.text);
        stack.remove();
        await kubectl("delete", "pods,persistentvolumeclaims", "--all", "--now");
    });
    const start = async () => {
        const up = await whileReady(stack.up());
        assert.ok(up.ok, up.text);
        return up;
    };

    it("waits until all pods are ready, with progress; afterwards nothing changes, and claims outlive it", async () => {
        const running = stack.up();
        await makeReady(2);
        await waitFor("two ready replicas", async () => (await status("{.status.readyReplicas}")) === "2");
        // For a look of the plugin's.
        await sleep(2000);
        await makeReady(1);
        const up = await running;
        assert.ok(up.ok, up.text);
        const progress = "[1/2] Waiting for StatefulSet to create Pods (2/3 Pods ready)";
        const message = up.messages.find((one) => one.text.includes(progress));
        assert.ok(message?.ephemeral, up.text);
        assert.deepEqual((await stack.up()).changes, { same: 2 });
        const refreshed = await stack.refresh();
        assert.deepEqual(refreshed.changes, { same: 2 }, refreshed.text);
        assert.ok((await stack.destroy()).ok);
        assert.equal(await podUids(), "");
        assert.match(await kubectl("get", "pvc", "-o", "name"), /data-set-0/);
    });

    it("gives up after pulumi.com/timeoutSeconds and says why, and the state keeps the object", async () => {
        wanted.annotations = { "pulumi.com/timeoutSeconds": "15" };
        const running = stack.up();
        await makeReady(1);
        const up = await running;
        assert.ok(!up.ok);
        assert.match(up.text, /'set' timed out waiting to be Ready/);
        assert.match(up.text, /1 out of 3 replicas succeeded readiness checks/);
        assert.match(up.text, /\[Pod .*set-[012]\]: /);
        const again = await start();
        assert.deepEqual(operations(again, STATEFUL_SET), ["update"]);
    });

    it("does not wait with pulumi.com/skipAwait", async () => {
        wanted.annotations = { "pulumi.com/skipAwait": "true" };
        const up = await stack.up();
        assert.ok(up.ok, up.text);
    });

    it("waits for what pulumi.com/waitFor names instead, and refuses what it cannot wait for", async () => {
        wanted.annotations = { "pulumi.com/waitFor": "jsonpath={.status.observedGeneration}" };
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        assert.match(await status("{.status.readyReplicas}"), /^0?$/);
        assert.deepEqual((await stack.refresh()).changes, { same: 2 });
        wanted.annotations = {
            "pulumi.com/waitFor": "jsonpath={.status.readyReplicas}=3",
            "pulumi.com/timeoutSeconds": "2",
        };
        const late = await stack.up();
        assert.ok(!late.ok);
        assert.match(late.text, /jsonpath=\{\.status\.readyReplicas\}=3 is not fulfilled/);
        await start();
        wanted.annotations = { "pulumi.com/waitFor": "jsonpath={.status.conditions[0]}" };
        const refused = await stack.preview();
        assert.match(refused.text, /does not support pulumi\.com\/waitFor: jsonpath=\{\.status\.conditions\[0\]\}/);
    });

    it("does not see a scale by kubectl without refresh, and fails on the conflict with it", async () => {
        await start();
        await kubectl("scale", "statefulset", "set", "--replicas=2");
        assert.deepEqual((await stack.up()).changes, { same: 2 });
        const failed = await whileReady(stack.up({ refresh: true }));
        assert.ok(!failed.ok);
        assert.match(failed.text, /server-side apply field conflict/i);
        assert.match(failed.text, /conflict with "kubectl" with subresource "scale"[^]*\.spec\.replicas/);
        assert.equal(await replicas(), "2");
        wanted.annotations = { "pulumi.com/patchForce": "true" };
        const forced = await whileReady(stack.up());
        assert.ok(forced.ok, forced.text);
        assert.equal(await replicas(), "3");
    });

    it("has updated what came before it when it fails on a conflict; leaves it alone when a Secret is replaced", async () => {
        wanted.beside = { secret: "old", budget: 1 };
        await start();
        await kubectl("scale", "statefulset", "set", "--replicas=2");
        wanted.beside = { secret: "old", budget: 2 };
        wanted.replicas = 4;
        const failed = await whileReady(stack.up());
        assert.ok(!failed.ok);
        assert.match(failed.text, /server-side apply field conflict/i);
        assert.equal(await replicas(), "2");
        assert.equal(await kubectl("get", "pdb", "budget", "-o", "jsonpath={.spec.maxUnavailable}"), "2");

        wanted.replicas = 3;
        wanted.annotations = { "pulumi.com/patchForce": "true" };
        await start();
        wanted.beside = { secret: "new", budget: 2 };
        const replaced = await stack.up();
        assert.ok(replaced.ok, replaced.text);
        assert.deepEqual(operations(replaced, "kubernetes:core/v1:Secret"), REPLACED);
        assert.deepEqual(operations(replaced, STATEFUL_SET), ["same"]);
    });

    it("shows a scale by kubectl as a difference of spec.replicas in refresh", async () => {
        await start();
        await kubectl("scale", "statefulset", "set", "--replicas=4");
        const refreshed = await whileReady(stack.refresh());
        assert.equal(refreshed.changes["update"], 1, refreshed.text);
        const preview = await stack.preview();
        const step = preview.steps.find((one) => one.type === STATEFUL_SET);
        assert.deepEqual(step?.diff, { "spec.replicas": "update" }, preview.text);
    });

    it("replaces the set when a claim template changes; its pods stay with the policy orphan", async () => {
        wanted.annotations = { "pulumi.com/deletionPropagationPolicy": "orphan" };
        await start();
        const before = await podUids();
        wanted.size = "2Gi";
        const preview = await stack.preview();
        const reasons = preview.steps.find((one) => one.op === "replace")?.diff ?? {};
        assert.ok(
            Object.keys(reasons).every((at) => at.startsWith("spec.volumeClaimTemplates")),
            JSON.stringify(reasons),
        );
        const up = await whileReady(stack.up());
        assert.ok(up.ok, up.text);
        assert.deepEqual(operations(up, STATEFUL_SET), REPLACED);
        assert.equal(await podUids(), before);
        const sizes = await kubectl("get", "pvc", "-o", "jsonpath={.items[*].spec.resources.requests.storage}");
        assert.equal(sizes, "1Gi 1Gi 1Gi", "the claims that are there keep their size");
        assert.ok((await stack.destroy()).ok);
        assert.equal(await podUids(), before, "the policy orphan also holds for destroy");
    });

    it("replaces the set and its pods without that policy", async () => {
        await start();
        const before = await podUids();
        wanted.size = "2Gi";
        const up = await whileReady(stack.up());
        assert.deepEqual(operations(up, STATEFUL_SET), REPLACED);
        assert.notEqual(await podUids(), before);
    });

    it("waits for more than a rolling update's partition lets happen", async () => {
        await start();
        wanted.image = "none:2";
        wanted.annotations = { "pulumi.com/timeoutSeconds": "8" };
        wanted.updateStrategy = { type: "RollingUpdate", rollingUpdate: { partition: 2 } };
        const up = await whileReady(stack.up());
        assert.ok(!up.ok, `${up.text}\n${await status("{.metadata.generation} {.status}")}`);
        assert.match(up.text, /timed out waiting to be Ready/);
    });

    it("waits for a rolling update to be done", async () => {
        await start();
        const before = (await podUids()).split(" ");
        wanted.image = "none:2";
        const up = await whileReady(stack.up());
        assert.ok(up.ok, up.text);
        assert.ok((await podUids()).split(" ").every((uid) => !before.includes(uid)));
        assert.match(up.text, /\[1\/3\] Waiting for StatefulSet update to roll out/);
    });

    it("succeeds at once with the strategy OnDelete, and the pods keep the old revision", async () => {
        wanted.updateStrategy = { type: "OnDelete" };
        await start();
        const before = await podUids();
        wanted.image = "none:2";
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        assert.equal(await podUids(), before);
    });
});
