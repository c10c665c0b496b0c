// Why pods of a StatefulSet are not ready: what a person would look up with `kubectl describe` after a time-out.
import { isPlainObject, type Plain, type PlainObject } from "../shared/values";
import { nameOf, namespaceOf } from "./annotations";
import type { Target } from "./apply";
import { nested } from "./state";

function objects(list: Plain | undefined): PlainObject[] {
    return Array.isArray(list) ? list.filter(isPlainObject) : [];
}

/** One line for each reason, pod by pod; nothing when the pods cannot be listed, since it only explains. */
export async function podProblems(target: Target, owner: PlainObject): Promise<string[]> {
    const namespace = namespaceOf(owner);
    try {
        const pods = objects((await list(target, namespace, "pods"))["items"]);
        const owned = pods.filter((pod) => isOwnedBy(pod, owner) && !isReady(pod));
        const events = owned.length > 0 ? await warnings(target, namespace) : new Map<string, string>();
        return owned.flatMap((pod) => problemsOf(pod, events));
    } catch {
        return [];
    }
}

function list(target: Target, namespace: string, plural: string, query?: Record<string, string>): Promise<PlainObject> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${plural}`;
    return target.rest({ method: "GET", path, ...(query ? { query } : {}) });
}

function isOwnedBy(pod: PlainObject, owner: PlainObject): boolean {
    const uid = nested(owner, "metadata", "uid");
    return objects(nested(pod, "metadata", "ownerReferences")).some((reference) => reference["uid"] === uid);
}

function conditions(pod: PlainObject): PlainObject[] {
    return objects(nested(pod, "status", "conditions"));
}

function isReady(pod: PlainObject): boolean {
    return conditions(pod).some((condition) => condition["type"] === "Ready" && condition["status"] === "True");
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

function problemsOf(pod: PlainObject, events: Map<string, string>): string[] {
    const unmet = conditions(pod)
        .filter((one) => ["PodScheduled", "Ready"].includes(String(one["type"])) && one["status"] === "False")
        .map((one) => String(one["message"] ?? one["reason"] ?? ""))
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
    if (
        isPlainObject(waiting) &&
        waiting["reason"] !== "ContainerCreating" &&
        waiting["reason"] !== "PodInitializing"
    ) {
        return [`[${String(waiting["reason"])}] container "${name}": ${String(waiting["message"] ?? "is waiting")}`];
    }
    if (isPlainObject(ended) && ended["exitCode"] !== 0) {
        return [`container "${name}" terminated with exit code ${String(ended["exitCode"])}`];
    }
    return [];
}
