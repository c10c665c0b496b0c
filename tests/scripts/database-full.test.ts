// etcd takes the quota from the variable that the program sets, and docs/operations.md knows the way out of a full database, with
// TLS and without. On Kubernetes, under load: cases 19 and 19b of the fault matrix.
import assert from "assert";

import { etcdContainer } from "../../components/etcd-cluster/manifests/containers";
import { resolve } from "../../components/etcd-cluster/options";
import { runbook } from "../support/runbook";
import { login, put, readPrefix } from "../support/scripts-client";
import { Cluster } from "../support/scripts-cluster";
import type { FakePod } from "../support/scripts-pod";

const NO_SPACE = /429 etcdserver: mvcc: database space exceeded/;
const VALUE = "x".repeat(500_000);

/** As the pod template has it. */
const env = Object.fromEntries(
    (etcdContainer(resolve({ quotaBackendBytes: "16Mi" }), "token").env as { name: string; value?: string }[])
        .filter(({ name }) => name.startsWith("ETCD_"))
        .map(({ name, value }) => [name, value!]),
);

/** The document's etcdctl_in: what it has `kubectl exec` run in the pod, and then the arguments. */
async function etcdctlIn(pod: FakePod, ...args: string[]): Promise<string> {
    const [, command] = /-- (.*) "\$@"$/m.exec(runbook("The database is full")[0]!)!;
    const { code, output } = await pod.exec([...command!.split(" "), ...args], 60);
    assert.equal(code, 0, output);
    return output;
}

describe("a database at its quota", () => {
    for (const tls of [false, true]) {
        it(`refuses writes and nothing else, until the document is followed, ${tls ? "with" : "without"} TLS`, () =>
            Cluster.with({ replicas: 2, tls, env }, async (cluster) => {
                await cluster.createPods();
                await cluster.allReady();
                const [first] = cluster.pods as [FakePod, FakePod];
                const url = first.clientUrl;
                const token = await login(url, cluster.password);
                const refused = () =>
                    put(url, "full", VALUE, token).then(
                        () => false,
                        (error: Error) => NO_SPACE.test(error.message),
                    );
                await cluster.waitFor("a write to be refused", refused, 180);
                for (const pod of cluster.pods) {
                    assert.match(await etcdctlIn(pod, "alarm", "list"), /alarm:NOSPACE/);
                    assert.equal((await pod.ready()).code, 0);
                    assert.equal((await pod.live()).code, 0);
                    await assert.rejects(put(pod.clientUrl, "other", "value", token), NO_SPACE);
                    assert.equal((await readPrefix(pod.clientUrl, "full", token)).get("full"), VALUE);
                }
                // No probe shows it; the table does, with the ID that etcdctl prints in another form.
                const table = (await first.members()).output;
                assert.match(table, / NOSPACE$/m);
                assert.match(table, /^alarm NOSPACE: .* refuse writes/m);
                // One that starts meanwhile becomes Ready, and the alarm is what it was.
                await first.delete();
                await first.create();
                await cluster.allReady();
                await assert.rejects(put(url, "other", "value", await login(url, cluster.password)), NO_SPACE);

                const status = await etcdctlIn(first, "endpoint", "status", "--cluster", "-w", "json");
                const [, revision] = /"revision":([0-9]*)/.exec(status)!;
                assert.ok((status.match(/alarm:NOSPACE/g) ?? []).length >= 2, status);
                await etcdctlIn(first, "compact", "--physical", "--command-timeout=10m", revision!);
                for (const pod of cluster.pods) {
                    await etcdctlIn(pod, "defrag", "--command-timeout=10m");
                }
                await etcdctlIn(first, "alarm", "disarm");
                assert.doesNotMatch(await etcdctlIn(first, "alarm", "list"), /NOSPACE/);
                assert.doesNotMatch((await first.members()).output, /NOSPACE/);
                for (const pod of cluster.pods) {
                    await put(pod.clientUrl, "full", VALUE, await login(pod.clientUrl, cluster.password));
                }
                assert.ok(cluster.pods.every((pod) => pod.restarts === 0));
            }));
    }
});
