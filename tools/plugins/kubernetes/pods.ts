// Why pods of a StatefulSet or Job are not ready: what a person would look up with `kubectl describe` after a time-out.
import { isPlainObject, type Plain, type PlainObject } from "../shared/values";
import { nameOf, namespaceOf } from "./annotations";
import type { Target } from "./apply";
import { nested } from "./state";

function objects(list: Plain | undefined): PlainObject[] {
    return Array.isArray(list) ? list.filter(isPlainObject) : [];
}

/**
 * One line for each reason, by pod; no line for a pod that is as it should be. Nothing at all when the pods cannot be
 * listed, since it only explains.
 */
export async function podProblems(target: Target, owner: PlainObject): Promise<Map<string, readonly string[]>> {
    const namespace = namespaceOf(owner);
    try {
        const pods = objects((await list(target, namespace, "pods", selectorOf(owner)))["items"]);
        const owned = pods.filter((pod) => isOwnedBy(pod, owner));
        const events = owned.every(isFine) ? new Map<string, string>() : await warnings(target, namespace);
        return new Map(owned.map((pod) => [nameOf(pod), isFine(pod) ? [] : problemsOf(pod, events)]));
    } catch {
        return new Map();
    }
}

/** Only narrows the list down: who owns a pod is asked of the pod. */
function selectorOf(owner: PlainObject): Record<string, string> {
    const labels = nested(owner, "spec", "selector", "matchLabels");
    const terms = Object.entries(isPlainObject(labels) ? labels : {}).map(([key, value]) => `${key}=${String(value)}`);
    return { labelSelector: terms.join(",") };
}

function list(target: Target, namespace: string, plural: string, query: Record<string, string>): Promise<PlainObject> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${plural}`;
    return target.rest({ method: "GET", path, query });
}

function isOwnedBy(pod: PlainObject, owner: PlainObject): boolean {
    const uid = nested(owner, "metadata", "uid");
    return objects(nested(pod, "metadata", "ownerReferences")).some((reference) => reference["uid"] === uid);
}

function conditions(pod: PlainObject): PlainObject[] {
    return objects(nested(pod, "status", "conditions"));
}

/** Ready, or a pod of a Job that has done its work. */
function isFine(pod: PlainObject): boolean {
    const ready = conditions(pod).some((condition) => condition["type"] === "Ready" && condition["status"] === "True");
    return ready || nested(pod, "status", "phase") === "Succeeded";
}

/** The latest warning about each pod. */
async function warnings(target: Target, namespace: string): Promise<Map<string, string>> {
    const query = { fieldSelector: "type=Warning,involvedObject.kind=Pod" };
    const events = objects((await list(target, namespace, "events", query))["items"]);
    const time = (event: PlainObject): string => String(event["lastTimestamp"] ?? event["eventTime"] ?? "");
    return new Map(
        events
            .sort((a, b) => time(a).localeCompare(time(b)))
            .map((event) => [
                String(nested(event, "involvedObject", "uid")),
                `${String(event["reason"] ?? "")}: ${String(event["message"] ?? "")}`,
            ]),
    );
}

/** What Warning events say of the object itself, by its uid; the other ones are no news. Nothing when they cannot be listed. */
export async function warningsAbout(target: Target, live: PlainObject): Promise<string[]> {
    const uid = String(nested(live, "metadata", "uid"));
    const query = { fieldSelector: `involvedObject.uid=${uid},type=Warning` };
    try {
        const events = objects((await list(target, namespaceOf(live), "events", query))["items"]);
        return events.map((event) => `${String(event["reason"] ?? "")}: ${String(event["message"] ?? "")}`);
    } catch {
        return [];
    }
}

function problemsOf(pod: PlainObject, events: Map<string, string>): string[] {
    const unmet = conditions(pod)
        .filter((one) => ["PodScheduled", "Ready"].includes(String(one["type"])) && one["status"] === "False")
        .map((one) => String(one["message"] ?? ""))
        .filter(Boolean);
    const containers = [
        ...objects(nested(pod, "status", "initContainerStatuses")),
        ...objects(nested(pod, "status", "containerStatuses")),
    ].flatMap(containerProblem);
    const event = events.get(String(nested(pod, "metadata", "uid")));
    const reasons = [...unmet, ...containers, ...(event ? [event] : [])];
    const shown = reasons.length > 0 ? reasons : ["not ready, and its status does not say why"];
    return shown.map((reason) => `[Pod ${namespaceOf(pod)}/${nameOf(pod)}]: ${reason}`);
}

function containerProblem(status: PlainObject): string[] {
    const name = String(status["name"]);
    const waiting = nested(status, "state", "waiting");
    const ended = nested(status, "state", "terminated");
    const before = nested(status, "lastState", "terminated");
    return [
        ...(isPlainObject(waiting) ? waitingProblem(name, waiting) : []),
        ...(isPlainObject(ended) ? endedProblem(name, ended) : []),
        ...(isPlainObject(before) ? endedBefore(name, before) : []),
    ];
}

function waitingProblem(name: string, state: PlainObject): string[] {
    return state["reason"] === "ContainerCreating" || state["reason"] === "PodInitializing"
        ? []
        : [`[${String(state["reason"])}] container "${name}": ${String(state["message"] ?? "is waiting")}`];
}

/** A container's last words (its termination message) say more than its exit code. */
function endedProblem(name: string, state: PlainObject): string[] {
    if (state["exitCode"] === 0) {
        return [];
    }
    return [
        state["message"]
            ? `[${String(state["reason"])}] ${String(state["message"]).trim()}`
            : `container "${name}" completed with exit code ${String(state["exitCode"])}`,
    ];
}

function endedBefore(name: string, state: PlainObject): string[] {
    const { finishedAt, reason, exitCode, message } = state;
    const what = `${String(reason)}: exit code ${String(exitCode)}`;
    return [
        `container "${name}" terminated at ${String(finishedAt)} (${what})${message ? `\n${String(message).trim()}` : ""}`,
    ];
}
