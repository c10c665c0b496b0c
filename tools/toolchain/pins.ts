/** Versions of everything that is not an npm package; part of every path in the cache, so a new pin is a new tool. */

export const PULUMI = "3.259.0";
export const KUBERNETES = "1.34.4";
export const ETCD = "3.6.16";
/**
 * One version of each other minor that the project supports, for the upgrade from the oldest to the newest, and the version of its Go
 * module. Those of 3.4 have no version of their own: this is the newest that the module proxy serves. It is older than what users may
 * run, so it is an image without a version in its tag.
 */
export const OTHER_ETCDS: Record<string, string> = {
    "3.4.31": "v0.5.0-alpha.5.0.20240320135013-950cd5fbe6ca",
    "3.5.35": "v3.5.35",
    "3.7.3": "v3.7.3",
};
export const COREDNS = "1.15.0";
/** The client of the store in which backups are kept; also in rclone/go.mod. */
export const RCLONE = "1.76.0";
/** A real S3 server, for tests. */
export const VERSITYGW = "1.8.0";
export const LOCAL_PATH_PROVISIONER = "0.0.30";
/** Enforces NetworkPolicies, which the network of a local cluster does not do by itself. */
export const KUBE_NETWORK_POLICIES = "0.8.0";
/** cert-manager's definitions of custom resources, for tests; cert-manager itself does not run there. */
export const CERT_MANAGER = "1.21.2";

/** Least CLI on PATH that is used as it is: resource hooks, and the SDK's own age. */
export const LEAST_PULUMI = "3.200.0";
