// `pulumi destroy` keeps the volumes; what comes back on them is the old data with a password that works, or a refusal. Never a
// second cluster beside old data.
import assert from "assert";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { EtcdView } from "../support/cluster-etcd";
import { EtcdStack } from "../support/cluster-stack";
import { login, put, readPrefix } from "../support/scripts-client";
import { waitFor } from "../support/scripts-wait";

describe("destroy, and come back", () => {
    it("keeps just the volumes, refuses them under another identity, and revives them under their own", async () => {
        await EtcdStack.with({ replicas: 3 }, async (stack) => {
            await stack.upped();
            const old = await EtcdView.of(stack);
            const members = await old.settled(3);
            const { initialClusterToken } = await stack.outputs();
            await put(old.endpoint, "greeting", "hello", await login(old.endpoint, old.password));

            await destroyed(stack);
            const kept = await stack.kubectl(
                "get",
                "all,configmap,secret,role,rolebinding,pdb,serviceaccount,pvc",
                "-o",
                "name",
            );
            assert.deepEqual(
                kept.split("\n").filter((name) => !/kube-root-ca.crt|serviceaccount\/default/.test(name)),
                [
                    "persistentvolumeclaim/datadir-infra-etcd-cluster-0",
                    "persistentvolumeclaim/datadir-infra-etcd-cluster-1",
                    "persistentvolumeclaim/datadir-infra-etcd-cluster-2",
                ],
            );

            // A new identity, one of the disks lost: nobody starts, and each pod says why.
            await stack.kubectl("delete", "pvc", "datadir-infra-etcd-cluster-2");
            const stranger = stack.up();
            await refusal(stack, 0, /another cluster|another identity/i);
            await refusal(stack, 2, /waiting/i);
            assert.equal(
                await stack.kubectl(
                    "get",
                    "configmap",
                    "infra-etcd-cluster-formation",
                    "-o",
                    "jsonpath={.data.formed}",
                ),
                "",
            );
            await stack.kubectl("delete", "statefulset", "infra-etcd-cluster");
            await stranger;
            await destroyed(stack);

            // The old identity and password: two of three disks are a quorum, the third is made anew.
            await stack.configure({ initialClusterToken: String(initialClusterToken) });
            await stack.configureSecret("rootPassword", old.password);
            await stack.upped();
            const revived = await EtcdView.of(stack);
            const now = await revived.settled(3);
            assert.deepEqual(now.slice(0, 2), members.slice(0, 2));
            assert.notEqual(now[2]!.id, members[2]!.id);
            const token = await login(revived.endpoint, old.password);
            assert.equal((await readPrefix(revived.endpoint, "greeting", token)).get("greeting"), "hello");
            await revived.sameData();

            // All disks and the old identity: the same members go on.
            const cluster = await revived.clusterId();
            await destroyed(stack);
            await stack.upped();
            // By another CA.
            const back = await EtcdView.of(stack);
            assert.deepEqual(await back.settled(3), now);
            assert.equal(await back.clusterId(), cluster);
            const again = await login(back.endpoint, old.password);
            assert.equal((await readPrefix(back.endpoint, "greeting", again)).get("greeting"), "hello");
        });
    });
});

/** `pulumi destroy`, while another cluster is current: it goes to the one that the stack names. */
async function destroyed(stack: EtcdStack): Promise<void> {
    const elsewhere = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "elsewhere-")), "kubeconfig");
    const cluster = { name: "elsewhere", cluster: { server: "https://127.0.0.1:1" } };
    const context = { name: "elsewhere", context: { cluster: "elsewhere", user: "nobody" } };
    const users = [{ name: "nobody", user: {} }];
    const current = { "current-context": "elsewhere", clusters: [cluster], contexts: [context], users };
    fs.writeFileSync(elsewhere, JSON.stringify(current));
    const KUBECONFIG = [elsewhere, process.env.TEST_KUBECONFIG].join(path.delimiter);
    const outcome = await stack.withEnvironment({ KUBECONFIG }).destroy();
    assert.ok(outcome.ok, outcome.text);
}

/** Waits until the pod's readiness probe says that. */
async function refusal(stack: EtcdStack, ordinal: number, reason: RegExp): Promise<void> {
    const pod = `infra-etcd-cluster-${ordinal}`;
    await waitFor(
        `${pod} to say ${String(reason)}`,
        async () => {
            const text = await stack.kubectl("describe", "pod", pod);
            const events = text.slice(text.indexOf("Events:"));
            if (!reason.test(events)) {
                throw new Error(events);
            }
            return true;
        },
        { limit: 300, interval: 1000 },
    );
}
