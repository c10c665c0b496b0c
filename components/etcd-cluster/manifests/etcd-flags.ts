/** How flags of etcd reach it: it takes every flag that it is not given from a variable of that name, and so the scripts need not know them. */
import type * as k8s from "@pulumi/kubernetes";

export function flagVariables(flags: Record<string, string>): k8s.types.input.core.v1.EnvVar[] {
    return Object.keys(flags)
        .sort()
        .map((flag) => ({ name: `ETCD_${flag.toUpperCase().replaceAll("-", "_")}`, value: flags[flag]! }));
}
