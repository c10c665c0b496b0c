/**
 * What is allowed and probably not meant. The defaults are quiet. An even `initialClusterSize` is no reason for a word: the
 * members that are still missing join at once, and what counts afterwards is `replicas`.
 */
import type { EtcdClusterArgs } from "../args";
import type { EtcdOptions } from "../options";
import { isNarrow } from "./balancer";
import { defaultQuota, inMebi, MOST_ADVISED_QUOTA, roomFor } from "./database-quota";
import { parseQuantity } from "./quantity";
import { isSafeVersion } from "./supported-versions";

/** One sentence for each. `args` are for sizes as they were written. */
export function warningsOf(options: EtcdOptions, args: EtcdClusterArgs): string[] {
    return [
        ...replicaWarnings(options),
        ...versionWarnings(options),
        ...affinityWarnings(options),
        ...storageWarnings(options, args),
        ...certificateWarnings(options),
        ...balancerWarnings(options),
        ...podWarnings(options),
    ];
}

function replicaWarnings({ replicas }: EtcdOptions): string[] {
    if (replicas % 2 === 1) {
        return [];
    }
    const failures = replicas / 2 - 1;
    return [
        `replicas is ${replicas}: an even number of members survives the loss of ${failures}, as ${replicas - 1} would, and has one more that can fail. Nothing is unsafe; ${replicas - 1} or ${replicas + 1} is better.`,
    ];
}

function versionWarnings({ version }: EtcdOptions): string[] {
    if (isSafeVersion(version)) {
        return [];
    }
    return [
        `version is ${version}, which has known vulnerabilities: with a login for one key all later keys can be watched (CVE-2026-73499), and connections to a TLS port can use up memory (CVE-2026-73500). Upgrade, one minor at a time, and take allowVulnerableVersion out.`,
    ];
}

/** How many nodes there are only the Kubernetes cluster knows, and to list them is a right that the program does without. */
function affinityWarnings({ affinity, replicas }: EtcdOptions): string[] {
    if (affinity !== "hard" || replicas === 1) {
        return [];
    }
    return [
        `affinity is hard: ${replicas} members need ${replicas} nodes that take them. With fewer the rest stays Pending, pulumi up does not end well, and a member whose node is lost does not come back elsewhere; those that run go on.`,
    ];
}

/** What a full volume does is worse than what a full database does: it ends the member, and deleting data does not help. */
function storageWarnings({ storageSize, quotaBackendBytes }: EtcdOptions, args: EtcdClusterArgs): string[] {
    const storage = parseQuantity(storageSize)!;
    const warnings = [];
    if (roomFor(quotaBackendBytes) > storage) {
        const full = "so the volume may be full before etcd stops writes, which ends the member instead";
        const most = defaultQuota(storage);
        warnings.push(
            quotaBackendBytes > most
                ? `quotaBackendBytes is ${args.quotaBackendBytes}: with the log and a second copy of the database it needs a volume of ${inMebi(roomFor(quotaBackendBytes), Math.ceil)}, and storageSize is ${storageSize}, ${full}. At most ${inMebi(most)} is advised for it.`
                : `storageSize is ${storageSize}: beside the database, etcd's log and the file system take up to 512Mi, ${full}. The size cannot be changed later; take 1Gi or more, and 5Gi where data will grow.`,
        );
    }
    if (quotaBackendBytes > MOST_ADVISED_QUOTA) {
        warnings.push(
            `quotaBackendBytes is ${args.quotaBackendBytes}: etcd advises 8Gi at most. A member with a larger database takes long to start and to join, and needs as much memory.`,
        );
    }
    return warnings;
}

/** Clients from outside connect to a name or an address that only `externalHost` can bring into the certificate. */
function certificateWarnings({ tls, clientServiceType, externalHost }: EtcdOptions): string[] {
    const madeHere = tls === "generated" || tls === "cert-manager";
    if (!madeHere || clientServiceType === "ClusterIP" || externalHost !== undefined) {
        return [];
    }
    return [
        `clientServiceType is ${clientServiceType} without externalHost: the certificate is made out to names inside the Kubernetes cluster alone, so clients outside cannot verify it. Set externalHost to the name or address that they connect to.`,
    ];
}

function balancerWarnings({
    clientServiceType,
    loadBalancerSourceRanges,
    loadBalancerClass,
    serviceAnnotations,
}: EtcdOptions): string[] {
    const balancer = {
        ranges: loadBalancerSourceRanges,
        class: loadBalancerClass,
        annotations: serviceAnnotations,
    };
    return clientServiceType !== "LoadBalancer" || isNarrow(balancer)
        ? []
        : [
              "clientServiceType is LoadBalancer, without loadBalancerSourceRanges and without a class or an annotation that keeps it inside: on most clouds etcd has a public address then, with nothing but a password before it. Set loadBalancerSourceRanges, or what makes a balancer internal there (docs/clusters.md).",
          ];
}

/** Nothing is wrong with it where the platform sets them, and elsewhere no pod starts. */
function podWarnings({ podSecurity, pod }: EtcdOptions): string[] {
    return podSecurity === "platform" && pod.securityContext === undefined
        ? [
              "podSecurity is platform: the Kubernetes cluster must give pods a user and a group of their volumes, as OpenShift does. Where it does not, no pod starts (CreateContainerConfigError).",
          ]
        : [];
}
