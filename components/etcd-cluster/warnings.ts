/**
 * What is allowed and probably not meant. The defaults are quiet. An even `initialClusterSize` is no reason for a word: the
 * members that are still missing join at once, and what counts afterwards is `replicas`.
 */
import type { EtcdClusterArgs } from "./args";
import { resolve } from "./options";
import { parseQuantity } from "./quantity";

/** `--quota-backend-bytes` of etcd where nothing else is set; it stops writes before the disk does. */
const QUOTA = 2 * 2 ** 30;

/** One sentence for each. Expects arguments that validation has passed. */
export function warningsOf(args: EtcdClusterArgs): string[] {
    return [...replicaWarnings(args), ...storageWarnings(args), ...certificateWarnings(args)];
}

function replicaWarnings(args: EtcdClusterArgs): string[] {
    const { replicas } = resolve(args);
    if (replicas % 2 === 1) {
        return [];
    }
    const failures = replicas / 2 - 1;
    return [
        `replicas is ${replicas}: an even number of members survives the loss of ${failures}, as ${replicas - 1} would, and has one more that can fail. Nothing is unsafe; ${replicas - 1} or ${replicas + 1} is better.`,
    ];
}

/** The default, 1Gi, is for a trial, like that of the resources; a size that somebody chose is for data that will grow. */
function storageWarnings(args: EtcdClusterArgs): string[] {
    const { storageSize } = resolve(args);
    if (storageSize === resolve({}).storageSize || parseQuantity(storageSize)! > QUOTA) {
        return [];
    }
    return [
        `storageSize is ${storageSize}: etcd stops writes at its quota of 2 GiB, and this volume is full before that, which ends the member instead. The size cannot be changed later; 4Gi holds the quota, the log and a snapshot.`,
    ];
}

/** Clients from outside connect to a name or an address that only `externalHost` can bring into the certificate. */
function certificateWarnings(args: EtcdClusterArgs): string[] {
    const { tls, clientServiceType, externalHost } = resolve(args);
    if (tls !== "generated" || clientServiceType === "ClusterIP" || externalHost !== undefined) {
        return [];
    }
    return [
        `clientServiceType is ${clientServiceType} without externalHost: the certificate is made out to names inside the Kubernetes cluster alone, so clients outside cannot verify it. Set externalHost to the name or address that they connect to.`,
    ];
}
