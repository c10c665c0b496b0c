// Certificate requests and certificates, with the extensions that Go's library, and so the official plugin, writes.
import { createHash, randomBytes, webcrypto } from "node:crypto";
import "reflect-metadata"; // what @peculiar/x509 expects to be there first
import * as x509 from "@peculiar/x509";
import type { Properties } from "../shared/values";
import { type SigningKey, signingKey } from "./keys";

x509.cryptoProvider.set(webcrypto as Crypto);

const HOUR_MS = 3600_000;

const KEY_USAGES: Readonly<Record<string, x509.KeyUsageFlags>> = {
    digital_signature: x509.KeyUsageFlags.digitalSignature,
    content_commitment: x509.KeyUsageFlags.nonRepudiation,
    key_encipherment: x509.KeyUsageFlags.keyEncipherment,
    data_encipherment: x509.KeyUsageFlags.dataEncipherment,
    key_agreement: x509.KeyUsageFlags.keyAgreement,
    cert_signing: x509.KeyUsageFlags.keyCertSign,
    crl_signing: x509.KeyUsageFlags.cRLSign,
};
const EXTENDED_KEY_USAGES: Readonly<Record<string, string>> = {
    server_auth: x509.ExtendedKeyUsage.serverAuth,
    client_auth: x509.ExtendedKeyUsage.clientAuth,
};
export const ALLOWED_USES = [...Object.keys(KEY_USAGES), ...Object.keys(EXTENDED_KEY_USAGES)];

/** In the order in which Go writes them. */
const SUBJECT_PARTS = [
    ["country", "C"],
    ["organization", "O"],
    ["organizationalUnit", "OU"],
    ["locality", "L"],
    ["province", "ST"],
    ["commonName", "CN"],
] as const;
export const SUBJECT_INPUTS: readonly string[] = SUBJECT_PARTS.map(([name]) => name);

function subjectOf(inputs: Properties): x509.JsonName {
    const given = (inputs["subject"] ?? {}) as Record<string, string>;
    return SUBJECT_PARTS.flatMap(([name, short]) => (given[name] ? [{ [short]: [given[name]] }] : []));
}

function alternativeNames(inputs: Properties): x509.Extension[] {
    const list = (key: string, type: "dns" | "ip" | "url") =>
        ((inputs[key] ?? []) as string[]).map((value) => ({ type, value }));
    const names = [...list("dnsNames", "dns"), ...list("ipAddresses", "ip"), ...list("uris", "url")];
    return names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [];
}

export async function makeRequest(inputs: Properties): Promise<{ id: string; outputs: Properties }> {
    const key = await signingKey(inputs["privateKeyPem"] as string);
    const request = await x509.Pkcs10CertificateRequestGenerator.create({
        name: subjectOf(inputs),
        keys: key.pair,
        signingAlgorithm: key.signingAlgorithm,
        extensions: alternativeNames(inputs),
    });
    const outputs = { certRequestPem: pem(request), keyAlgorithm: key.algorithm };
    return { id: createHash("sha1").update(Buffer.from(request.rawData)).digest("hex"), outputs };
}

export async function makeSelfSigned(inputs: Properties): Promise<{ id: string; outputs: Properties }> {
    const key = await signingKey(inputs["privateKeyPem"] as string);
    const subject = subjectOf(inputs);
    const made = await issue(
        inputs,
        { subject, names: alternativeNames(inputs), publicKey: key.pair.publicKey },
        {
            name: subject,
            key,
        },
    );
    return { ...made, outputs: { ...made.outputs, keyAlgorithm: key.algorithm } };
}

export async function makeLocallySigned(inputs: Properties): Promise<{ id: string; outputs: Properties }> {
    const key = await signingKey(inputs["caPrivateKeyPem"] as string);
    const ca = new x509.X509Certificate(inputs["caCertPem"] as string);
    const request = new x509.Pkcs10CertificateRequest(inputs["certRequestPem"] as string);
    if (!(await request.verify())) {
        throw new Error("certRequestPem is not signed by the key that it names");
    }
    const names = request.extensions.filter((one) => one instanceof x509.SubjectAlternativeNameExtension);
    const subject = request.subjectName.toJSON();
    const made = await issue(
        inputs,
        { subject, names, publicKey: await request.publicKey.export() },
        {
            name: ca.subjectName.toJSON(),
            key,
            keyId: ca.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId,
        },
    );
    return { ...made, outputs: { ...made.outputs, caKeyAlgorithm: key.algorithm } };
}

interface Owner {
    readonly subject: x509.JsonName;
    readonly names: x509.Extension[];
    readonly publicKey: CryptoKey;
}

interface Issuer {
    readonly name: x509.JsonName;
    readonly key: SigningKey;
    readonly keyId?: string;
}

async function issue(
    inputs: Properties,
    owner: Owner,
    issuer: Issuer,
): Promise<{ id: string; outputs: Record<string, string | boolean> }> {
    const notBefore = new Date(Math.floor(Date.now() / 1000) * 1000);
    const notAfter = new Date(notBefore.getTime() + (inputs["validityPeriodHours"] as number) * HOUR_MS);
    const serialNumber = newSerialNumber();
    const certificate = await x509.X509CertificateGenerator.create({
        serialNumber,
        subject: owner.subject,
        issuer: issuer.name,
        notBefore,
        notAfter,
        publicKey: owner.publicKey,
        signingKey: issuer.key.pair.privateKey,
        signingAlgorithm: issuer.key.signingAlgorithm,
        extensions: [...(await usages(inputs, owner.publicKey, issuer)), ...owner.names],
    });
    const outputs = {
        certPem: pem(certificate),
        readyForRenewal: false,
        validityStartTime: notBefore.toISOString(),
        validityEndTime: notAfter.toISOString(),
    };
    return { id: BigInt(`0x${serialNumber}`).toString(), outputs };
}

async function usages(inputs: Properties, publicKey: CryptoKey, issuer: Issuer): Promise<x509.Extension[]> {
    const uses = inputs["allowedUses"] as string[];
    const isCa = inputs["isCaCertificate"] === true;
    const flags = uses.reduce((sum, use) => sum | (KEY_USAGES[use] ?? 0), 0);
    const extended = uses.flatMap((use) => EXTENDED_KEY_USAGES[use] ?? []);
    return [
        ...(flags ? [new x509.KeyUsagesExtension(flags, true)] : []),
        ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended)] : []),
        new x509.BasicConstraintsExtension(isCa, undefined, true),
        ...(isCa || inputs["setSubjectKeyId"] === true
            ? [await x509.SubjectKeyIdentifierExtension.create(publicKey)]
            : []),
        ...(issuer.keyId ? [new x509.AuthorityKeyIdentifierExtension(issuer.keyId)] : []),
    ];
}

/** 127 random bits: a DER integer whose first bit is set would be negative. */
function newSerialNumber(): string {
    const bytes = randomBytes(16);
    bytes[0] = (bytes[0]! & 0x7f) | 0x40;
    return bytes.toString("hex");
}

/** With the newline at the end that Go writes. */
const pem = (data: { toString(format: "pem"): string }) => `${data.toString("pem").trim()}\n`;
