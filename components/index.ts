/** The public surface of the library. */
import type { ComponentResourceOptions } from "@pulumi/pulumi";

import type { EtcdClusterArgs } from "./etcd-cluster/args";
import { EtcdCluster as Component } from "./etcd-cluster/cluster";

export * from "./etcd-cluster/args";

/** The component, with `pod` as typed as all else. */
export const EtcdCluster: new (name: string, args?: EtcdClusterArgs, opts?: ComponentResourceOptions) => EtcdCluster =
    Component;
export type EtcdCluster = Component;
