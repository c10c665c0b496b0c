/** Certificates, tokens and kubeconfigs of a cluster: made once, kept with it. */
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";

import "reflect-metadata"; // what @peculiar/x509 expects to be there first
import * as x509 from "@peculiar/x509";

import { API_SERVER, CLUSTER_DOMAIN, KUBERNETES_SERVICE, MOST_NODES, NODE_ADDRESS, nodesOf } from "./network";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const TEN_YEARS_MS = 10 * 365 * 24 * 3600_000;

/** User name and groups of each client, by the name of its kubeconfig. */
const CLIENTS: Record<string, [user: string, groups: string]> = {
    admin: ["admin", "system:masters"],
    ...Object.fromEntries(nodesOf(MOST_NODES).map(({ name }) => [name, [`system:node:${name}`, "system:nodes"]])),
    "controller-manager": ["system:kube-controller-manager", ""],
    scheduler: ["system:kube-scheduler", ""],
    proxy: ["system:kube-proxy", ""],
    // It makes volumes and their helper pods: more than any default role has.
    provisioner: ["provisioner", "system:masters"],
    coredns: ["coredns", "system:masters"],
};

/** The one context of a local cluster's kubeconfig. */
export const CONTEXT = "local";

/** Path of a client's kubeconfig. */
export const kubeconfigOf = (home: string, client: string) => path.join(home, "pki", `${client}.kubeconfig`);

/** Makes everything that is not there yet. */
export async function ensurePki(home: string): Promise<void> {
    const folder = path.join(home, "pki");
    if (fs.existsSync(path.join(folder, "complete"))) {
        return;
    }
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text, { mode: 0o600 });
    await certificates(write);
    const { privateKey, publicKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
    write("service-account.key", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    write("service-account.pub", publicKey.export({ type: "spki", format: "pem" }).toString());
    const tokens = Object.entries(CLIENTS).map(([client, [user, groups]]) => {
        const token = crypto.randomBytes(24).toString("hex");
        fs.writeFileSync(kubeconfigOf(home, client), kubeconfig(folder, token), { mode: 0o600 });
        return `${token},${user},${client},"${groups}"`;
    });
    write("tokens.csv", `${tokens.join("\n")}\n`);
    fs.copyFileSync(kubeconfigOf(home, "admin"), path.join(home, "kubeconfig"));
    write("complete", "");
}

/** A CA, the API server's certificate, and its client certificate for kubelet. */
async function certificates(write: (name: string, text: string) => void): Promise<void> {
    x509.cryptoProvider.set(crypto.webcrypto as Crypto);
    const ca = await keys();
    const validity = { notBefore: new Date(Date.now() - 3600_000), notAfter: new Date(Date.now() + TEN_YEARS_MS) };
    const issuer = "CN=pulumi-etcd local cluster";
    const shared = { ...validity, signingAlgorithm: ALGORITHM };
    const root = await x509.X509CertificateGenerator.createSelfSigned({
        ...shared,
        name: issuer,
        keys: ca,
        extensions: [
            new x509.BasicConstraintsExtension(true, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        ],
    });
    write("ca.crt", root.toString("pem"));
    const dns = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];
    const names = [...dns, `kubernetes.default.svc.${CLUSTER_DOMAIN}`].map((value) => ({
        type: "dns" as const,
        value,
    }));
    const addresses = ["127.0.0.1", NODE_ADDRESS, KUBERNETES_SERVICE].map((value) => ({ type: "ip" as const, value }));
    const leaves: [file: string, subject: string, extensions: x509.Extension[]][] = [
        ["apiserver", "CN=kube-apiserver", [new x509.SubjectAlternativeNameExtension([...names, ...addresses])]],
        ["kubelet-client", "CN=kube-apiserver-kubelet-client,O=system:masters", []],
    ];
    for (const [file, subject, extensions] of leaves) {
        const leaf = await keys();
        const usage = new x509.ExtendedKeyUsageExtension([
            x509.ExtendedKeyUsage.serverAuth,
            x509.ExtendedKeyUsage.clientAuth,
        ]);
        const certificate = await x509.X509CertificateGenerator.create({
            ...shared,
            subject,
            issuer,
            publicKey: leaf.publicKey,
            signingKey: ca.privateKey,
            extensions: [usage, ...extensions],
        });
        write(`${file}.crt`, certificate.toString("pem"));
        const key = await crypto.webcrypto.subtle.exportKey("pkcs8", leaf.privateKey);
        write(`${file}.key`, x509.PemConverter.encode(key, "PRIVATE KEY"));
    }
}

const keys = () => crypto.webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;

function kubeconfig(folder: string, token: string): string {
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            { name: "local", cluster: { server: API_SERVER, "certificate-authority": path.join(folder, "ca.crt") } },
        ],
        users: [{ name: "local", user: { token } }],
        contexts: [{ name: CONTEXT, context: { cluster: "local", user: "local" } }],
        "current-context": CONTEXT,
    });
}
