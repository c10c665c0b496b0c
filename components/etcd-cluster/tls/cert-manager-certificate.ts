/**
 * The members' certificate from cert-manager, for `tls: cert-manager`. One after the other: they go in
 * the opposite order, and a cluster without cert-manager is one error, not four.
 */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import {
    caCertificate,
    caIssuer,
    memberCertificate,
    selfSignedIssuer,
    type CertManagerObject,
} from "../manifests/cert-manager";
import type { EtcdOptions } from "../options";

/** The Certificate whose Secret the pods mount. */
export function issuedCertificate(name: string, options: EtcdOptions, parent: pulumi.Resource): pulumi.Resource {
    const make = (role: string, object: CertManagerObject, dependsOn: pulumi.Resource[]) =>
        new k8s.apiextensions.CustomResource(`${name}-${role}`, object, { parent, dependsOn });
    const issuers: pulumi.Resource[] = [];
    if (options.tlsIssuer === undefined) {
        const selfSigned = make("self-signed", selfSignedIssuer(options), []);
        const ca = make("ca", caCertificate(options), [selfSigned]);
        issuers.push(make("ca", caIssuer(options), [ca]));
    }
    return make("tls", memberCertificate(options), issuers);
}
