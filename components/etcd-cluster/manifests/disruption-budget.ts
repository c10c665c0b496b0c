/**
 * Evictions leave a quorum. 51 %, rounded up, is a majority of any number of members, and it is Kubernetes that knows the number:
 * one that followed `replicas` from here would be ahead of or behind the StatefulSet while it scales. A single member is no
 * quorum to protect, and a node must be drainable.
 */
import type * as k8s from "@pulumi/kubernetes";

import { labelsOf, namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

export function disruptionBudget(options: EtcdOptions): k8s.policy.v1.PodDisruptionBudgetArgs {
    const budget = options.replicas === 1 ? { maxUnavailable: 1 } : { minAvailable: "51%" };
    return {
        metadata: metadata(options, namesOf(options.name).disruptionBudget),
        spec: { ...budget, selector: { matchLabels: labelsOf(options.name) } },
    };
}
