// TLS with certificates of the program's own making, from the first `up` to their renewal: the real engine makes them, a real
// Kubernetes mounts them and gives the addresses and names by which etcd judges its peers.
import assert from "assert";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { endingTomorrow, servedTo } from "../support/certificates";
import { changed } from "../support/cluster-stack";
import { etcdctlWith, healthy, tableOf, writable } from "../support/members-table";
import { waitFor } from "../support/scripts-wait";
import { onSharedStack } from "../support/shared-stack";

describe("TLS", () => {
    it("generated: for clients and peers, renewed without a restart", async () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-tls-"));
        const file = path.join(folder, "ca.crt");
        try {
            await onSharedStack(async (stack) => {
                const outputs = await stack.outputs();
                const [endpoint, ca] = [String(outputs.endpoint), String(outputs.caCert)];
                const endpoints = outputs.endpoints as string[];
                fs.writeFileSync(file, ca);
                const etcdctl = etcdctlWith(String(outputs.rootPassword));
                const table = () => tableOf(stack);
                const pods = () =>
                    stack.kubectl(
                        ...["get", "pods", "-l", `app=etcd,k8s-app=${stack.name}`, "-o"],
                        "jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[0].restartCount} {end}",
                    );

                await healthy(3, table);
                for (const url of [endpoint, ...endpoints]) {
                    assert.match(url, /^https:/);
                    await writable(etcdctl, url, file);
                }
                assert.notEqual((await etcdctl(endpoint, "get", "greeting")).status, 0, "no CA");
                const plain = endpoint.replace("https:", "http:");
                assert.notEqual((await etcdctl(plain, "get", "greeting")).status, 0, "no TLS");

                const before = await pods();
                const first = await servedTo(ca, endpoints[1]!);
                await stack.imported(endingTomorrow(await stack.exported()));
                const renewal = await stack.upped();
                assert.equal(changed(renewal).replace, 2, renewal.text);
                assert.equal((await stack.outputs()).caCert, ca);
                for (const url of endpoints) {
                    // The kubelet brings new content of a Secret within a minute or two.
                    const renewed = async () => (await servedTo(ca, url)) !== first;
                    await waitFor(`the new certificate of ${url}`, renewed, { limit: 240, interval: 1000 });
                }
                await healthy(3, table);
                assert.equal(await pods(), before);
                assert.deepEqual(changed(await stack.upped()), {});
            });
        } finally {
            fs.rmSync(folder, { recursive: true, force: true });
        }
    });
});
