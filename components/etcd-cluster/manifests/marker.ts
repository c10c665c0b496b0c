/**
 * The marker: a ConfigMap, outside all volumes, in which the pods note whether the cluster ever formed. Pulumi makes it with
 * the size at formation and never touches its data again. A request to recover comes as an annotation, which Pulumi keeps.
 */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

/** Kept in step with read_marker in scripts/kube.sh. */
const RECOVER_FROM = "etcd-cluster/recover-from";

export function marker(options: EtcdOptions, recovery?: pulumi.Output<string>): k8s.core.v1.ConfigMapArgs {
    return {
        metadata: {
            ...metadata(options, namesOf(options.name).marker),
            ...(recovery && { annotations: { [RECOVER_FROM]: recovery } }),
        },
        data: { initialClusterSize: String(options.initialClusterSize) },
    };
}
