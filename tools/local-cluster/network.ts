/** Addresses inside a cluster's network namespace. No other cluster and nothing on the host can see them. */

export const NODE_ADDRESS = "172.30.0.1";
export const POD_SUBNET = "10.244.0.0/24";
export const SERVICE_SUBNET = "10.96.0.0/16";
/** The API server's Service is the first address of the subnet, by Kubernetes' own rule. */
export const KUBERNETES_SERVICE = "10.96.0.1";
export const DNS_SERVICE = "10.96.0.10";
export const CLUSTER_DOMAIN = "cluster.local";
export const API_SERVER = `https://${NODE_ADDRESS}:6443`;
export const NODE_NAME = "node-1";
