/**
 * How the user's settings shape a pod. Every pod template of ours passes through here, members' and Jobs' alike, so that what is
 * set holds for all of them; the last word is that of `pod`. Labels that selectors look at, and what the scripts own, stay ours.
 */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { labelsOf } from "../names";
import type { EtcdOptions } from "../options";
import { labelled } from "./metadata";
import { merged } from "./merge";
import { OUR_CONTAINERS, OUR_INIT_CONTAINERS } from "./ours";

type Template = k8s.types.input.core.v1.PodTemplateSpec;
type Spec = k8s.types.input.core.v1.PodSpec;

/** A pod template as this program makes it: all of it plain but values. */
export interface OurTemplate {
    metadata: { labels: Record<string, string>; annotations?: Record<string, pulumi.Input<string>> };
    spec: Omit<Spec, "containers" | "volumes"> & {
        containers: k8s.types.input.core.v1.Container[];
        volumes: k8s.types.input.core.v1.Volume[];
    };
}

type Named = { name: string };

/** Members run for ever; a Job ends with its last container. */
export type PodKind = "member" | "job";

/** `component` is what the pod is, for the label of that name. */
export function shaped(options: EtcdOptions, kind: PodKind, component: string, template: OurTemplate): Template {
    const { labels, annotations } = template.metadata;
    const spec = merged(placed(options, kind, template.spec) as never, overlay(options, kind, template.spec));
    return {
        metadata: {
            labels: {
                "app.kubernetes.io/version": options.version,
                ...meshLabels(options),
                ...labelled(options, options.podLabels, component),
                ...labels,
            },
            annotations: {
                ...evictable(template.spec),
                ...meshAnnotations(options),
                ...options.podAnnotations,
                ...annotations,
            },
        },
        spec: spec as unknown as Spec,
    };
}

/** Where the pod may run, and with which rights there. */
function placed(options: EtcdOptions, kind: PodKind, spec: Spec): Spec {
    const { imagePullSecrets, tolerations, nodeSelector, priorityClassName } = options;
    return {
        ...spec,
        ...(imagePullSecrets.length > 0 && { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
        ...(tolerations.length > 0 && { tolerations }),
        ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
        ...(priorityClassName !== undefined && { priorityClassName }),
        ...(kind === "member" && options.topologySpread !== "none" && zones(options)),
    };
}

/** One constraint beside the affinity to nodes. Where nodes have no zone, a preference is none, and a demand leaves pods waiting. */
function zones({ name, topologySpread }: EtcdOptions): Pick<Spec, "topologySpreadConstraints"> {
    const whenUnsatisfiable = topologySpread === "hard" ? "DoNotSchedule" : "ScheduleAnyway";
    const labelSelector = { matchLabels: labelsOf(name) };
    const topologyKey = "topology.kubernetes.io/zone";
    return { topologySpreadConstraints: [{ maxSkew: 1, topologyKey, whenUnsatisfiable, labelSelector }] };
}

/**
 * What of `pod` is for this one: a sidecar would keep a Job from ending, time to stop is what members need, and what is said of a
 * container of ours is for the pods that have it.
 */
function overlay({ pod }: EtcdOptions, kind: PodKind, spec: OurTemplate["spec"]): Record<string, unknown> {
    const { terminationGracePeriodSeconds, containers, initContainers, ...rest } = pod;
    const here = (list: unknown, there: unknown, ours: string[], takesMore: boolean) =>
        (list as Named[]).filter(
            ({ name }) => (there as Named[]).some((each) => each.name === name) || (takesMore && !ours.includes(name)),
        );
    return {
        ...rest,
        ...(containers !== undefined && {
            containers: here(containers, spec.containers, OUR_CONTAINERS, kind === "member"),
        }),
        ...(initContainers !== undefined && {
            initContainers: here(initContainers, spec.initContainers, OUR_INIT_CONTAINERS, true),
        }),
        ...(kind === "member" && terminationGracePeriodSeconds !== undefined && { terminationGracePeriodSeconds }),
    };
}

/** Tells the cluster autoscaler that nothing is lost with these, or it would never give up a node with such a pod. */
function evictable({ volumes }: OurTemplate["spec"]): Record<string, string> {
    const names = volumes.filter(({ emptyDir }) => emptyDir !== undefined).map(({ name }) => name as string);
    return { "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes": names.join() };
}

/**
 * Service meshes keep out: members have TLS of their own among them, must reach each other before they are Ready, and a Job ends with its
 * last container. Whoever says a word about a mesh, by label or annotation, has the whole word.
 */
const ISTIO = ["sidecar.istio.io/inject", "istio.io/rev", "istio.io/dataplane-mode"];
const LINKERD = ["linkerd.io/inject"];

const isTold = ({ podLabels, podAnnotations, commonLabels }: EtcdOptions, keys: string[]) =>
    keys.some((key) => [podLabels, podAnnotations, commonLabels].some((map) => map[key] !== undefined));

const meshLabels = (options: EtcdOptions): Record<string, string> =>
    isTold(options, ISTIO) ? {} : { "sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none" };

const meshAnnotations = (options: EtcdOptions): Record<string, string> =>
    isTold(options, LINKERD) ? {} : { "linkerd.io/inject": "disabled" };
