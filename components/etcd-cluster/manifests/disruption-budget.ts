/**
 * Evictions take one pod at a time. The number is a constant: one that followed `replicas` would be ahead of or behind the
 * StatefulSet while it scales.
 */
import type * as k8s from "@pulumi/kubernetes";

import { labelsOf, namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

export function disruptionBudget(options: EtcdOptions): k8s.policy.v1.PodDisruptionBudgetArgs {
    return {
        metadata: metadata(options, namesOf(options.name).disruptionBudget),
        spec: { maxUnavailable: 1, selector: { matchLabels: labelsOf(options.name) } },
    };
}
