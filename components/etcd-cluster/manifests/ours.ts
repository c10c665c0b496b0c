/** What is ours in the pods, whatever else is laid over them. A test compares it with the pods as they are made. */
import { CLAIM, CLIENT_PORT, CONTAINER, METRICS_PORT, PEER_PORT } from "../names";

/** Names of containers that scripts of ours run in: of members, and of Jobs. */
export const OUR_CONTAINERS = [CONTAINER, "rollout", "watch", "publish"];
export const OUR_INIT_CONTAINERS = ["toolbox", "kubectl", "save", "copy", "verify"];

export const OUR_VOLUMES = [
    ...[CLAIM, "toolbox", "state", "scripts", "root-password", "jwt-key", "tls"],
    // Of backups.
    ...["work", "store", "backup"],
];
/** Those that no other container may have: the data, what the scripts note, their tools, and the key that signs tokens. */
export const PRIVATE_VOLUMES = [CLAIM, "toolbox", "state", "jwt-key"];

/** Where they are mounted, and where etcd's image has its programs. */
export const OUR_PATHS = [
    ...["/toolbox", "/state", "/scripts", "/secrets", "/var/run/etcd", "/usr/local/bin"],
    ...["/work", "/backup"],
];

export const OUR_PORTS = [CLIENT_PORT, PEER_PORT, METRICS_PORT];

/** Longest stop of a member that leaves: preStop 145 s (scripts/pre-stop.sh), and etcd at least 30 s. Others take a few seconds. */
export const GRACE_SECONDS = 180;
