/** Arguments that are fine by themselves and not together. */
import type { EtcdClusterArgs } from "../args";
import { isLater } from "../later";
import { memberHost, namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { SETTINGS } from "../settings";
import { MOST_REPLICAS } from "../settings/members";
import type { Key } from "../settings/setting";
import { podRefusals } from "./pod-refusals";
import { HIDDEN, type Problem } from "./problem";
import { parseQuantity } from "./quantity";
import { badFlags, ownLabels, requestsAboveLimits, withoutBalancer } from "./shape-contradictions";
import { isSafeVersion, isSupportedVersion, SUPPORTED_VERSIONS, versionOfImage } from "./supported-versions";

/** Longest DNS name, and so longest name of a member. */
const LONGEST_HOST = 253;

export type Found = Problem | undefined | false;

/** `args` are for what matters only when somebody has set it, and for values as they were written. */
type Find = (options: EtcdOptions, args: EtcdClusterArgs) => Found | Found[];

/**
 * What is looked at only when each of these arguments is fine by itself, and known: `whenSet` where it is enough that it is set.
 */
const CONTRADICTIONS: [keys: Key[], find: Find, whenSet?: "whenSet"][] = [
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
        ({ nodePort, clientServiceType }) =>
            nodePort !== undefined &&
            clientServiceType === "ClusterIP" && {
                key: "nodePort",
                value: nodePort,
                allowed: "not set, or with clientServiceType NodePort or LoadBalancer",
            },
    ],
    [
        ["clientNamespaces", "clientServiceType"],
        // Their addresses are those of nodes or balancers, or belong to no namespace.
        ({ clientNamespaces, clientServiceType }) =>
            (clientNamespaces as string[]).length > 0 &&
            clientServiceType !== "ClusterIP" && {
                key: "clientNamespaces",
                value: clientNamespaces,
                allowed: `not set with clientServiceType ${clientServiceType}, whose clients come from outside`,
            },
    ],
    [
        ["egress", "apiServerCidrs"],
        ({ egress, apiServerCidrs }) =>
            apiServerCidrs.length > 0 &&
            egress !== "restricted" && {
                key: "apiServerCidrs",
                value: apiServerCidrs,
                allowed: "not set, or with egress restricted",
            },
    ],
    [["name", "namespace", "clusterDomain"], hostTooLong],
    [["name", "backup"], cronJobTooLong],
    [
        ["tls", "tlsSecret"],
        ({ tls, tlsSecret }) =>
            (tls === "secret") !== (tlsSecret !== undefined) && {
                key: "tlsSecret",
                value: tlsSecret,
                allowed:
                    tlsSecret === undefined ? "the name of a Secret, with tls secret" : "not set, or with tls secret",
            },
        "whenSet",
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
        "whenSet",
    ],
    [
        ["tls", "tlsClientAuth"],
        ({ tls, tlsClientAuth }) =>
            tlsClientAuth &&
            tls === "off" && { key: "tlsClientAuth", value: true, allowed: "not set, or with tls other than off" },
    ],
    [
        ["tls", "tlsCaGenerations"],
        ({ tls }, { tlsCaGenerations }) =>
            tlsCaGenerations !== undefined &&
            tls !== "generated" && {
                key: "tlsCaGenerations",
                value: tlsCaGenerations,
                allowed: "not set, or with tls generated",
            },
    ],
    [["version", "image"], imageOfAnotherVersion, "whenSet"],
    [["version", "image", "allowVulnerableVersion"], knownVulnerabilities, "whenSet"],
    [["rootPassword", "previousRootPassword", "rootPasswordSecret"], passwordsBesideSecret, "whenSet"],
    [["rootPassword", "previousRootPassword"], rotationToNowhere],
    [["resources"], ({ resources }) => requestsAboveLimits("resources", resources)],
    [["helperResources"], (_, { helperResources = {} }) => requestsAboveLimits("helperResources", helperResources)],
    [["etcdFlags", "version", "image", "tls"], badFlags],
    [["pod"], podRefusals],
    [["podLabels"], ({ podLabels }) => ownLabels("podLabels", podLabels)],
    [["commonLabels"], ({ commonLabels }) => ownLabels("commonLabels", commonLabels)],
    [["clientServiceType", "loadBalancerClass"], (options) => withoutBalancer(options, "loadBalancerClass")],
    [
        ["clientServiceType", "loadBalancerSourceRanges"],
        (options) => withoutBalancer(options, "loadBalancerSourceRanges"),
    ],
];

/** `args` and `options` are without those that have a problem of their own, which are `bad`. */
export function contradictions(args: EtcdClusterArgs, options: EtcdOptions, bad: Set<Key>): Problem[] {
    const isOpen = (key: Key) => isLater(args[key]);
    return CONTRADICTIONS.filter(([keys, , whenSet]) => !keys.some((key) => bad.has(key) || (!whenSet && isOpen(key))))
        .flatMap(([, find]) => find(options, args))
        .filter((found) => found !== undefined && found !== false);
}

function recoverFromNobody({ recoverFrom = 0, replicas }: EtcdOptions): Found {
    const allowed = `an ordinal from 0 to \`replicas\` - 1, which is ${replicas - 1}`;
    return recoverFrom >= replicas && { key: "recoverFrom", value: recoverFrom, allowed };
}

/** Also where volumes were made larger by hand: one that is made anew, for a new member or a lost disk, has this size. */
function quotaAboveVolume({ storageSize, quotaBackendBytes }: EtcdOptions, args: EtcdClusterArgs): Found {
    const allowed = `less than storageSize, the size of every volume that is made, which is ${storageSize}`;
    const isAbove = args.quotaBackendBytes !== undefined && quotaBackendBytes >= parseQuantity(storageSize)!;
    return isAbove && { key: "quotaBackendBytes", value: args.quotaBackendBytes, allowed };
}

/** Kubernetes makes the names of Jobs of that of the CronJob. */
const LONGEST_CRON_JOB = 52;

function cronJobTooLong({ name, backup }: EtcdOptions): Found {
    const longest = LONGEST_CRON_JOB - namesOf("").backup.length;
    const allowed = `at most ${longest} characters with backup, so that Jobs can be named after it`;
    return backup !== undefined && name.length > longest && { key: "name", value: name, allowed };
}

function hostTooLong({ name, namespace, clusterDomain }: EtcdOptions): Found {
    const { length } = memberHost(name, MOST_REPLICAS - 1, namespace as string, clusterDomain as string);
    const allowed = `as long as <name>-0.<name>.<namespace>.svc.<clusterDomain> has at most ${LONGEST_HOST} characters; it has ${length}`;
    return length > LONGEST_HOST && { key: "clusterDomain", value: clusterDomain, allowed };
}

/** etcdctl reads a new password up to its first space, and the pods have nothing else to set it with once auth is on. */
function rotationToNowhere(_: EtcdOptions, { rootPassword, previousRootPassword }: EtcdClusterArgs): Found {
    if (previousRootPassword === undefined || typeof rootPassword !== "string") {
        return undefined;
    }
    if (rootPassword.includes(" ")) {
        const allowed = `${SETTINGS.rootPassword.allowed}, without a space when it is rotated to`;
        return { key: "rootPassword", value: HIDDEN, allowed };
    }
    const allowed = "not set, or the password before rootPassword";
    return rootPassword === previousRootPassword && { key: "previousRootPassword", value: HIDDEN, allowed };
}

/** The Secret has both, and the program reads neither. */
function passwordsBesideSecret(_: EtcdOptions, args: EtcdClusterArgs): Found[] {
    const both = ["rootPassword", "previousRootPassword"] as const;
    return both.map((key) => {
        const isBeside = args.rootPasswordSecret !== undefined && args[key] !== undefined;
        return isBeside && { key, value: HIDDEN, allowed: "not set, or without rootPasswordSecret" };
    });
}

/** An image must name a supported version, by its tag or by `version`, and the two must not disagree. */
function imageOfAnotherVersion(_: EtcdOptions, { image, version }: EtcdClusterArgs): Found {
    if (!image) {
        return undefined;
    }
    if (typeof image !== "string") {
        return !version && { key: "version", value: version, allowed: `set beside an image that is known only later` };
    }
    const tagged = versionOfImage(image);
    if (tagged && version && tagged !== version.replace(/^v/, "")) {
        return { key: "image", value: image, allowed: `an image of \`version\`, which is ${version}` };
    }
    const allowed = `a tag that names, or \`version\` set to, ${SUPPORTED_VERSIONS}`;
    return !version && (!tagged || !isSupportedVersion(tagged)) && { key: "image", value: image, allowed };
}

/**
 * Only the version that is asked for counts, so that a cluster can leave a vulnerable one. What is no supported version at all has a
 * problem of its own already.
 */
function knownVulnerabilities({ version, allowVulnerableVersion }: EtcdOptions, args: EtcdClusterArgs): Found {
    if (allowVulnerableVersion || !isSupportedVersion(version) || isSafeVersion(version)) {
        return undefined;
    }
    const key = args.version === undefined ? "image" : "version";
    return {
        key,
        value: args[key],
        allowed: `${SUPPORTED_VERSIONS}; see SECURITY.md, 'etcd versions with known vulnerabilities'`,
    };
}
