/** Metadata that all objects of one cluster share. */
import type * as pulumi from "@pulumi/pulumi";

import type { EtcdOptions } from "../options";
import { labelsOf } from "../names";

export interface Metadata {
    name: string;
    namespace: pulumi.Input<string>;
    labels: Record<string, string>;
}

/** Name, namespace and the frozen labels. */
export function metadata(options: EtcdOptions, name: string): Metadata {
    return { name, namespace: options.namespace, labels: labelsOf(options.name) };
}
