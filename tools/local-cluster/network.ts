/**
 * Addresses inside a cluster's network namespaces. No other cluster and nothing on the host can see them. The first node lives
 * in the namespace of the control plane; each further one has a namespace of its own, a link to the first one's bridge, and
 * routes to the pods of the others.
 */

const NODE_SUBNET = "172.30.0";
export const NODE_ADDRESS = `${NODE_SUBNET}.1`;
export const CLUSTER_SUBNET = "10.244.0.0/16";
export const SERVICE_SUBNET = "10.96.0.0/16";
/** The API server's Service is the first address of the subnet, by Kubernetes' own rule. */
export const KUBERNETES_SERVICE = "10.96.0.1";
export const DNS_SERVICE = "10.96.0.10";
export const CLUSTER_DOMAIN = "cluster.local";
export const API_SERVER = `https://${NODE_ADDRESS}:6443`;

/** As many nodes as have credentials. */
export const MOST_NODES = 3;

export interface Node {
    name: string;
    address: string;
    podSubnet: string;
    /** Whether it has a network namespace of its own, named like it. */
    own: boolean;
}

/** The first `count` nodes. */
export function nodesOf(count: number): Node[] {
    return Array.from({ length: count }, (_, index) => ({
        name: `node-${index + 1}`,
        address: `${NODE_SUBNET}.${index + 1}`,
        podSubnet: `10.244.${index}.0/24`,
        own: index > 0,
    }));
}
