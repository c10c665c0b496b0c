/**
 * What cert-manager is asked for with `tls: cert-manager`: the members' certificate and, where no issuer is named, a CA of the
 * cluster's own. Their Secrets are cert-manager's; what it puts into the members' one (ca.crt, tls.crt, tls.key) is what pods mount.
 */
import { derive } from "../later";
import { namesOf, tlsName } from "../names";
import type { EtcdOptions } from "../options";
import { CERT_MANAGER_GROUP, parseIssuer, type IssuerRef } from "../tls/issuer-reference";
import { certificateNames } from "../tls/subject-alternative-names";
import { metadata } from "./metadata";

/** An object of cert-manager's, of which the Kubernetes SDK knows no more than that. */
export interface CertManagerObject {
    apiVersion: string;
    kind: "Issuer" | "Certificate";
    metadata: object;
    spec: object;
}

/** As long as those of `tls: generated`, in the form in which the API server's clients write a duration. */
const YEAR = 365 * 24;
const hours = (count: number) => `${count}h0m0s`;
const CA_TERM = { duration: hours(10 * YEAR), renewBefore: hours(2 * YEAR) };
const TERM = { duration: hours(YEAR), renewBefore: hours(Math.floor(YEAR / 3)) };

/** etcd reads every encoding that cert-manager knows; this is the one that was tried. */
const KEY = { algorithm: "ECDSA", size: 256, encoding: "PKCS8" };

function object(options: EtcdOptions, kind: CertManagerObject["kind"], name: string, spec: object): CertManagerObject {
    return {
        apiVersion: `${CERT_MANAGER_GROUP}/v1`,
        kind,
        // The plugin waits for none of them, for it could not say why there is no certificate: the rollout does, see scripts/lib/certificate.sh.
        metadata: metadata(options, name),
        spec,
    };
}

const issuerOf = (name: string): IssuerRef => ({ name, kind: "Issuer", group: CERT_MANAGER_GROUP });

/** Signs what is its own key; the CA begins with it. */
export function selfSignedIssuer(options: EtcdOptions): CertManagerObject {
    return object(options, "Issuer", namesOf(options.name).selfSigned, { selfSigned: {} });
}

export function caCertificate(options: EtcdOptions): CertManagerObject {
    const { ca, selfSigned } = namesOf(options.name);
    return object(options, "Certificate", ca, {
        isCA: true,
        commonName: `${options.name} CA`,
        secretName: ca,
        secretTemplate: { labels: metadata(options, ca).labels },
        ...CA_TERM,
        usages: ["cert sign", "crl sign", "digital signature"],
        // The same key for ever: certificates by the old and the new form of the CA are good with either.
        privateKey: { ...KEY, rotationPolicy: "Never" },
        issuerRef: issuerOf(selfSigned),
    });
}

export function caIssuer(options: EtcdOptions): CertManagerObject {
    const { ca } = namesOf(options.name);
    return object(options, "Issuer", ca, { ca: { secretName: ca } });
}

/** By the named issuer, or by the CA of the cluster's own. */
export function memberCertificate(options: EtcdOptions): CertManagerObject {
    const { ca } = namesOf(options.name);
    const secretName = tlsName(options.name, options.tlsCaGenerations);
    const { dns, addresses } = certificateNames(options);
    return object(options, "Certificate", secretName, {
        // With client certificates this is the name of a user, who does not exist.
        commonName: options.name,
        dnsNames: dns,
        ipAddresses: addresses,
        secretName,
        secretTemplate: { labels: metadata(options, secretName).labels },
        ...TERM,
        usages: ["digital signature", "server auth", "client auth"],
        // etcd reads certificate and key at every handshake.
        privateKey: { ...KEY, rotationPolicy: "Always" },
        issuerRef:
            options.tlsIssuer === undefined
                ? issuerOf(ca)
                : derive({ text: options.tlsIssuer }, ({ text }) => parseIssuer(text)!),
    });
}

/** Names of the Certificates, each after the one that it needs. */
export function certificateObjects(options: EtcdOptions): string[] {
    const own = tlsName(options.name, options.tlsCaGenerations);
    return options.tlsIssuer === undefined ? [namesOf(options.name).ca, own] : [own];
}
