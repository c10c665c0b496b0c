/**
 * For whom the members' one certificate is made out. Nothing here depends on the number of members: an ordinal that is not
 * yet born finds its name there already, so scaling makes no new certificate.
 */
import type * as pulumi from "@pulumi/pulumi";
import { isIP } from "net";

import { derive } from "../later";
import { namesOf } from "../names";
import type { EtcdOptions } from "../options";

export interface CertificateNames {
    dns: pulumi.Input<string[]>;
    addresses: pulumi.Input<string[]>;
}

/** What those names are made of. */
type Parts = {
    namespace: string;
    clusterDomain: string;
    externalHost: string | undefined;
};

/**
 * What etcd itself asks for, beside what clients connect to: the name of a member for those who dial it (the wildcard), and the
 * bare name of the members' Service, by which a member that dials is told from a client (scripts/start.sh), and whose addresses,
 * those of all pods, must have the one that it dials from.
 */
export function certificateNames({ name, namespace, clusterDomain, externalHost }: EtcdOptions): CertificateNames {
    return {
        dns: derive({ namespace, clusterDomain, externalHost }, (known: Parts) => dnsNames(name, known)),
        addresses: derive({ host: externalHost }, ({ host }: { host: string | undefined }) => addresses(host)),
    };
}

/** Without the brackets that an IPv6 address may be written in. */
const bare = (host: string | undefined) => host?.replace(/^\[|\]$/g, "");

const isAddress = (host: string | undefined) => host !== undefined && isIP(host) !== 0;

function dnsNames(name: string, { namespace, clusterDomain, externalHost }: Parts): string[] {
    const { headlessService, clientService } = namesOf(name);
    const inside = `${namespace}.svc`;
    const full = `${inside}.${clusterDomain}`;
    const host = bare(externalHost);
    return [
        `${headlessService}.${inside}`,
        `${headlessService}.${full}`,
        `*.${headlessService}.${inside}`,
        `*.${headlessService}.${full}`,
        clientService,
        `${clientService}.${namespace}`,
        `${clientService}.${inside}`,
        `${clientService}.${full}`,
        "localhost",
        ...(host !== undefined && !isAddress(host) ? [host] : []),
    ];
}

function addresses(externalHost: string | undefined): string[] {
    const host = bare(externalHost);
    return ["127.0.0.1", "::1", ...(host !== undefined && isAddress(host) ? [host] : [])];
}
