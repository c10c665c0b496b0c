/**
 * CAs of the cluster's own, and the members' certificate by the first of them, for `tls: generated`. All are made anew by the
 * `pulumi up` that finds them close to their end; the keys stay. So certificates by the old and the new form of a CA are good with
 * either. Another key is another CA (`tlsCaGenerations`, changes/ca-exchange.ts).
 */
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

import { caName } from "../names";
import type { EtcdOptions } from "../options";
import { certificateNames } from "./subject-alternative-names";

export interface Certificates {
    /** PEM, as is the rest; all that are trusted, in the order of the list. */
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

interface Ca {
    privateKeyPem: pulumi.Output<string>;
    certPem: pulumi.Output<string>;
}

const keyOf = (name: string, children: pulumi.CustomResourceOptions) =>
    new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" }, children).privateKeyPem;

function ca(name: string, options: EtcdOptions, generation: number, children: pulumi.CustomResourceOptions): Ca {
    const privateKeyPem = keyOf(caName(name, generation), children);
    const { certPem } = new tls.SelfSignedCert(
        caName(name, generation),
        {
            privateKeyPem,
            // Whoever verifies looks for a CA by this name first.
            subject: { commonName: generation === 1 ? `${options.name} CA` : `${options.name} CA ${generation}` },
            isCaCertificate: true,
            allowedUses: CA_USES,
            ...CA_HOURS,
        },
        children,
    );
    return { privateKeyPem, certPem };
}

export function generatedCertificates(name: string, options: EtcdOptions, parent: pulumi.Resource): Certificates {
    const children = { parent };
    const [signs, ...others] = options.tlsCaGenerations.map((generation) => ca(name, options, generation, children));
    const names = certificateNames(options);
    const privateKeyPem = keyOf(`${name}-tls`, children);
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
            caCertPem: signs!.certPem,
            caPrivateKeyPem: signs!.privateKeyPem,
            allowedUses: USES,
            ...HOURS,
        },
        children,
    );
    const bundle = pulumi.all([signs!, ...others].map(({ certPem }) => certPem)).apply((pems) => pems.join(""));
    return { ca: bundle, certificate: certificate.certPem, key: privateKeyPem };
}
