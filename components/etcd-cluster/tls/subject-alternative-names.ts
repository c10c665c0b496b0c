/**
 * For whom the members' one certificate is made out. Nothing here depends on the number of members: an ordinal that is not
 * yet born finds its name there already, so scaling makes no new certificate.
 */
import { isIP } from "net";

import { namesOf } from "../names";
import type { EtcdOptions } from "../options";

export interface CertificateNames {
    dns: string[];
    addresses: string[];
}

/**
 * What etcd itself asks for, beside what clients connect to: the name of a member for those who dial it (the wildcard), and the
 * bare name of the members' Service, by which a member that dials is told from a client (scripts/start.sh), and whose addresses,
 * those of all pods, must have the one that it dials from.
 */
export function certificateNames(options: EtcdOptions): CertificateNames {
    const { headlessService, clientService } = namesOf(options.name);
    const inside = `${options.namespace}.svc`;
    const full = `${inside}.${options.clusterDomain}`;
    const host = options.externalHost?.replace(/^\[|\]$/g, "");
    const isAddress = host !== undefined && isIP(host) !== 0;
    return {
        dns: [
            `${headlessService}.${inside}`,
            `${headlessService}.${full}`,
            `*.${headlessService}.${inside}`,
            `*.${headlessService}.${full}`,
            clientService,
            `${clientService}.${options.namespace}`,
            `${clientService}.${inside}`,
            `${clientService}.${full}`,
            "localhost",
            ...(host !== undefined && !isAddress ? [host] : []),
        ],
        addresses: ["127.0.0.1", "::1", ...(host !== undefined && isAddress ? [host] : [])],
    };
}
