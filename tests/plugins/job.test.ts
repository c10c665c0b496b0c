// The stand-in Kubernetes plugin on Jobs: what it waits for, how a failure is told, and when a Job is made again. Each
// test is one behaviour that the official plugin's sources show.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@pulumi/kubernetes";
import { kubectlWith } from "../support/cluster-kubectl";
import { operations, type Outcome, TestStack } from "../support/engine";
import { waitFor } from "../support/scripts-wait";
import { kubectl, withNamespace } from "./namespace";
import { endNext, makeReady, NO_SCHEDULER } from "./pods";

const JOB = "kubernetes:batch/v1:Job";
const REPLACED = ["delete-replaced", "replace", "create-replacement"];
const UNREADY = '.metadata.annotations["pulumi.com/replaceUnready"]';

describe("stand-in Kubernetes plugin: Jobs", function () {
    this.timeout(180_000);
    const namespace = withNamespace();
    let stack: TestStack;
    let annotations: Record<string, string>;
    let name: string | undefined;
    let image: string;
    let spec: Partial<k8s.types.input.batch.v1.JobSpec>;
    let selectors: unknown[];

    const program = () => {
        const container = { name: "main", image, resources: { requests: { cpu: "0.1", memory: "1024Mi" } } };
        const pod = { schedulerName: NO_SCHEDULER, restartPolicy: "Never", containers: [container] };
        const job = new k8s.batch.v1.Job("job", {
            metadata: { name, namespace: namespace(), annotations },
            spec: { backoffLimit: 0, template: { metadata: { labels: { app: "job" } }, spec: pod }, ...spec },
        });
        job.spec.selector.apply((selector) => selectors.push(selector));
        return { succeeded: job.status.succeeded };
    };

    const uid = () => kubectl("get", "job", "job", "-o", "jsonpath={.metadata.uid}");
    const pods = () => kubectl("get", "pods", "-o", "name");

    beforeEach(async () => {
        [annotations, name, image, spec, selectors] = [{}, "job", "none:1", {}, []];
        stack = await TestStack.create(program);
    });
    afterEach(async () => {
        const destroyed = await stack.destroy();
        assert.ok(destroyed.ok, destroyed.text);
        stack.remove();
    });
    const endingWith = async (exitCode: number, lastWords?: string): Promise<Outcome> => {
        const running = stack.up();
        await endNext(exitCode, lastWords);
        return running;
    };
    /** Waits until the Job has counted one such pod, and gives the plugin the time for a look at it. */
    const counted = async (which: "active" | "failed") => {
        const count = () => kubectl("get", "job", "job", "--ignore-not-found", "-o", `jsonpath={.status.${which}}`);
        await waitFor(`a pod to be ${which}`, async () => (await count()) === "1");
        await sleep(2000);
    };
    const unchanged = async () => {
        for (const outcome of [await stack.up(), await stack.refresh(), await stack.up()]) {
            assert.deepEqual(outcome.changes, { same: 2 }, outcome.text);
        }
    };
    const initErrors = async () => {
        const job = JSON.parse(stack.stateFile()).checkpoint.latest.resources.find(
            (resource: { type: string }) => resource.type === JOB,
        );
        return (job.initErrors ?? []).join("\n");
    };

    it("waits until the Job is complete, with progress; afterwards nothing changes", async () => {
        const running = stack.up();
        await counted("active");
        await endNext(0);
        const up = await running;
        assert.ok(up.ok, up.text);
        assert.equal(up.outputs["succeeded"]?.value, 1);
        const progress = `Waiting for Job "${namespace()}/job" to succeed (Active: 1 | Succeeded: 0 | Failed: 0)`;
        assert.ok(up.messages.find((one) => one.text.includes(progress))?.ephemeral, up.text);
        await unchanged();
    });

    it("shows what Warnings say of the Job while it waits, the same text once, and neither other events nor those of others", async () => {
        const running = stack.up();
        await counted("active");
        const made = await uid();
        const event = async (name: string, type: string, message: string, about = made) => {
            const metadata = { name, namespace: namespace() };
            const involvedObject = { kind: "Job", name: "job", namespace: namespace(), uid: about };
            const body = {
                apiVersion: "v1",
                kind: "Event",
                metadata,
                involvedObject,
                type,
                reason: "Waiting",
                message,
            };
            await kubectlWith(JSON.stringify(body), "apply", "-f", "-");
        };
        await event("normal", "Normal", "nothing to see");
        await event("other", "Warning", "another one", "of-before");
        await event("own", "Warning", "for 12 s");
        await sleep(5000);
        await event("own", "Warning", "for 42 s");
        await sleep(5000);
        await endNext(0);
        const up = await running;
        assert.ok(up.ok, up.text);
        const shown = up.messages.filter(({ text, ephemeral }) => ephemeral && text.startsWith("Waiting: "));
        assert.deepEqual(
            shown.map(({ severity, text }) => `${severity} ${text.trim()}`),
            ["warning Waiting: for 12 s", "warning Waiting: for 42 s"],
            up.text,
        );
    });

    it("previews the Job without the uid that its selector will have", async () => {
        const preview = await stack.preview();
        assert.ok(preview.ok, preview.text);
        assert.deepEqual([preview.changes["create"], selectors], [2, []]);
    });

    it("fails as soon as the Job has failed, and says why; the state keeps it, and the next up does not run it again", async () => {
        const failed = await endingWith(1, "no quorum\n");
        assert.ok(!failed.ok);
        const made = await uid();
        for (const outcome of [failed, await stack.up()]) {
            assert.match(outcome.text, /Resource 'job' was created but failed to initialize/);
            assert.match(outcome.text, /\[Pod .*job-.*\]: \[Error\] no quorum\n\t\*/);
            assert.match(outcome.text, /\[BackoffLimitExceeded\] Job has reached the specified backoff limit/);
            assert.ok(!/PodFailed|timed out/.test(outcome.text), outcome.text);
        }
        const again = await stack.up();
        assert.ok(!again.ok);
        assert.deepEqual(operations(again, JOB), ["update"]);
        assert.equal(await uid(), made);
        assert.match(await initErrors(), /BackoffLimitExceeded/);
        const refreshed = await stack.refresh();
        assert.ok(refreshed.ok, refreshed.text);
        assert.match(refreshed.text, /BackoffLimitExceeded/);
        assert.match(await initErrors(), /no quorum[^]*BackoffLimitExceeded/);
    });

    it("keeps the last words of pods that are gone when it gives up after pulumi.com/timeoutSeconds", async () => {
        annotations = { "pulumi.com/timeoutSeconds": "20" };
        spec = { backoffLimit: 5 };
        const running = stack.up();
        await endNext(1, "gone already");
        await counted("failed");
        await kubectl("delete", "pods", "--all");
        const up = await running;
        assert.ok(!up.ok);
        assert.match(up.text, /'job' timed out waiting to be Ready/);
        assert.match(up.text, /\[Error\] gone already/);
        const later = await endingWith(0);
        assert.ok(later.ok, later.text);
        assert.deepEqual(operations(later, JOB), ["update"]);
        assert.equal(await initErrors(), "");
    });

    it("waits on when the Job failed for a reason other than its limits, as its pod failure policy has", async () => {
        annotations = { "pulumi.com/timeoutSeconds": "20" };
        const onExitCodes = { operator: "In", values: [42] };
        spec = { podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes }] } };
        const up = await endingWith(42);
        assert.ok(!up.ok);
        assert.match(up.text, /'job' timed out waiting to be Ready/);
        assert.match(up.text, /container "main" completed with exit code 42/);
        assert.match(await kubectl("get", "job", "job", "-o", "jsonpath={.status.conditions}"), /PodFailurePolicy/);
    });

    it("does not wait with pulumi.com/skipAwait, neither in a refresh", async () => {
        annotations = { "pulumi.com/skipAwait": "true" };
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        await unchanged();
    });

    it("replaces a failed Job with pulumi.com/replaceUnready, until it has succeeded", async () => {
        annotations = { "pulumi.com/replaceUnready": "true" };
        const failed = await endingWith(1);
        assert.ok(!failed.ok);
        const first = await uid();
        const preview = await stack.preview();
        assert.deepEqual(operations(preview, JOB), REPLACED, preview.text);
        const step = preview.steps.find((one) => one.op === "replace");
        assert.deepEqual([step?.keys, step?.diff], [[UNREADY], {}]);
        assert.ok((await stack.refresh()).ok);
        assert.equal(await uid(), first);
        const up = await endingWith(0);
        assert.ok(up.ok, up.text);
        assert.deepEqual(operations(up, JOB), REPLACED);
        assert.notEqual(await uid(), first);
        await unchanged();
    });

    it("takes a Job that still runs for unready too, but not one that is gone", async () => {
        annotations = { "pulumi.com/replaceUnready": "true", "pulumi.com/timeoutSeconds": "20" };
        const running = stack.up();
        await makeReady(1);
        const late = await running;
        assert.match(late.text, /'job' timed out waiting to be Ready/);
        const first = await uid();
        const up = await endingWith(0);
        assert.ok(up.ok, up.text);
        assert.deepEqual(operations(up, JOB), REPLACED);
        assert.notEqual(await uid(), first);
        await kubectl("delete", "job", "job");
        assert.deepEqual((await stack.preview()).changes, { same: 2 });
    });

    it("replaces the Job for changes of its pods, completions, parallelism and selector; updates it for others", async () => {
        assert.ok((await endingWith(0)).ok);
        const changed = async (change: typeof spec) => {
            spec = change;
            const preview = await stack.preview();
            return { steps: operations(preview, JOB), keys: preview.steps.find((one) => one.op === "replace")?.keys };
        };
        const selector = { matchLabels: { app: "job" } };
        assert.deepEqual(await changed({ completions: 2 }), { steps: REPLACED, keys: ["spec.completions"] });
        assert.deepEqual(await changed({ parallelism: 2 }), { steps: REPLACED, keys: ["spec.parallelism"] });
        assert.deepEqual(await changed({ selector }), { steps: REPLACED, keys: ["spec.selector"] });
        assert.deepEqual(await changed({ backoffLimit: 1 }), { steps: ["update"], keys: undefined });
        const first = await uid();
        assert.deepEqual(operations(await stack.up(), JOB), ["update"]);
        assert.equal(await uid(), first);
        image = "none:2";
        const up = await endingWith(0);
        assert.ok(up.ok, up.text);
        assert.deepEqual(operations(up, JOB), REPLACED);
        assert.deepEqual(up.steps.find((one) => one.op === "replace")?.keys, [
            "spec.template.spec.containers[0].image",
        ]);
        assert.notEqual(await uid(), first);
        await unchanged();
    });

    it("makes the successor of a Job that has no name before it removes it", async () => {
        annotations = { "pulumi.com/skipAwait": "true" };
        name = undefined;
        assert.ok((await stack.up()).ok);
        image = "none:2";
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        assert.deepEqual(operations(up, JOB), ["create-replacement", "replace", "delete-replaced"]);
    });

    it("is gone with its pods only", async () => {
        assert.ok((await endingWith(0)).ok);
        const [pod = ""] = (await pods()).split("\n");
        await kubectl("patch", pod, "-p", '{"metadata":{"finalizers":["example.com/held"]}}');
        let destroyed = false;
        const destroying = stack.destroy().finally(() => (destroyed = true));
        while (!(await kubectl("get", "job", "job", "-o", "jsonpath={.metadata.deletionTimestamp}"))) {
            await sleep(200);
        }
        await sleep(2000);
        assert.ok(!destroyed && (await pods()) === pod);
        await kubectl("patch", pod, "--type=json", "-p", '[{"op":"remove","path":"/metadata/finalizers"}]');
        assert.ok((await destroying).ok);
        assert.equal(await pods(), "");
    });

    it("warns of pulumi.com/replaceUnready on anything else", async () => {
        annotations = { "pulumi.com/replaceUnready": "true" };
        stack.program = () => {
            const metadata = { name: "map", namespace: namespace(), annotations };
            new k8s.core.v1.ConfigMap("map", { metadata, data: { a: "1" } });
        };
        assert.ok((await stack.up()).ok);
        const again = await stack.up();
        assert.deepEqual(again.changes, { same: 2 });
        const warning = again.messages.find((one) => one.text.includes("replaceUnready annotation is not supported"));
        assert.equal(warning?.severity, "warning");
    });
});
