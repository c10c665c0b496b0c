// The password is where it must be and nowhere else: with characters that every kind of quoting gets wrong, watched all through
// up, scale and down.
import assert from "assert";

import { EtcdView } from "../support/cluster-etcd";
import { EtcdStack } from "../support/cluster-stack";
import { EVERY_SHAPE, PLATFORM_UID } from "../support/every-shape";
import { call, login, put } from "../support/scripts-client";
import { firstUp } from "../support/first-up";
import { LeakWatch } from "../support/scripts-leaks";
import { inStrictNamespace, refusedIn } from "../support/strict-namespace";

const PASSWORD = `a$HOME:b'c"d%20 e\\f ` + "`id`g";

describe("the root password", () => {
    it("opens the cluster and shows nowhere, also where a strict namespace makes every pod and object fit in", async () => {
        const watch = new LeakWatch();
        try {
            watch.forbid(PASSWORD);
            await inStrictStack(async (stack) => {
                await stack.configureSecret("rootPassword", PASSWORD);
                const difference = await stack.preview("--diff");
                assert.match(difference.text, /data *: \[secret\]/);
                const shown = [difference.text, (await stack.upped()).text];
                const view = await EtcdView.of(stack);
                await view.settled(1);
                assert.equal(view.password, PASSWORD);
                await opens(view);
                await isShaped(stack);
                await stack.configure({ replicas: 2 });
                shown.push((await stack.upped()).text);
                await view.settled(2);
                const leaver = await stack.follow(1);
                await stack.configure({ replicas: 1 });
                shown.push((await stack.upped()).text, (await stack.refresh()).text);
                await view.settled(1);
                const left = await leaver();
                assert.match(left, /left the cluster/);
                shown.push(left, ...(await everything(stack)));
                shown.forEach((text, index) => watch.checkText(`text ${index}`, text));
                const secret = `${stack.name}-root-password`;
                const encoded = await stack.kubectl("get", "secret", secret, "-o", "jsonpath={.data.password}");
                assert.equal(Buffer.from(encoded, "base64").toString(), PASSWORD);
                assert.throws(() => watch.checkText("a Secret", encoded), /the password is in a Secret/);
                assert.equal(await refusedIn(stack.namespace), "");
                shown.length = 0;
                const destroyed = await stack.destroy();
                watch.checkText("destroy", destroyed.text);
            });
            assert.deepEqual(await watch.take(), []);
        } finally {
            await watch.stop();
        }
    });

    it("is generated: long, the only way in, and shows nowhere", async () => {
        const watch = new LeakWatch();
        try {
            await EtcdStack.with({ replicas: 2, tls: "off" }, async (stack) => {
                const { view, text } = await firstUp(stack, 2, "http:");
                assert.match(view.password, /^[A-Za-z0-9]{32}$/);
                watch.forbid(view.password);
                await opens(view);
                await assert.rejects(login(view.endpoint, `${view.password}x`), /invalid|authentication failed/);
                await stack.configure({ replicas: 3 });
                const difference = await stack.preview("--diff", "--show-sames");
                assert.match(difference.text, /replicas: 2 => 3/);
                await rotates(stack, view, watch);
                const shown = [text, difference.text, ...(await everything(stack))];
                shown.forEach((each, index) => watch.checkText(`text ${index}`, each));
            });
            assert.deepEqual(await watch.take(), []);
        } finally {
            await watch.stop();
        }
    });
});

/** A stack with every setting of the pods' shape, in a namespace that takes nothing else. */
const inStrictStack = (work: (stack: EtcdStack) => Promise<void>) =>
    EtcdStack.with({ replicas: 1 }, async (stack) => {
        await stack.configureAll(EVERY_SHAPE);
        await inStrictNamespace(stack.namespace, () => work(stack));
    });

/** What the settings come to in a pod that runs; that it runs at all in such a namespace says the rest. */
async function isShaped(stack: EtcdStack): Promise<void> {
    const pod = `${stack.name}-0`;
    const { metadata, spec } = JSON.parse(await stack.kubectl("get", "pod", pod, "-o", "json")) as Shaped;
    const wanted = { ...EVERY_SHAPE.podLabels, ...EVERY_SHAPE.commonLabels, app: "etcd" };
    assert.deepEqual({ ...metadata.labels, ...wanted }, metadata.labels);
    assert.equal(spec.priorityClassName, EVERY_SHAPE.priorityClassName);
    assert.ok(spec.tolerations.some(({ key }) => key === "dedicated"));
    const user = await stack.kubectl("exec", pod, "-c", "etcd", "--", "/toolbox/id", "-u");
    assert.equal(user, String(PLATFORM_UID));
    // etcd took the flags, and what it logs beside that is of their level.
    const log = await stack.kubectl("logs", pod, "-c", "etcd");
    const lines = log.split("\n").filter((line) => line.includes('"level":"info"'));
    const taken = lines.filter((line) => line.includes("recognized and used environment variable"));
    assert.ok(taken.some((line) => line.includes("ETCD_HEARTBEAT_INTERVAL")));
    assert.deepEqual(lines, taken);
    const host = await stack.kubectl("exec", pod, "-c", "etcd", "--", "/toolbox/cat", "/etc/hosts");
    assert.match(host, /192\.0\.2\.1\s+license\.example\.org/);
}

interface Shaped {
    metadata: { labels: Record<string, string> };
    spec: { priorityClassName: string; tolerations: { key: string }[] };
}

/** Another password instead of the generated one: refused at first, then etcd and the Secret have it when `pulumi up` ends. */
async function rotates(stack: EtcdStack, before: EtcdView, watch: LeakWatch): Promise<void> {
    const password = "a$HOME:new'\"%20\\password";
    watch.forbid(password);
    const identity = "jsonpath={.metadata.uid} {.status.containerStatuses[*].restartCount}";
    const pod = () => stack.kubectl("get", "pod", `${stack.name}-0`, "-o", identity);
    const started = await pod();
    await stack.configureSecret("rootPassword", password);
    const refused = await stack.preview();
    assert.match(refused.text, /rootPassword cannot be changed: [^]*set previousRootPassword/);
    await stack.configureSecret("previousRootPassword", before.password);
    const { text } = await stack.upped();
    watch.checkText("up", text);
    const view = await EtcdView.of(stack);
    assert.equal(view.password, password);
    await opens(view);
    await assert.rejects(login(view.endpoint, before.password), /authentication failed/);
    await view.settled(3);
    assert.equal(await pod(), started, "the member was restarted");
}

/** All that tells of a running cluster: logs, objects, events, and the state of the stack. */
async function everything(stack: EtcdStack): Promise<string[]> {
    return [
        await stack.kubectl("logs", "--selector", "app=etcd", "--all-containers", "--tail=-1"),
        await stack.kubectl("describe", "all,configmap,secret,serviceaccount,role,pdb,pvc"),
        await stack.kubectl("get", "configmap,pod,statefulset,events", "-o", "yaml"),
        await stack.exported(),
    ];
}

/** Reads and writes with the password, and neither without. */
async function opens(view: EtcdView): Promise<void> {
    const token = await login(view.endpoint, view.password);
    await put(view.endpoint, "greeting", "hello", token);
    await assert.rejects(put(view.endpoint, "greeting", "anonymous"), /user name is empty/);
    await assert.rejects(call(view.endpoint, "kv/range", { key: "Z3JlZXRpbmc=" }), /user name is empty/);
}
