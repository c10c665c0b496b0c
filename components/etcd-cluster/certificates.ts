/**
 * A CA of the cluster's own, and the members' certificate by it, for `tls: generated`. Both are made anew by the `pulumi up` that
 * finds them close to their end; the keys stay. So certificates by the old and the new form of the CA are good with either.
 */
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

import { certificateNames } from "./certificate-names";
import type { EtcdOptions } from "./options";

export interface Certificates {
    /** PEM, as is the rest. */
    ca: pulumi.Output<string>;
    certificate: pulumi.Output<string>;
    key: pulumi.Output<string>;
}

const YEAR = 365 * 24;
const CA_HOURS = { validityPeriodHours: 10 * YEAR, earlyRenewalHours: 2 * YEAR };
const HOURS = { validityPeriodHours: YEAR, earlyRenewalHours: YEAR / 3 };

/** Go's names, which the provider checks, have underscores. */
const CA_USES = ["cert_signing", "crl_signing", "digital_signature"];
/** A member is a server to some and a client to others, and shows the same certificate. */
const USES = ["digital_signature", "server_auth", "client_auth"];

export function generatedCertificates(name: string, options: EtcdOptions, parent: pulumi.Resource): Certificates {
    const children = { parent };
    const key = (role: string) =>
        new tls.PrivateKey(`${name}-${role}`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, children).privateKeyPem;
    const caPrivateKeyPem = key("ca");
    const ca = new tls.SelfSignedCert(
        `${name}-ca`,
        {
            privateKeyPem: caPrivateKeyPem,
            subject: { commonName: `${options.name} CA` },
            isCaCertificate: true,
            allowedUses: CA_USES,
            ...CA_HOURS,
        },
        children,
    );
    const names = certificateNames(options);
    const privateKeyPem = key("tls");
    const request = new tls.CertRequest(
        `${name}-tls`,
        {
            privateKeyPem,
            // With client certificates this is the name of a user, who does not exist.
            subject: { commonName: options.name },
            dnsNames: names.dns,
            ipAddresses: names.addresses,
        },
        children,
    );
    const certificate = new tls.LocallySignedCert(
        `${name}-tls`,
        {
            certRequestPem: request.certRequestPem,
            caCertPem: ca.certPem,
            caPrivateKeyPem,
            allowedUses: USES,
            ...HOURS,
        },
        children,
    );
    return { ca: ca.certPem, certificate: certificate.certPem, key: privateKeyPem };
}
