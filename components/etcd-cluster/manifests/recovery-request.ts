/**
 * The request to recover: a ConfigMap that Pulumi writes and pods only read. It is there also when nothing is asked for, so that
 * one that cannot be read is not taken for none. An annotation is changed in place; a ConfigMap whose data changes is replaced.
 */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

/** Kept in step with scripts/kube.sh. */
export const RECOVER_FROM = "etcd-cluster/recover-from";

export function recoveryRequest(options: EtcdOptions, request?: pulumi.Output<string>): k8s.core.v1.ConfigMapArgs {
    return {
        metadata: {
            ...metadata(options, namesOf(options.name).recoveryRequest),
            ...(request && { annotations: { [RECOVER_FROM]: request } }),
        },
    };
}
