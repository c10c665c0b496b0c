// One stack, one cluster: `pulumi config` says how it looks, the outputs below say how to reach it.
import { EtcdCluster } from "./components";
import { onClusterOfStack } from "./stacks/cluster-of-stack";
import { clusterArgs } from "./stacks/config";

// A constant: were it the configured name, a new name would be a second cluster instead of an error.
const cluster = onClusterOfStack((opts) => new EtcdCluster("etcd", clusterArgs(), opts));

export const endpoint = cluster.endpoint;
export const endpoints = cluster.endpoints;
// An output that is undefined is a warning on every run.
export const externalEndpoint = cluster.externalEndpoint.apply((url) => url ?? "");
export const caCert = cluster.caCert.apply((pem) => pem ?? "");
export const rootPasswordSecret = cluster.rootPasswordSecret;
export const rootPassword = cluster.rootPassword.apply((password) => password ?? "");
export const initialClusterToken = cluster.initialClusterToken;
export const statefulSet = cluster.statefulSet;
export const namespace = cluster.namespace;
