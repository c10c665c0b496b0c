// TLS with a certificate that cert-manager is asked for. cert-manager itself does not run here: its definitions are on the API
// server, which judges the objects by them, and its part is played by hand.
import assert from "assert";
import * as fc from "fast-check";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import type { EtcdClusterArgs } from "../../components";
import {
    caCertificate,
    caIssuer,
    memberCertificate,
    selfSignedIssuer,
} from "../../components/etcd-cluster/manifests/cert-manager";
import { resolve } from "../../components/etcd-cluster/options";
import { problemsOf } from "../../components/etcd-cluster/validation/validate";
import { plausibleArgs, SEED } from "../support/arbitrary-args";
import { installDefinitions, PlayedCertManager, removeDefinitions } from "../support/cert-manager";
import { servedTo } from "../support/certificates";
import { kubectlWith } from "../support/cluster-kubectl";
import { changed, EtcdStack, type Outcome } from "../support/cluster-stack";
import { etcdctlWith, healthy, tableOf, writable } from "../support/members-table";
import { TestCa } from "../support/scripts-tls";
import { waitFor } from "../support/scripts-wait";

const NAME = "infra-etcd-cluster";

/** What the API server says to these objects, with nothing dropped in silence. */
const tried = (items: object[]) =>
    kubectlWith(
        JSON.stringify({ apiVersion: "v1", kind: "List", items }),
        ...["create", "--dry-run=server", "--validate=strict", "-o", "name", "-f", "-"],
    );

const objectsOf = (args: EtcdClusterArgs) => {
    const options = resolve({ ...args, namespace: "default", tls: "cert-manager" });
    return [selfSignedIssuer, caCertificate, caIssuer, memberCertificate].map((make) => make(options));
};

/** The order in which the engine went about them. */
const deleted = ({ steps }: Outcome) =>
    steps.filter(({ op }) => op === "delete").map(({ type, name }) => `${type.split(":").pop()} ${name}`);

describe("TLS by cert-manager", () => {
    beforeEach(removeDefinitions);
    after(removeDefinitions);

    it("asks in words that its definitions have", async () => {
        await installDefinitions();
        const issued = plausibleArgs.map((args) => ({ ...args, tls: "cert-manager" as const, tlsSecret: undefined }));
        const fine = issued.filter((args) => problemsOf(args).length === 0);
        const samples: EtcdClusterArgs[] = [
            {},
            { tlsIssuer: "ClusterIssuer/company" },
            { tlsIssuer: "StepClusterIssuer.certmanager.step.sm/company", externalHost: "n.example" },
            { externalHost: "2001:db8::1", name: "x".repeat(52) },
            ...fc.sample(fine, { numRuns: 40, seed: SEED }),
        ];
        const objects = samples.flatMap(objectsOf);
        assert.equal((await tried(objects)).split("\n").length, objects.length);

        const [, ca] = objectsOf({});
        for (const [spoilt, why] of [
            [{ usages: ["server_auth"] }, /usages/],
            [{ privateKey: { algorithm: "ecdsa" } }, /algorithm/],
            [{ privateKey: { encoding: "SEC1" } }, /encoding/],
            [{ isCa: true }, /unknown field "(spec\.)?isCa"/],
            [{ secretName: undefined }, /secretName/],
            [{ issuerRef: { kind: "Issuer" } }, /issuerRef(\.name|\): missing required field "name")/],
        ] as const) {
            await assert.rejects(tried([{ ...ca, spec: { ...ca!.spec, ...spoilt } }]), why);
        }
    });

    it("is one error where there is no cert-manager, forms when the Secret is there, and takes up a renewal", async () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-issued-"));
        const file = path.join(folder, "ca.crt");
        try {
            await EtcdStack.with({ replicas: 2, tls: "cert-manager" }, async (stack) => {
                const get = (what: string) => stack.kubectl("get", what, "--ignore-not-found", "-o", "name");
                // A preview cannot tell: the definitions might come with the same update.
                assert.ok((await stack.preview()).ok);
                const without = await stack.up();
                assert.ok(!without.ok);
                const failed = [...without.text.matchAll(/creation of resource (\S+) failed because .* CRDs /g)];
                const names = new Set(failed.map(([, name]) => name));
                assert.deepEqual([...names], [`${stack.namespace}/${NAME}-self-signed`], without.text);
                assert.match(without.text, /no matches for kind "Issuer" in version "cert-manager\.io\/v1"/);
                // Nothing is left that the engine would wait for: ten minutes behind a Service whose pods do not come.
                assert.equal(await get("statefulset,job"), "");
                assert.equal(await get(`service/${NAME}-client`), "");

                await installDefinitions();
                const ca = await TestCa.make();
                const played = new PlayedCertManager(stack.namespace, ca);
                await played.during(stack.upped());
                assert.deepEqual([...played.answered].sort(), [
                    `Certificate ${NAME}-ca`,
                    `Certificate ${NAME}-tls`,
                    `Issuer ${NAME}-ca`,
                    `Issuer ${NAME}-self-signed`,
                ]);

                const outputs = await stack.outputs();
                assert.equal(outputs.caCert, "");
                // As docs/operations.md says.
                const encoded = await stack.kubectl(
                    ...["get", "secret", `${NAME}-tls`, "-o", "jsonpath={.data.ca\\.crt}"],
                );
                fs.writeFileSync(file, Buffer.from(encoded, "base64"));
                const etcdctl = etcdctlWith(String(outputs.rootPassword));
                const table = () => tableOf(stack);
                const pods = () =>
                    stack.kubectl(
                        ...["get", "pods", "-l", `app=etcd,k8s-app=${NAME}`, "-o"],
                        "jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[0].restartCount} {end}",
                    );
                const endpoints = outputs.endpoints as string[];
                for (const url of [String(outputs.endpoint), ...endpoints]) {
                    await writable(etcdctl, url, file);
                    assert.notEqual((await etcdctl(url, "put", "greeting", "hello")).status, 0, "no CA");
                }
                await healthy(2, table);
                assert.deepEqual(changed(await stack.upped()), {});

                const [before, first] = [await pods(), await servedTo(ca.pem, endpoints[1]!)];
                await played.renew(`${NAME}-tls`);
                for (const url of endpoints) {
                    // The kubelet brings new content of a Secret within a minute or two.
                    const renewed = async () => (await servedTo(ca.pem, url)) !== first;
                    await waitFor(`the new certificate of ${url}`, renewed, { limit: 240, interval: 1000 });
                }
                await healthy(2, table);
                assert.equal(await pods(), before);

                for (const [settings, refusal] of [
                    [{ tls: "generated" }, /tls cannot be changed from "cert-manager" to "generated"/],
                    [{ tls: "cert-manager", tlsIssuer: "mine" }, /tlsIssuer cannot be changed .* to "mine"/],
                ] as const) {
                    await stack.configure(settings);
                    const refused = await stack.preview();
                    assert.ok(!refused.ok);
                    assert.match(refused.text, refusal);
                }

                const destroyed = await stack.destroy();
                assert.ok(destroyed.ok, destroyed.text);
                const order = deleted(destroyed).filter((each) =>
                    / (etcd|etcd-tls|etcd-ca|etcd-self-signed)$/.test(each),
                );
                assert.deepEqual(
                    order.filter((each) => /^(StatefulSet|Certificate|Issuer) /.test(each)),
                    [
                        "StatefulSet etcd",
                        "Certificate etcd-tls",
                        "Issuer etcd-ca",
                        "Certificate etcd-ca",
                        "Issuer etcd-self-signed",
                    ],
                );
                // The Secret is not ours to delete.
                const left = await get("secret,issuers.cert-manager.io,certificates.cert-manager.io");
                assert.equal(left, `secret/${NAME}-tls`);
            });
        } finally {
            fs.rmSync(folder, { recursive: true, force: true });
        }
    });
});
