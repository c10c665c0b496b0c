// What cert-manager is asked for. That its definitions take it is seen on a real API server (tests/cluster/cert-manager.test.ts).
import assert from "assert";

import type { EtcdClusterArgs } from "../../components";
import {
    caCertificate,
    caIssuer,
    memberCertificate,
    selfSignedIssuer,
} from "../../components/etcd-cluster/manifests/cert-manager";
import { resolve } from "../../components/etcd-cluster/options";
import { parseIssuer } from "../../components/etcd-cluster/tls/issuer-reference";
import { certificateNames } from "../../components/etcd-cluster/tls/subject-alternative-names";

const OPTIONS = resolve({ tls: "cert-manager", name: "db", namespace: "data" });
const ALL = [selfSignedIssuer, caCertificate, caIssuer, memberCertificate];
const KEY = { algorithm: "ECDSA", size: 256, encoding: "PKCS8" };
const specOf = (args: EtcdClusterArgs) =>
    memberCertificate(resolve({ tls: "cert-manager", ...args })).spec as Record<string, unknown>;
const hours = (duration: unknown) => Number(/^(\d+)h0m0s$/.exec(String(duration))![1]);

const LABELS = {
    "app.kubernetes.io/name": "etcd",
    "app.kubernetes.io/instance": "db",
    "app.kubernetes.io/component": "etcd",
    "app.kubernetes.io/managed-by": "pulumi",
    "k8s-app": "db",
    app: "etcd",
};

describe("the objects that cert-manager is asked for", () => {
    it("are these objects, all ours by label, and the rollout waits for them, not the plugin", () => {
        const made = ALL.map((each) => each(OPTIONS));
        assert.deepEqual(
            made.map(({ kind, metadata }) => `${kind} ${(metadata as { name: string }).name}`),
            ["Issuer db-self-signed", "Certificate db-ca", "Issuer db-ca", "Certificate db-tls"],
        );
        for (const { apiVersion, metadata } of made) {
            assert.equal(apiVersion, "cert-manager.io/v1");
            const { name, ...rest } = metadata as { name: string };
            assert.ok(name);
            assert.deepEqual(rest, {
                namespace: "data",
                labels: LABELS,
            });
        }
    });

    it("begin with a CA that signs itself, keeps its key and lives ten years", () => {
        assert.deepEqual(selfSignedIssuer(OPTIONS).spec, { selfSigned: {} });
        assert.deepEqual(caIssuer(OPTIONS).spec, { ca: { secretName: "db-ca" } });
        assert.deepEqual(caCertificate(OPTIONS).spec, {
            isCA: true,
            commonName: "db CA",
            secretName: "db-ca",
            secretTemplate: { labels: LABELS },
            duration: "87600h0m0s",
            renewBefore: "17520h0m0s",
            usages: ["cert sign", "crl sign", "digital signature"],
            privateKey: { ...KEY, rotationPolicy: "Never" },
            issuerRef: { name: "db-self-signed", kind: "Issuer", group: "cert-manager.io" },
        });
    });

    it("have the members' certificate in the Secret that pods mount, good for server and client, for a year", () => {
        const { dns, addresses } = certificateNames(OPTIONS);
        assert.deepEqual(memberCertificate(OPTIONS).spec, {
            commonName: "db",
            dnsNames: dns,
            ipAddresses: addresses,
            secretName: "db-tls",
            secretTemplate: { labels: LABELS },
            duration: "8760h0m0s",
            renewBefore: "2920h0m0s",
            usages: ["digital signature", "server auth", "client auth"],
            privateKey: { ...KEY, rotationPolicy: "Always" },
            issuerRef: { name: "db-ca", kind: "Issuer", group: "cert-manager.io" },
        });
    });

    it("are made out to ordinals that are not yet born, and to the host that clients outside use", () => {
        const [one, nine] = [1, 9].map((replicas) => specOf({ replicas }));
        assert.deepEqual(one, nine);
        assert.ok((one!.dnsNames as string[]).includes("*.infra-etcd-cluster.default.svc.cluster.local"));
        assert.ok((specOf({ externalHost: "n.example" }).dnsNames as string[]).includes("n.example"));
        assert.ok((specOf({ externalHost: "[2001:db8::1]" }).ipAddresses as string[]).includes("2001:db8::1"));
    });

    it("fit what cert-manager's webhook asks beyond the definitions", () => {
        const longest = resolve({ tls: "cert-manager", name: "x".repeat(52) });
        for (const certificate of [caCertificate(longest), memberCertificate(longest)]) {
            const { commonName, duration, renewBefore } = certificate.spec as Record<string, string>;
            assert.ok(commonName!.length <= 64);
            assert.ok(hours(renewBefore) < hours(duration));
        }
    });
});

describe("an issuer", () => {
    const group = "cert-manager.io";
    const named: [text: string, reference: object | undefined][] = [
        ["ca", { name: "ca", kind: "Issuer", group }],
        ["a.b-c", { name: "a.b-c", kind: "Issuer", group }],
        ["Issuer/ca", { name: "ca", kind: "Issuer", group }],
        ["ClusterIssuer/ca", { name: "ca", kind: "ClusterIssuer", group }],
        ["ClusterIssuer.cert-manager.io/ca", { name: "ca", kind: "ClusterIssuer", group }],
        [
            "StepClusterIssuer.certmanager.step.sm/ca",
            { name: "ca", kind: "StepClusterIssuer", group: "certmanager.step.sm" },
        ],
        // A kind that cert-manager does not have, in its group; a group of one part is one of Kubernetes' own.
        ["StepIssuer/ca", undefined],
        ["StepIssuer.cert-manager.io/ca", undefined],
        ["Deployment.apps/ca", undefined],
        ["clusterissuer/ca", undefined],
        ["ClusterIssuer/", undefined],
        ["ClusterIssuer/ca/x", undefined],
        ["ClusterIssuer/ca\n", undefined],
        ["StepIssuer.step..sm/ca", undefined],
        ["", undefined],
    ];
    for (const [text, reference] of named) {
        it(`called ${JSON.stringify(text)} ${reference ? "is understood" : "is none"}`, () => {
            assert.deepEqual(parseIssuer(text), reference);
        });
    }

    it("named for the cluster signs the members' certificate", () => {
        const { issuerRef } = specOf({ tlsIssuer: "ClusterIssuer/company" });
        assert.deepEqual(issuerRef, { name: "company", kind: "ClusterIssuer", group });
    });
});
