/**
 * Names, labels, ports and addresses: the single source for manifests, outputs and tests. All pure, all plain strings: a
 * child that refers to another by an output instead would be replaced together with it.
 */

export const CLIENT_PORT = 2379;
export const PEER_PORT = 2380;
/** Health and metrics; needs no login. Kept in step with METRICS_PORT in scripts/lib/common.sh. */
export const METRICS_PORT = 2381;

/** Name of the volume claim template; the claims are called `datadir-<pod>`. */
export const CLAIM = "datadir";
/** Name of the container that runs etcd. */
export const CONTAINER = "etcd";

export interface Names {
    statefulSet: string;
    headlessService: string;
    clientService: string;
    marker: string;
    /** The ConfigMap by which Pulumi asks for a recovery. */
    recoveryRequest: string;
    serviceAccount: string;
    role: string;
    disruptionBudget: string;
    networkPolicy: string;
    egressPolicy: string;
    /** The Job that restarts members, its account, its role. */
    rollout: string;
    rootPasswordSecret: string;
    /** The CronJob that makes backups, and its account. */
    backup: string;
    /** Of the CA that cert-manager makes: its Certificate, its Secret, and the Issuer that signs with it. */
    ca: string;
    /** The Issuer by which that CA signs itself. */
    selfSigned: string;
}

/** Names of all objects of the cluster called `name`. */
export function namesOf(name: string): Names {
    return {
        statefulSet: name,
        headlessService: name,
        clientService: `${name}-client`,
        marker: `${name}-formation`,
        recoveryRequest: `${name}-recovery`,
        serviceAccount: name,
        role: name,
        disruptionBudget: name,
        networkPolicy: name,
        egressPolicy: `${name}-egress`,
        rollout: `${name}-rollout`,
        rootPasswordSecret: `${name}-root-password`,
        backup: `${name}-backup`,
        ca: `${name}-ca`,
        selfSigned: `${name}-self-signed`,
    };
}

/**
 * Name of the Secret with the key that signs login tokens. Another key is another Secret, named by the pod template: a pod of the
 * revision before, which is made anew half way through a rotation, still gets the key of the pods beside it.
 */
export function jwtKeyName(name: string, generation: number): string {
    return generation === 0 ? `${name}-jwt-key` : `${name}-jwt-key-${generation}`;
}

/** Name of the ConfigMap with the scripts of that hash. Like the key above it is of one revision of the pod template. */
export function scriptsName(name: string, hash: string): string {
    return `${name}-scripts-${hash}`;
}

/** Name of a CA. That of a cluster's first is older than the numbers. */
export function caName(name: string, generation: number): string {
    return generation === 1 ? `${name}-ca` : `${name}-ca-${generation}`;
}

/**
 * Name of the Secret with the members' certificate and the CAs that they trust. Another list of CAs is another Secret, named by the
 * pod template, as is another key for tokens, and for one more reason: a kubelet that already has a Secret of that name may for
 * moments give a new pod what it held before, and etcd reads CAs at its start only.
 */
export function tlsName(name: string, generations: number[]): string {
    return generations.join() === "1" ? `${name}-tls` : [`${name}-tls`, ...generations].join("-");
}

/**
 * Labels of all objects and the selector of the pods. Frozen: the selector of a StatefulSet and the labels of its claim
 * template cannot be changed without deleting it, so nothing that may change (a version, say) belongs here.
 */
export function labelsOf(name: string): Record<string, string> {
    return { "k8s-app": name, app: "etcd" };
}

/** Labels of the Job that restarts members: its pod must be no target of the Services and no part of the disruption budget. */
export function rolloutLabelsOf(name: string): Record<string, string> {
    return { "k8s-app": name, app: "etcd-rollout" };
}

/** What all pods of the program have in common, and nobody else's has: members and Jobs. */
export function podLabelsOf(name: string): Record<string, string> {
    return { "k8s-app": name };
}

/** Labels of the pods that make backups, which are likewise none of the cluster's. */
export function backupLabelsOf(name: string): Record<string, string> {
    return { "k8s-app": name, app: "etcd-backup" };
}

/** DNS name of one member's pod, stable over restarts. */
export function memberHost(name: string, ordinal: number, namespace: string, clusterDomain: string): string {
    return `${name}-${ordinal}.${name}.${namespace}.svc.${clusterDomain}`;
}

/** What client URLs begin with. */
export function schemeOf(tls: string): "http" | "https" {
    return tls === "off" ? "http" : "https";
}

/** Client URL of one member. */
export function memberUrl(
    scheme: string,
    name: string,
    ordinal: number,
    namespace: string,
    clusterDomain: string,
): string {
    return `${scheme}://${memberHost(name, ordinal, namespace, clusterDomain)}:${CLIENT_PORT}`;
}

/** Client URL of the cluster, balanced over its Ready members. */
export function clusterUrl(scheme: string, name: string, namespace: string, clusterDomain: string): string {
    return `${scheme}://${namesOf(name).clientService}.${namespace}.svc.${clusterDomain}:${CLIENT_PORT}`;
}
