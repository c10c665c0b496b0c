// What the engine does beside making things: nothing when there is nothing to do, one clear sentence when it cannot, and never a
// deletion that was not asked for.
import assert from "assert";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { changed, EtcdStack } from "../support/cluster-stack";
import { ApiServer } from "../support/scripts-api";
import { onSharedStack } from "../support/shared-stack";

describe("engine behaviour", () => {
    it("finds nothing to do a second time, and refuses what cannot be changed in place", async () => {
        await onSharedStack(async (stack) => {
            for (const outcome of [await stack.up(), await stack.refresh(), await stack.preview()]) {
                assert.ok(outcome.ok, outcome.text);
                assert.deepEqual(changed(outcome), {}, outcome.text);
                assert.equal(outcome.changes.same, 29);
            }
            const uid = () => stack.kubectl("get", "statefulset", stack.name, "-o", "jsonpath={.metadata.uid}");
            const before = await uid();
            const frozen = {
                name: "other",
                namespace: "other",
                storageSize: "2Gi",
                storageClass: "other",
                storageSelector: { a: "b" },
                initialClusterToken: "other",
                version: "3.4.42",
                allowVulnerableVersion: "true",
                tls: "off",
            };
            await stack.configure(frozen);
            await stack.configureSecret("rootPassword", "another password");
            const reasons = [
                /name cannot be changed from "infra-etcd-cluster" to "other"/,
                new RegExp(`namespace cannot be changed from "${stack.namespace}" to "other"`),
                /storageSize cannot be changed from "1Gi" to "2Gi".*PersistentVolumeClaim/,
                /storageClass cannot be changed from the default to "other"/,
                /storageSelector cannot be changed from .* to \{"a":"b"\}/,
                /initialClusterToken cannot be changed from the default to "other"/,
                /version cannot be changed from 3.6.16 to 3.4.42: all members have used the newer minor/,
                /rootPassword cannot be changed: /,
                /tls cannot be changed from "generated" to "off": members with and without it/,
                /nothing was changed/,
            ];
            for (const outcome of [await stack.preview(), await stack.up()]) {
                assert.ok(!outcome.ok, outcome.text);
                reasons.forEach((reason) => assert.match(outcome.text, reason));
                assert.doesNotMatch(outcome.text, /another password/);
            }
            for (const key of [...Object.keys(frozen), "rootPassword"]) {
                await stack.unset(key);
            }
            await stack.configure({ namespace: stack.namespace });

            assert.equal(await uid(), before);
            assert.deepEqual(changed(await stack.up()), {});
        });
    });

    it("stays on its Kubernetes cluster, whichever is current, and makes nothing on another", async () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "other-cluster-"));
        const other = new ApiServer(folder, 16443);
        try {
            await other.start();
            await onSharedStack(async (stack) => {
                // The first file says which context is current.
                const KUBECONFIG = [other.kubeconfig, process.env.TEST_KUBECONFIG].join(path.delimiter);
                const switched = stack.withEnvironment({ KUBECONFIG });
                for (const outcome of [await switched.up(), await switched.up("--refresh")]) {
                    assert.ok(outcome.ok, outcome.text);
                    assert.deepEqual(changed(outcome), {}, outcome.text);
                }
                await stack.configure({ "kubernetes:context": "test" });
                const refused = [await switched.preview(), await switched.up(), await switched.up("--refresh")];
                const reason =
                    /this stack is on the Kubernetes cluster (ca:\w+), and context test leads to (ca:\w+) \(/;
                for (const outcome of refused) {
                    assert.ok(!outcome.ok, outcome.text);
                    assert.match(outcome.text, reason);
                }
                assert.equal(
                    await other.kubectl(["get", "statefulsets,configmaps", "-n", "default", "-o", "name"]),
                    "",
                );
                // A person may say that it is the same one, under another CA.
                await stack.configure({ "stack:kubernetesCluster": reason.exec(refused[0]!.text)![2]! });
                const believed = await switched.preview();
                assert.ok(believed.ok, believed.text);
                await stack.unset("stack:kubernetesCluster");

                await stack.unset("kubernetes:context");
                assert.match((await switched.preview()).text, reason);
                const warned = await stack.preview();
                assert.ok(warned.ok, warned.text);
                assert.match(
                    warned.text,
                    /does not say on which Kubernetes cluster it is[^]*\n *pulumi config set kubernetes:context local\n/,
                );
                await stack.configure({ "kubernetes:context": "local" });
                assert.deepEqual(changed(await stack.up()), {});
            });
        } finally {
            other.stop();
            fs.rmSync(folder, { recursive: true });
        }
    });

    it("lists all bad settings in one error at preview, and makes nothing; nor without a cluster to be reached", async () => {
        await EtcdStack.with({ replicas: 0, storageSize: "big", version: "3.3.27" }, async (stack) => {
            await stack.configure({ clientServiceType: "Internal" });
            for (const outcome of [await stack.preview(), await stack.up()]) {
                assert.ok(!outcome.ok);
                assert.match(outcome.text, /has 4 problems/);
                assert.match(outcome.text, /replicas is 0; allowed: an integer from 1 to 9/);
                assert.match(outcome.text, /storageSize is "big"; allowed: a positive Kubernetes quantity/);
                assert.match(outcome.text, /version is "3.3.27"; allowed: 3.5.33 or later/);
                assert.match(
                    outcome.text,
                    /clientServiceType is "Internal"; allowed: ClusterIP, NodePort or LoadBalancer/,
                );
            }
            await stack.configure({ replicas: "three" });
            const outcome = await stack.preview();
            assert.ok(!outcome.ok);
            assert.match(outcome.text, /replicas.*integer/);

            await stack.configure({
                replicas: 1,
                storageSize: "1Gi",
                version: "3.6.16",
                clientServiceType: "ClusterIP",
            });
            await stack.unset("kubernetes:context");
            for (const unnamed of [await stack.preview(), await stack.up()]) {
                assert.ok(!unnamed.ok);
                assert.match(
                    unnamed.text,
                    /nothing of the cluster was made: [^]*\n *pulumi config set kubernetes:context local\n/,
                );
            }
            assert.equal(await stack.kubectl("get", "all,secret,role,pdb", "-o", "name"), "");
            await stack.configure({ "kubernetes:context": "local" });
            const nowhere = await stack.withEnvironment({ KUBECONFIG: "/nowhere", HOME: "/nowhere" }).up();
            assert.ok(!nowhere.ok);
            assert.match(nowhere.text, /configured Kubernetes cluster is unreachable: .*kubeconfig/);
            assert.equal(await stack.kubectl("get", "all,secret,role,pdb", "-o", "name"), "");
        });
    });
});
