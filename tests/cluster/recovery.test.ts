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

describe("recovery by hand", () => {
    it("leaves the marker what it is, asked for and taken back, and with labels of its own", async () => {
        await EtcdStack.with({ replicas: 1 }, async (stack) => {
            await stack.upped();
            const view = await EtcdView.of(stack);
            const identity = await view.clusterId();
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
            await view.settled(1);

            const [, put] = runbook("From a snapshot") as [string, string];
            const folder = fs.mkdtempSync(path.join(os.tmpdir(), "snapshot-"));
            try {
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
