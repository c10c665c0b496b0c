/** Where pods are described among a stack's resources. In a preview any value may be unknown, and reading it ends the rule. */

export interface Container {
    name: string;
    image?: string;
    resources?: { requests?: Record<string, unknown>; limits?: Record<string, unknown> };
    env?: { name: string; value?: unknown; valueFrom?: unknown }[];
}

/** A Service, as far as its balancer is concerned. */
export interface BalancedService {
    metadata?: { annotations?: Record<string, string> };
    spec?: { type?: string; loadBalancerSourceRanges?: string[]; loadBalancerClass?: string };
}

export type Properties = Record<string, unknown>;

interface PodSpec {
    containers?: Container[];
    initContainers?: Container[];
}

interface Workload {
    metadata?: { name?: string; namespace?: string; labels?: Record<string, string> };
    spec?: PodSpec & {
        replicas?: number;
        selector?: { matchLabels?: Record<string, string> };
        template?: { metadata?: { labels?: Record<string, string> }; spec?: PodSpec };
    };
}

const KINDS = /^kubernetes:(apps|batch|core)\/v1:(StatefulSet|Deployment|DaemonSet|Job|Pod)$/;

/** The resource as a workload, if it is one. */
export function workloadOf(type: string, props: Properties): Workload | undefined {
    return KINDS.test(type) ? (props as Workload) : undefined;
}

/** All containers of a workload, those that run first included. */
export function containersOf(workload: Workload): Container[] {
    const spec = workload.spec?.template?.spec ?? workload.spec;
    return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
}

export const isStatefulSet = (type: string) => type === "kubernetes:apps/v1:StatefulSet";
export const isDisruptionBudget = (type: string) => type === "kubernetes:policy/v1:PodDisruptionBudget";

/** Whether a budget in the same namespace counts the pods of this set. */
export function covers(budget: Properties, set: Workload): boolean {
    const { metadata, spec } = budget as Workload;
    const wanted = Object.entries(spec?.selector?.matchLabels ?? {});
    const labels = set.spec?.template?.metadata?.labels ?? {};
    const sameNamespace = (metadata?.namespace ?? "default") === (set.metadata?.namespace ?? "default");
    return sameNamespace && wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value);
}
