/** Flags of etcd that the program or its scripts own, with the reason or the key that sets them. */

const SCRIPTS = "the scripts decide it at each start";
const TLS = "tls and the keys beside it set it";
const LOG = "the log is that of the container, where kubectl and the tests read it; a file would fill the volume";
const V2 = "clients speak the API of version 3";

/** By beginnings of names; a longer one counts before a shorter one. */
export const OWNED: [beginning: string, why: string][] = [
    ["name", SCRIPTS],
    ["data-dir", SCRIPTS],
    ["wal-dir", "the scripts look for the log in the data directory"],
    ["listen-", SCRIPTS],
    ["advertise-client-urls", SCRIPTS],
    ["initial-", SCRIPTS],
    ["discovery", "members find each other by their Service"],
    ["force-new-cluster", "recoverFrom is the way to that"],
    ["config-file", "etcd would ignore all other flags"],
    ["strict-reconfig-check", "it keeps a quorum while members change"],
    ["pre-vote", "the scripts set it, so that a member that comes back disturbs nobody"],
    ["max-learners", "that there is one learner at a time is what keeps joins apart"],
    ["unsafe-no-fsync", "acknowledged writes would be lost"],
    ["socket-reuse-port", "an etcd that does not end and the next one would share the port"],
    ["memory-mlock", "the container may not lock memory"],
    ["experimental-memory-mlock", "the container may not lock memory"],
    ["quota-backend-bytes", "quotaBackendBytes sets it"],
    ["auto-compaction-", "autoCompaction sets it"],
    ["auth-token", "login tokens are signed with the key of jwtKeyGeneration, for ten minutes"],
    ["cert-file", TLS],
    ["key-file", TLS],
    ["trusted-ca-file", TLS],
    ["client-c", TLS],
    ["client-key-file", TLS],
    ["peer-", TLS],
    ["experimental-peer-", TLS],
    ["auto-tls", TLS],
    ["self-signed-cert-validity", TLS],
    ["log-outputs", LOG],
    ["enable-log-rotation", LOG],
    ["log-rotation-config-json", LOG],
    ["log-package-levels", "log-level sets it"],
    ["debug", "log-level sets it"],
    ["proxy", V2],
    ["enable-v2", V2],
    ["v2-deprecation", V2],
    ["experimental-enable-v2v3", V2],
    ["next-cluster-version-compatible", "an upgrade is taken back by version"],
];
