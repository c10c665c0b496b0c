/**
 * What Pulumi has to say to the pods: a ConfigMap that they only read. The size at formation, which they note in the marker when they
 * first look, a request to recover, and a word to take volumes as they are. It is there also when nothing is asked for, since it has the size. To pods one that is missing,
 * or that they may not read, asks for nothing. Annotations are changed in place; a ConfigMap whose data changes is replaced.
 */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

/** All three kept in step with scripts/lib/kube.sh. */
export const RECOVER_FROM = "etcd-cluster/recover-from";
export const ACCEPT_VOLUMES = "etcd-cluster/accept-volumes";
const SIZE_AT_FORMATION = "etcd-cluster/size-at-formation";

export function recoveryRequest(options: EtcdOptions, request?: pulumi.Output<string>): k8s.core.v1.ConfigMapArgs {
    return {
        metadata: {
            ...metadata(options, namesOf(options.name).recoveryRequest),
            annotations: {
                [SIZE_AT_FORMATION]: String(options.initialClusterSize),
                ...(request && { [RECOVER_FROM]: request }),
                ...(options.acceptVolumes !== undefined && { [ACCEPT_VOLUMES]: options.acceptVolumes }),
            },
        },
    };
}
