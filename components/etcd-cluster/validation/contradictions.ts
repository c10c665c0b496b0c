/** Arguments that are fine by themselves and not together. */
import type { EtcdClusterArgs } from "../args";
import { memberHost } from "../names";
import { MOST_REPLICAS, resolve } from "../options";
import { HIDDEN, type Problem } from "./problem";
import { parseQuantity } from "./quantity";
import { PASSWORDS } from "./rules";
import { isSupportedVersion, SUPPORTED_VERSIONS, versionOfImage } from "./supported-versions";

/** Longest DNS name, and so longest name of a member. */
const LONGEST_HOST = 253;

type Key = keyof EtcdClusterArgs;
type Found = Problem | undefined | false;

/** What is looked at only when each of these arguments is fine by itself. */
const CONTRADICTIONS: [keys: Key[], find: (args: EtcdClusterArgs) => Found | Found[]][] = [
    [["replicas", "recoverFrom"], recoverFromNobody],
    [
        ["recoverFrom", "recoverSnapshot"],
        ({ recoverFrom, recoverSnapshot }) =>
            recoverSnapshot !== undefined &&
            recoverFrom === undefined && {
                key: "recoverSnapshot",
                value: recoverSnapshot,
                allowed: "not set, or with recoverFrom, the ordinal on whose volume the file is",
            },
    ],
    [["storageSize", "quotaBackendBytes"], quotaAboveVolume],
    [
        ["nodePort", "clientServiceType"],
        ({ nodePort, clientServiceType: type = "ClusterIP" }) =>
            nodePort !== undefined &&
            type === "ClusterIP" && {
                key: "nodePort",
                value: nodePort,
                allowed: "not set, or with clientServiceType NodePort or LoadBalancer",
            },
    ],
    [
        ["clientNamespaces", "clientServiceType"],
        // Their addresses are those of nodes or balancers, or belong to no namespace.
        ({ clientNamespaces = [], clientServiceType: type = "ClusterIP" }) =>
            clientNamespaces.length > 0 &&
            type !== "ClusterIP" && {
                key: "clientNamespaces",
                value: clientNamespaces,
                allowed: `not set with clientServiceType ${type}, whose clients come from outside`,
            },
    ],
    [["name", "namespace", "clusterDomain"], hostTooLong],
    [
        ["tls", "tlsSecret"],
        ({ tls, tlsSecret }) =>
            (tls === "secret") !== (tlsSecret !== undefined) && {
                key: "tlsSecret",
                value: tlsSecret,
                allowed:
                    tlsSecret === undefined ? "the name of a Secret, with tls secret" : "not set, or with tls secret",
            },
    ],
    [
        ["tls", "tlsIssuer"],
        ({ tls, tlsIssuer }) =>
            tlsIssuer !== undefined &&
            tls !== "cert-manager" && {
                key: "tlsIssuer",
                value: tlsIssuer,
                allowed: "not set, or with tls cert-manager",
            },
    ],
    [
        ["tls", "tlsClientAuth"],
        ({ tls, tlsClientAuth }) =>
            tlsClientAuth &&
            tls === "off" && { key: "tlsClientAuth", value: true, allowed: "not set, or with tls other than off" },
    ],
    [
        ["tls", "tlsCaGenerations"],
        ({ tls = "generated", tlsCaGenerations }) =>
            tlsCaGenerations !== undefined &&
            tls !== "generated" && {
                key: "tlsCaGenerations",
                value: tlsCaGenerations,
                allowed: "not set, or with tls generated",
            },
    ],
    [["version", "image"], imageOfAnotherVersion],
    [["rootPassword", "previousRootPassword"], rotationToNowhere],
    [["resources"], requestsAboveLimits],
];

/** `bad`: arguments that have a problem of their own. */
export function contradictions(args: EtcdClusterArgs, bad: Set<Key>): Problem[] {
    return CONTRADICTIONS.filter(([keys]) => !keys.some((key) => bad.has(key)))
        .flatMap(([, find]) => find(args))
        .filter((found) => found !== undefined && found !== false);
}

function recoverFromNobody({ recoverFrom = 0, replicas = 3 }: EtcdClusterArgs): Found {
    const allowed = `an ordinal from 0 to \`replicas\` - 1, which is ${replicas - 1}`;
    return recoverFrom >= replicas && { key: "recoverFrom", value: recoverFrom, allowed };
}

/** Also where volumes were made larger by hand: one that is made anew, for a new member or a lost disk, has this size. */
function quotaAboveVolume(args: EtcdClusterArgs): Found {
    if (args.quotaBackendBytes === undefined) {
        return undefined;
    }
    const { storageSize, quotaBackendBytes } = resolve({
        storageSize: args.storageSize,
        quotaBackendBytes: args.quotaBackendBytes,
    });
    const allowed = `less than storageSize, the size of every volume that is made, which is ${storageSize}`;
    const isAbove = quotaBackendBytes >= parseQuantity(storageSize)!;
    return isAbove && { key: "quotaBackendBytes", value: args.quotaBackendBytes, allowed };
}

function hostTooLong(args: EtcdClusterArgs): Found {
    const { name, namespace, clusterDomain } = resolve({
        name: args.name,
        namespace: args.namespace,
        clusterDomain: args.clusterDomain,
    });
    const { length } = memberHost(name, MOST_REPLICAS - 1, namespace, clusterDomain);
    const allowed = `as long as <name>-0.<name>.<namespace>.svc.<clusterDomain> has at most ${LONGEST_HOST} characters; it has ${length}`;
    return length > LONGEST_HOST && { key: "clusterDomain", value: clusterDomain, allowed };
}

/** etcdctl reads a new password up to its first space, and the pods have nothing else to set it with once auth is on. */
function rotationToNowhere({ rootPassword, previousRootPassword }: EtcdClusterArgs): Found {
    if (previousRootPassword === undefined || typeof rootPassword !== "string") {
        return undefined;
    }
    if (rootPassword.includes(" ")) {
        return { key: "rootPassword", value: HIDDEN, allowed: `${PASSWORDS}, without a space when it is rotated to` };
    }
    const allowed = "not set, or the password before rootPassword";
    return rootPassword === previousRootPassword && { key: "previousRootPassword", value: HIDDEN, allowed };
}

/** An image must name a supported version, by its tag or by `version`, and the two must not disagree. */
function imageOfAnotherVersion({ image, version }: EtcdClusterArgs): Found {
    if (!image) {
        return undefined;
    }
    const tagged = versionOfImage(image);
    if (tagged && version && tagged !== version.replace(/^v/, "")) {
        return { key: "image", value: image, allowed: `an image of \`version\`, which is ${version}` };
    }
    const allowed = `a tag that names, or \`version\` set to, ${SUPPORTED_VERSIONS}`;
    return !version && (!tagged || !isSupportedVersion(tagged)) && { key: "image", value: image, allowed };
}

/** A request above its limit is refused by Kubernetes only when the first pod is made. */
function requestsAboveLimits({ resources }: EtcdClusterArgs): Found[] {
    return Object.entries(resources?.requests ?? {}).map(([name, request]) => {
        const limit = resources?.limits?.[name];
        const isAbove = limit !== undefined && parseQuantity(request)! > parseQuantity(limit)!;
        return isAbove && { key: `resources.requests.${name}`, value: request, allowed: `at most the limit, ${limit}` };
    });
}
