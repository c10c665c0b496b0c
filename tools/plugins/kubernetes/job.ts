// When a Job has succeeded, and why it did not. A Job that has failed stays failed, so there the wait ends at once.
import { isPlainObject, type PlainObject } from "../shared/values";
import { nameOf, namespaceOf } from "./annotations";
import type { Target } from "./apply";
import { podProblems, warningsAbout } from "./pods";
import { nested } from "./state";
import type { Judgement } from "./wait";

/** The reasons that the official plugin takes for final; with any other one (a pod failure policy) it waits on. */
const FINAL = new Set(["BackoffLimitExceeded", "DeadlineExceeded"]);

/** Judges one Job again and again. What was wrong with a pod is kept: a Job that fails may delete its pods. */
export function jobJudge(target: Target): (live: PlainObject) => Promise<Judgement> {
    const pods = new Map<string, readonly string[]>();
    return async (live) => {
        const done = isJobReady(live);
        for (const [pod, problems] of done ? [] : await podProblems(target, live)) {
            pods.set(pod, problems);
        }
        const failure = failureOf(live);
        return {
            done,
            failed: failure !== undefined,
            progress: progressOf(live),
            warnings: () => warningsAbout(target, live),
            problems: () => [...[...pods.values()].flat(), ...(failure === undefined ? [] : [failure])],
        };
    };
}

export function isJobReady(live: PlainObject): boolean {
    return hasStarted(live) && failureOf(live) === undefined && condition(live, "Complete") !== undefined;
}

function hasStarted(live: PlainObject): boolean {
    return nested(live, "status", "startTime") !== undefined;
}

/** The condition of that type, where it holds. */
function condition(live: PlainObject, type: string): PlainObject | undefined {
    const all = nested(live, "status", "conditions");
    return (Array.isArray(all) ? all.filter(isPlainObject) : []).find(
        (one) => one["type"] === type && one["status"] === "True",
    );
}

function failureOf(live: PlainObject): string | undefined {
    const failed = hasStarted(live) ? condition(live, "Failed") : undefined;
    const reason = String(failed?.["reason"] ?? "");
    return failed && FINAL.has(reason) ? `[${reason}] ${String(failed["message"] ?? "")}` : undefined;
}

function progressOf(live: PlainObject): string {
    const namespace = namespaceOf(live);
    const name = namespace === "default" ? nameOf(live) : `${namespace}/${nameOf(live)}`;
    if (!hasStarted(live)) {
        return `Waiting for Job "${name}" to start`;
    }
    const count = (key: string): string => String(nested(live, "status", key) ?? 0);
    const counts = `(Active: ${count("active")} | Succeeded: ${count("succeeded")} | Failed: ${count("failed")})`;
    return `Waiting for Job "${name}" to succeed ${counts}`;
}
