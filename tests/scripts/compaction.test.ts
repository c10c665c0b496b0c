// etcd takes what the program says about history from the variables that the pod template has, and compacts by itself.
import assert from "assert";

import { etcdContainer } from "../../components/etcd-cluster/manifests/containers";
import { resolve } from "../../components/etcd-cluster/options";
import { base64, call, decode, login, put, type KeyValue } from "../support/scripts-client";
import { Cluster } from "../support/scripts-cluster";
import type { FakePod } from "../support/scripts-pod";

const KEY = "history";

/** What the pod template has for etcd itself. */
const variables = (autoCompaction: string) =>
    Object.fromEntries(
        (etcdContainer(resolve({ autoCompaction }), "token").env as { name: string; value?: string }[])
            .filter(({ name }) => name.startsWith("ETCD_"))
            .map(({ name, value }) => [name, value!]),
    );

/** What etcd says of it when it starts, each time that it has. */
const taken = ({ log }: FakePod) =>
    [...log.matchAll(/"auto-compaction-mode":"(\w*)","auto-compaction-retention":"(\w*)"/g)].map(([, ...said]) => said);

describe("history", () => {
    it("is compacted by etcd itself, after the time that the program gives it", () =>
        Cluster.with({ replicas: 1, env: variables("1h") }, async (cluster) => {
            const [pod] = cluster.pods as [FakePod];
            await cluster.createPods();
            await cluster.allReady();
            // etcd runs for a moment more while the cluster forms.
            assert.ok(taken(pod).length > 0, "etcd said nothing of it");
            taken(pod).forEach((said) => assert.deepEqual(said, ["periodic", "1h0m0s"]));

            // Nobody waits for five minutes here, the least that the program takes; it is the same etcd, told the same way.
            pod.spec.env.ETCD_AUTO_COMPACTION_RETENTION = "5s";
            await pod.delete();
            await pod.create();
            await cluster.allReady();
            assert.deepEqual(taken(pod).pop(), ["periodic", "5s"]);
            const token = await login(pod.clientUrl, cluster.password);
            const read = async (revision?: string) => {
                const { kvs, header } = await call(pod.clientUrl, "kv/range", { key: base64(KEY), revision }, token);
                return { values: (kvs as KeyValue[]).map(({ value }) => decode(value)), header };
            };
            await put(pod.clientUrl, KEY, "before", token);
            const { revision } = (await read()).header as { revision: string };
            await put(pod.clientUrl, KEY, "after", token);
            const isGone = () =>
                read(revision).then(
                    ({ values }) => assert.deepEqual(values, ["before"]),
                    (error: Error) =>
                        /required revision has been compacted/.test(error.message) || Promise.reject(error),
                );
            await cluster.waitFor("the older revision to be compacted", async () => (await isGone()) === true, 120);
            assert.deepEqual((await read()).values, ["after"]);
        }));

    it("is kept for ever where the program says so", () =>
        Cluster.with({ replicas: 1, env: variables("off") }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            assert.deepEqual(taken(cluster.pods[0]!).pop()?.[1], "0s");
        }));
});
