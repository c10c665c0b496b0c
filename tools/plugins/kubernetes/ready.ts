// When an object counts as ready, for the kinds that the official plugin waits for. All others are ready at once.
import { isPlainObject, type PlainObject } from "../shared/values";
import { nameOf, namespaceOf, skipsAwait } from "./annotations";
import { getLive, type Target } from "./apply";
import { jobJudge } from "./job";
import { podProblems } from "./pods";
import { isNotFound } from "./rest";
import { nested } from "./state";
import type { Judgement } from "./wait";
import { ownReadiness } from "./wait-for";

/** Judges a live object of the target's kind, or by the program's own condition; undefined: there is nothing to wait for. */
export function readiness(
    target: Target,
    inputs: PlainObject,
): ((live: PlainObject) => Promise<Judgement>) | undefined {
    return skipsAwait(inputs) ? undefined : (ownReadiness(inputs) ?? readinessOfKind(target));
}

function readinessOfKind(target: Target): ((live: PlainObject) => Promise<Judgement>) | undefined {
    switch (`${target.type.apiVersion}/${target.type.kind}`) {
        case "apps/v1/StatefulSet":
            return async (live) => judgeStatefulSet(target, live);
        case "batch/v1/Job":
            return jobJudge(target);
        case "v1/Service":
            return (live) => judgeService(target, live);
        case "v1/Pod":
            return async (live) => judgePod(live);
        default:
            return undefined;
    }
}

function count(object: PlainObject, ...path: string[]): number {
    return Number(nested(object, ...path) ?? 0);
}

function judgeStatefulSet(target: Target, live: PlainObject): Judgement {
    const generation = count(live, "metadata", "generation");
    const replicas = Number(nested(live, "spec", "replicas") ?? 1);
    const ready = count(live, "status", "readyReplicas");
    const updated = count(live, "status", "updatedReplicas");
    const current = String(nested(live, "status", "currentRevision") ?? "");
    const next = String(nested(live, "status", "updateRevision") ?? "");
    const observed = count(live, "status", "observedGeneration") >= generation;
    const all = observed && count(live, "status", "replicas") === replicas && ready === replicas;
    const onDelete = generation > 1 && nested(live, "spec", "updateStrategy", "type") === "OnDelete";
    const revisionReady = onDelete || (current !== "" && current === next);
    const replicasReady = all && (onDelete || count(live, "status", "currentReplicas") === replicas);
    // During a rollout, ready pods of the old revision are no progress.
    const shown = observed && revisionReady ? ready : Math.min(ready, updated);
    return {
        done: replicasReady && revisionReady,
        progress: statefulSetProgress(generation, replicasReady, `${shown}/${replicas} Pods ready`),
        problems: async () => [
            ...(replicasReady ? [] : [`${shown} out of ${replicas} replicas succeeded readiness checks`]),
            ...(revisionReady
                ? []
                : [`StatefulSet controller failed to advance from revision "${current}" to revision "${next}"`]),
            ...[...(await podProblems(target, live)).values()].flat(),
        ],
    };
}

function statefulSetProgress(generation: number, replicasReady: boolean, pods: string): string {
    if (generation <= 1) {
        return `[1/2] Waiting for StatefulSet to create Pods (${pods})`;
    }
    return replicasReady
        ? "[2/3] Waiting for StatefulSet to update .status.currentRevision"
        : `[1/3] Waiting for StatefulSet update to roll out (${pods})`;
}

const NO_PODS =
    "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match " +
    "labels on any Pods";
const NO_ADDRESS = "Service was not allocated an IP address; does your cloud provider support this?";

async function judgeService(target: Target, live: PlainObject): Promise<Judgement> {
    const type = nested(live, "spec", "type") ?? "ClusterIP";
    const selector = nested(live, "spec", "selector");
    const headless = nested(live, "spec", "clusterIP") === "None";
    const selects = isPlainObject(selector) && Object.keys(selector).length > 0;
    const ingress = nested(live, "status", "loadBalancer", "ingress");
    const hasAddress = type !== "LoadBalancer" || (Array.isArray(ingress) && ingress.length > 0);
    const hasPods = type === "ExternalName" || headless || !selects || (await hasEndpoints(target, live));
    return {
        done: hasAddress && hasPods,
        progress: hasPods
            ? "[2/3] Attempting to allocate IP address to Service"
            : "[1/3] Finding Pods to direct traffic to",
        problems: () => [...(hasPods ? [] : [NO_PODS]), ...(hasAddress ? [] : [NO_ADDRESS])],
    };
}

async function hasEndpoints(target: Target, service: PlainObject): Promise<boolean> {
    const type = { ...target.type, kind: "Endpoints", plural: "endpoints" };
    try {
        const endpoints = await getLive({ ...target, type, namespace: namespaceOf(service), name: nameOf(service) });
        const subsets = endpoints["subsets"];
        return Array.isArray(subsets) && subsets.length > 0;
    } catch (error) {
        if (isNotFound(error)) {
            return false;
        }
        throw error;
    }
}

function judgePod(live: PlainObject): Judgement {
    const conditions = nested(live, "status", "conditions");
    const ready = (Array.isArray(conditions) ? conditions.filter(isPlainObject) : []).find(
        (condition) => condition["type"] === "Ready",
    );
    const phase = nested(live, "status", "phase");
    return {
        done: phase === "Succeeded" || ready?.["status"] === "True",
        progress: "Waiting for Pod to become ready",
        problems: () => [`Pod is in phase ${String(phase ?? "Pending")}: ${String(ready?.["message"] ?? "not ready")}`],
    };
}
