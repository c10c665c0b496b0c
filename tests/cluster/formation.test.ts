// The first `pulumi up`: one cluster, all of it voters, auth on, nobody restarted. Other tests begin with it as well, at the sizes that
// they need; here is what needs objects made beforehand, and the largest.
import assert from "assert";
import * as fs from "fs";

import { kubectl, kubectlWith } from "../support/cluster-kubectl";
import { assertReadable } from "../support/cluster-readable";
import { EtcdStack } from "../support/cluster-stack";
import { firstUp } from "../support/first-up";
import { put } from "../support/scripts-client";
import { TestCa } from "../support/scripts-tls";
import { onSharedStack } from "../support/shared-stack";
import { trust } from "../support/trust";

const HOST = "172.30.0.1";

describe("formation", () => {
    it("forms one cluster of 5 in one go, which goes down to 3 and can be read by a person", () =>
        onSharedStack(assertReadable));

    it("takes volumes made beforehand by their labels and a certificate of one's own, and is reached from outside", async () => {
        const labels = { "k8s.cloud/storage-type": "ceph-rbd" };
        const volumes = [0, 1].map((n) => `made-beforehand-${process.pid}-${n}`);
        const settings = {
            replicas: volumes.length,
            storageClass: "manual",
            storageSelector: labels,
            clientServiceType: "NodePort",
            nodePort: 32379,
            externalHost: HOST,
            tls: "secret",
        };
        await withVolumes(volumes, labels, () =>
            EtcdStack.with(settings, async (stack) => {
                await stack.configure({ tlsSecret: await secretFor(stack) });
                await firstUp(stack, volumes.length);
                const claimed = await stack.kubectl("get", "pvc", "-o", "jsonpath={.items[*].spec.volumeName}");
                assert.deepEqual(claimed.split(" ").sort(), volumes);
                const { externalEndpoint } = await stack.outputs();
                assert.equal(externalEndpoint, `https://${HOST}:32379`);
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
        ipAddresses: [HOST],
    });
    trust(`${namespace}/${name}`, ca.pem);
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "own-tls", namespace }, stringData: files };
    await kubectlWith(JSON.stringify(secret), "apply", "-f", "-");
    return "own-tls";
}

/** hostPath volumes that any user may write. */
async function withVolumes(names: string[], labels: Record<string, string>, work: () => Promise<void>): Promise<void> {
    const folders = names.map(() => fs.mkdtempSync("/tmp/etcd-volume-"));
    const items = folders.map((folder, n) => {
        fs.chmodSync(folder, 0o777);
        return {
            apiVersion: "v1",
            kind: "PersistentVolume",
            metadata: { name: names[n]!, labels },
            spec: {
                capacity: { storage: "1Gi" },
                accessModes: ["ReadWriteOnce"],
                storageClassName: "manual",
                persistentVolumeReclaimPolicy: "Retain",
                hostPath: { path: folder },
            },
        };
    });
    try {
        await kubectlWith(JSON.stringify({ apiVersion: "v1", kind: "List", items }), "apply", "-f", "-");
        await work();
    } finally {
        await kubectl("delete", "persistentvolume", ...names, "--wait=false");
        folders.forEach((folder) => fs.rmSync(folder, { recursive: true, force: true }));
    }
}
