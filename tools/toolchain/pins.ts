/** Versions of everything that is not an npm package; part of every path in the cache, so a new pin is a new tool. */

export const PULUMI = "3.259.0";
export const KUBERNETES = "1.34.4";
export const ETCD = "3.6.16";
export const COREDNS = "1.15.0";
export const LOCAL_PATH_PROVISIONER = "0.0.30";
/** Its definitions of custom resources, for tests; cert-manager itself does not run there. */
export const CERT_MANAGER = "1.21.2";

/** Least CLI on PATH that is used as it is: resource hooks, and the SDK's own age. */
export const LEAST_PULUMI = "3.200.0";
