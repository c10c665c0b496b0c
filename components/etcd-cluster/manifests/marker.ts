/**
 * The marker: a ConfigMap, outside all volumes, in which the pods note whether the cluster ever formed. Pulumi makes it with
 * the size at formation and never touches its data again.
 */
import type * as k8s from "@pulumi/kubernetes";

import { namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

export function marker(options: EtcdOptions): k8s.core.v1.ConfigMapArgs {
    return {
        metadata: metadata(options, namesOf(options.name).marker),
        data: { initialClusterSize: String(options.initialClusterSize) },
    };
}
