/**
 * The marker: a ConfigMap, outside all volumes, in which the pods note whether the cluster ever formed. Pulumi makes it with
 * the size at formation and never touches it again, whatever changes: the Kubernetes plugin replaces a ConfigMap that it
 * updates once and in which others write. What Pulumi has to say afterwards is another object (recovery-request.ts).
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

/** Everything that Pulumi gave it. */
export const MARKER_IGNORES = ["data", "metadata"];
