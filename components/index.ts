/** The public surface of the library. */
export * from "./etcd-cluster/args";
export { EtcdCluster } from "./etcd-cluster/cluster";
