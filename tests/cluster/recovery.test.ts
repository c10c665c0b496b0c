// A recovery as docs/operations.md tells it: what it leaves in the marker, which is the pods', and how a snapshot gets onto a volume.
import assert from "assert";
import { createHash, randomBytes } from "crypto";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { EtcdView } from "../support/cluster-etcd";
import { changed, EtcdStack } from "../support/cluster-stack";
import { runbook, typedIn } from "../support/runbook";

/** As large as a snapshot of which earlier lines of the runbook brought one hundredth. */
const BYTES = 24_600_000;
const TRIES = 5;

interface Recorded {
    type: string;
    inputs: Record<string, unknown>;
    outputs: { __inputs: Record<string, unknown>; metadata: { name: string } };
}

/** Makes the stack's state the one of a version before; what the plugin does with that: tests/plugins/ignored-data.test.ts. */
async function spoil(stack: EtcdStack, initialClusterSize: string, live: object): Promise<void> {
    const state = JSON.parse(await stack.exported()) as { deployment: { resources: Recorded[] } };
    const { resources } = state.deployment;
    const component = resources.find(({ type }) => type === "etcd:index:EtcdCluster")!;
    assert.ok(component.inputs.marker);
    delete component.inputs.marker;
    const marker = resources.find(({ outputs }) => outputs?.metadata?.name === `${stack.name}-formation`)!;
    marker.inputs.data = { initialClusterSize };
    marker.outputs.__inputs.data = live;
    await stack.imported(JSON.stringify(state));
}

describe("recovery by hand", () => {
    it("leaves the marker what it is, asked for and taken back, and with labels of its own", async () => {
        await EtcdStack.with({ replicas: 1 }, async (stack) => {
            await stack.upped();
            const view = await EtcdView.of(stack);
            const identity = BigInt(await view.clusterId()).toString(16);
            const marker = async () => {
                const json = await stack.kubectl("get", "configmap", `${stack.name}-formation`, "-o", "json");
                const { metadata, data } = JSON.parse(json);
                return { uid: metadata.uid, data };
            };
            const before = await marker();
            assert.equal(before.data.formed, identity);

            await stack.configure({ recoverFrom: 0 });
            const asked = await stack.up();
            assert.equal(asked.ok, false);
            assert.match(asked.text, /refused to recover from ordinal 0: the cluster has a quorum/);
            const refused = await marker();
            assert.match(refused.data["recovery-refused"], /^0 \w+$/);
            assert.deepEqual(refused, {
                ...before,
                data: { ...before.data, "recovery-refused": refused.data["recovery-refused"] },
            });
            await stack.unset("recoverFrom");
            for (const outcome of [await stack.upped(), await stack.upped("--refresh"), await stack.refresh()]) {
                assert.ok(outcome.ok, outcome.text);
                assert.deepEqual(await marker(), refused, outcome.text);
            }
            await stack.kubectl("label", "configmap", `${stack.name}-formation`, "team=platform");
            assert.deepEqual(changed(await stack.upped("--refresh")), {});
            assert.deepEqual(await marker(), refused);

            // As a version of before left it: Pulumi made the marker with data, and an update recorded what pods had written.
            await spoil(stack, before.data.initialClusterSize, refused.data);
            const healed = await stack.upped();
            assert.deepEqual(changed(healed), { update: 1 }, healed.text);
            assert.deepEqual(await marker(), refused);
            for (const outcome of [await stack.upped(), await stack.upped("--refresh")]) {
                assert.deepEqual(changed(outcome), {}, outcome.text);
                assert.deepEqual(await marker(), refused);
            }
            await view.settled(1);

            const [, take, put] = runbook("From a snapshot") as [string, string, string];
            const folder = fs.mkdtempSync(path.join(os.tmpdir(), "snapshot-"));
            try {
                assert.match(await typedIn(folder, stack, take), /^complete$/m);
                const content = randomBytes(BYTES);
                fs.writeFileSync(path.join(folder, "snapshot.db"), content);
                const file = ["/toolbox/sha256sum", "/var/run/etcd/snapshot.db"];
                for (let i = 0; i < TRIES; i++) {
                    assert.match(await typedIn(folder, stack, put), /^complete$/m);
                    const there = await stack.kubectl("exec", `${stack.name}-0`, "-c", "etcd", "--", ...file);
                    assert.equal(there.split(" ")[0], createHash("sha256").update(content).digest("hex"));
                }
            } finally {
                fs.rmSync(folder, { recursive: true });
            }
        });
    });
});
