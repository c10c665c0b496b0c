// The first `pulumi up`, at every size that the README names: one cluster, all of it voters, auth on, nobody restarted.
import assert from "assert";

import { EtcdView } from "../support/cluster-etcd";
import { kubectl, kubectlWith } from "../support/cluster-kubectl";
import { assertReadable } from "../support/cluster-readable";
import { EtcdStack } from "../support/cluster-stack";
import { put } from "../support/scripts-client";
import { TestCa } from "../support/scripts-tls";
import { trust } from "../support/trust";

describe("formation", () => {
    const kinds: [replicas: number, tls: "off" | "generated" | "secret"][] = [
        [1, "generated"],
        [2, "off"],
        [2, "secret"],
        [3, "generated"],
        [5, "generated"],
    ];
    for (const [replicas, tls] of kinds) {
        it(`forms one cluster of ${replicas}, TLS ${tls}`, async () => {
            await EtcdStack.with({ replicas, tls }, async (stack) => {
                if (tls === "secret") {
                    await stack.configure({ tlsSecret: await secretFor(stack) });
                }
                await stack.upped();
                const view = await EtcdView.of(stack);
                await view.complete(replicas);
                await view.clusterId();
                await view.sameData();
                assert.equal(view.endpoints.length, replicas);
                const scheme = tls === "off" ? "http:" : "https:";
                assert.ok([view.endpoint, ...view.endpoints].every((url) => url.startsWith(scheme)));
                assert.deepEqual(
                    (await view.pods()).map(({ restarts }) => restarts),
                    Array.from({ length: replicas }, () => 0),
                );
                for (const url of [view.endpoint, ...view.endpoints]) {
                    await assert.rejects(put(url, "a", "b"), /user name is empty/);
                }
                if (replicas === 3) {
                    await assertReadable(stack);
                }
            });
        });
    }

    it("binds volumes made beforehand by their labels, and is reached from outside through a node's port", async () => {
        const labels = { "k8s.cloud/storage-type": "ceph-rbd" };
        const volume = `made-beforehand-${process.pid}`;
        const settings = {
            replicas: 1,
            storageClass: "manual",
            storageSelector: labels,
            clientServiceType: "NodePort",
            nodePort: 32379,
            externalHost: "172.30.0.1",
        };
        await withVolume(volume, labels, () =>
            EtcdStack.with(settings, async (stack) => {
                await stack.upped();
                const view = await EtcdView.of(stack);
                await view.settled(1);
                const claim = await stack.kubectl("get", "pvc", "-o", "jsonpath={.items[*].spec.volumeName}");
                assert.equal(claim, volume);
                const { externalEndpoint } = await stack.outputs();
                assert.equal(externalEndpoint, "https://172.30.0.1:32379");
                await assert.rejects(put(String(externalEndpoint), "a", "b"), /user name is empty/);
            }),
        );
    });
});

/** A certificate made out as docs/operations.md asks for it, by a CA that these tests trust from now on; the name of its Secret. */
async function secretFor({ namespace, name }: EtcdStack): Promise<string> {
    const ca = await TestCa.make();
    const service = `${name}.${namespace}.svc`;
    const domain = "cluster.local";
    const files = await ca.sign({
        commonName: "etcd of our own",
        dnsNames: [
            service,
            `*.${service}.${domain}`,
            `${service}.${domain}`,
            `${name}-client.${namespace}.svc.${domain}`,
        ],
        ipAddresses: [],
    });
    trust(`${namespace}/${name}`, ca.pem);
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "own-tls", namespace }, stringData: files };
    await kubectlWith(JSON.stringify(secret), "apply", "-f", "-");
    return "own-tls";
}

/** A hostPath volume that any user may write. */
async function withVolume(name: string, labels: Record<string, string>, work: () => Promise<void>): Promise<void> {
    const fs = await import("fs");
    const folder = fs.mkdtempSync("/tmp/etcd-volume-");
    fs.chmodSync(folder, 0o777);
    const volume = {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name, labels },
        spec: {
            capacity: { storage: "1Gi" },
            accessModes: ["ReadWriteOnce"],
            storageClassName: "manual",
            persistentVolumeReclaimPolicy: "Retain",
            hostPath: { path: folder },
        },
    };
    const file = `${folder}.json`;
    fs.writeFileSync(file, JSON.stringify(volume));
    try {
        await kubectl("apply", "-f", file);
        await work();
    } finally {
        await kubectl("delete", "persistentvolume", name, "--wait=false");
        fs.rmSync(file);
        fs.rmSync(folder, { recursive: true, force: true });
    }
}
