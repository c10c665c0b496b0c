// pulumi.com/waitFor: what a program itself counts as ready, instead of what the plugin would wait for.
import { isPlainObject, type PlainObject } from "../shared/values";
import { annotation } from "./annotations";
import { nested } from "./state";
import type { Judgement } from "./wait";

const NAME = "pulumi.com/waitFor";
const FIELD = /^jsonpath=\{((?:\.[A-Za-z0-9_-]+)+)\}(?:=(.+))?$/;
const CONDITION = /^condition=([A-Za-z0-9_-]+)(?:=(.+))?$/;

/** Refuses what this plugin cannot wait for: at preview, before anything is made. */
export function checkWaitFor(inputs: PlainObject): void {
    const text = annotation(inputs, NAME);
    if (text !== undefined && !FIELD.test(text) && !CONDITION.test(text)) {
        throw new Error(
            `the stand-in Kubernetes plugin does not support ${NAME}: ${text}; it knows jsonpath={.a.b}, jsonpath={.a.b}=value, condition=TYPE and condition=TYPE=value`,
        );
    }
}

/** The program's own condition, if it has one: a field that is there or has that value, or one of the object's conditions. */
export function ownReadiness(inputs: PlainObject): ((live: PlainObject) => Promise<Judgement>) | undefined {
    const text = annotation(inputs, NAME) ?? "";
    const [, path, value] = FIELD.exec(text) ?? [];
    const [, type, status = "True"] = CONDITION.exec(text) ?? [];
    if (path === undefined && type === undefined) {
        return undefined;
    }
    return async (live) => {
        const found = type === undefined ? undefined : conditionOf(live, type);
        const done = type === undefined ? hasField(live, path!, value) : hasStatus(live, found, status);
        const why = typeof found?.["message"] === "string" ? `: ${found["message"]}` : "";
        return { done, progress: `Waiting for ${text}${why}`, problems: () => [`${text} is not fulfilled${why}`] };
    };
}

function hasField(live: PlainObject, path: string, value: string | undefined): boolean {
    const found = nested(live, ...path.split(".").slice(1));
    return value === undefined ? found !== undefined : String(found) === value;
}

const same = (a: unknown, b: string) => String(a).toLowerCase() === b.toLowerCase();

function conditionOf(live: PlainObject, type: string): PlainObject | undefined {
    const conditions = nested(live, "status", "conditions");
    return Array.isArray(conditions)
        ? conditions.filter(isPlainObject).find((condition) => same(condition["type"], type))
        : undefined;
}

/** One that was found of the object before its last change says nothing of this one. */
function hasStatus(live: PlainObject, condition: PlainObject | undefined, status: string): boolean {
    const generation = Number(nested(live, "metadata", "generation") ?? 0);
    const observed = condition?.["observedGeneration"] ?? nested(live, "status", "observedGeneration");
    const isOutdated = observed !== undefined && Number(observed) < generation;
    return condition !== undefined && !isOutdated && same(condition["status"], status);
}
