/** Metadata that all objects of one cluster share. */
import type * as pulumi from "@pulumi/pulumi";

import type { EtcdOptions } from "../options";
import { labelsOf } from "../names";

export interface Metadata {
    name: string;
    namespace: pulumi.Input<string>;
    labels: Record<string, string>;
}

/** Name, namespace and labels; the frozen ones are among them. */
export function metadata(options: EtcdOptions, name: string): Metadata {
    return { name, namespace: options.namespace, labels: labelled(options, labelsOf(options.name), "etcd") };
}

/** These labels beside those that Kubernetes recommends and those that the user wants everywhere. No selector of ours looks at either. */
export function labelled(
    { name, commonLabels }: EtcdOptions,
    labels: Record<string, string>,
    component: string,
): Record<string, string> {
    return {
        "app.kubernetes.io/name": "etcd",
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/managed-by": "pulumi",
        ...commonLabels,
        ...labels,
    };
}
