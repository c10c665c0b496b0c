/** Contradictions among the settings that fit pods and Services to a cluster. */
import type { EtcdResources } from "../args";
import type { EtcdOptions } from "../options";
import type { Key } from "../settings/setting";
import type { Found } from "./contradictions";
import { flagConflicts, flagProblem } from "./etcd-flags";
import { parseQuantity } from "./quantity";

/** A request above its limit is refused by Kubernetes only when the first pod is made. */
export function requestsAboveLimits(key: Key, { requests = {}, limits = {} }: EtcdResources): Found[] {
    return Object.entries(requests).map(([name, request]) => {
        const limit = limits[name];
        const isAbove = limit !== undefined && parseQuantity(request)! > parseQuantity(limit)!;
        return isAbove && { key: `${key}.requests.${name}`, value: request, allowed: `at most the limit, ${limit}` };
    });
}

/** Flags that are the program's, that this version does not have, of wrong values, and then those that contradict each other. */
export function badFlags({ etcdFlags, version, tls }: EtcdOptions): Found[] {
    const problem = (name: string, allowed: string) => ({ key: `etcdFlags.${name}`, value: etcdFlags[name], allowed });
    const bad = Object.entries(etcdFlags).flatMap(([name, value]) => {
        const allowed = flagProblem(name, value, version);
        return allowed === undefined ? [] : [problem(name, allowed)];
    });
    return bad.length > 0
        ? bad
        : flagConflicts(etcdFlags, tls !== "off").map(([name, allowed]) => problem(name, allowed));
}

/** Selectors look at these. */
export function ownLabels(key: Key, labels: Record<string, string>): Found[] {
    const allowed = "not set: the program's selectors look at app and k8s-app, and Kubernetes' at its own";
    return Object.entries(labels)
        .filter(([name]) =>
            /^(app|k8s-app|pod-template-hash|controller-revision-hash|controller-uid|job-name)$|^(apps|batch|statefulset)\.kubernetes\.io\//.test(
                name,
            ),
        )
        .map(([name, value]) => ({ key: `${key}.${name}`, value, allowed }));
}

export function withoutBalancer(options: EtcdOptions, key: "loadBalancerClass" | "loadBalancerSourceRanges"): Found {
    const isSet = options[key] !== undefined && options[key].length > 0;
    const allowed = "not set, or with clientServiceType LoadBalancer";
    return isSet && options.clientServiceType !== "LoadBalancer" && { key, value: options[key], allowed };
}
