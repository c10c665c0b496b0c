// Server-side apply records who set which field. Two things need that record: taking over what plain `kubectl apply`
// left behind (as the official plugin does), and leaving alone ignored fields that others own.
import { isPlainObject, type Plain, type PlainObject } from "../shared/values";
import type { Path } from "./paths";
import { nested } from "./state";

/**
 * Writers whose fields are taken over before an update, as beginnings of their names: what `kubectl patch` or `edit` wrote is
 * then ours alone, and goes when we do not send it. Sub-resources (`kubectl scale`) are never taken over.
 */
const TAKEN_OVER: readonly (readonly [manager: string, operation: string])[] = [
    ["kubectl", "Apply"],
    ["kubectl", "Update"],
    ["before-first-apply", "Update"],
    ["pulumi-kubernetes", "Update"],
    ["pulumi-resource-kubernetes", "Update"],
];

function entries(live: PlainObject): PlainObject[] {
    const list = nested(live, "metadata", "managedFields");
    return Array.isArray(list) ? list.filter(isPlainObject) : [];
}

function isTakenOver(entry: PlainObject): boolean {
    return (
        !entry["subresource"] &&
        TAKEN_OVER.some(
            ([manager, operation]) => String(entry["manager"]).startsWith(manager) && entry["operation"] === operation,
        )
    );
}

function union(a: Plain | undefined, b: Plain | undefined): PlainObject {
    const result: PlainObject = isPlainObject(a) ? { ...a } : {};
    for (const [key, value] of Object.entries(isPlainObject(b) ? b : {})) {
        result[key] = key in result ? union(result[key], value) : value;
    }
    return result;
}

/** A JSON patch that gives `manager` the fields of the managers above; undefined where there are none. */
export function takeOverPatch(live: PlainObject, manager: string): PlainObject[] | undefined {
    const all = entries(live);
    const taken = all.filter((entry) => isTakenOver(entry) && entry["manager"] !== manager);
    const first = taken[0];
    if (!first) {
        return undefined;
    }
    const own = all.find((entry) => entry["manager"] === manager && entry["operation"] === "Apply");
    const fields = taken.reduce<PlainObject>(
        (sum, entry) => union(sum, entry["fieldsV1"]),
        union({}, own?.["fieldsV1"]),
    );
    const rest = all.filter((entry) => entry !== own && !taken.includes(entry));
    const merged = { ...(own ?? first), manager, operation: "Apply", fieldsV1: fields };
    return [
        { op: "replace", path: "/metadata/managedFields", value: [...rest, merged] },
        {
            op: "replace",
            path: "/metadata/resourceVersion",
            value: nested(live, "metadata", "resourceVersion") ?? null,
        },
    ];
}

function owns(entry: PlainObject, path: Path): boolean {
    return nested(entry["fieldsV1"], ...path.map((key) => `f:${key}`)) !== undefined;
}

export function ownership(live: PlainObject, path: Path, manager: string): { ours: boolean; theirs: boolean } {
    const owners = entries(live).filter((entry) => owns(entry, path));
    const ours = owners.filter((entry) => entry["manager"] === manager);
    return { ours: ours.length > 0, theirs: ours.length < owners.length };
}
