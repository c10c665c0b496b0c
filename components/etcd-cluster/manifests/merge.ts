/** Lays a part of a pod over a pod, in the way of `kubectl patch`: maps key by key, lists of things with a name by that name. Pure. */
import { isRecord } from "../validation/checks";
import { isLater } from "../later";

type Plain = Record<string, unknown>;

/** By what the elements of a list are told apart. Any other list is replaced as a whole. */
const KEYS: Record<string, string> = {
    containers: "name",
    initContainers: "name",
    volumes: "name",
    env: "name",
    imagePullSecrets: "name",
    volumeMounts: "mountPath",
    hostAliases: "ip",
    topologySpreadConstraints: "topologyKey",
};

export function merged(base: Plain, over: Plain): Plain {
    const entries = Object.entries(over).map(([field, value]) => [field, mergedValue(field, base[field], value)]);
    return { ...base, ...Object.fromEntries(entries) };
}

function mergedValue(field: string, base: unknown, over: unknown): unknown {
    const key = KEYS[field];
    if (key !== undefined && Array.isArray(base) && Array.isArray(over)) {
        return mergedList(key, base as Plain[], over as Plain[]);
    }
    return isMap(base) && isMap(over) ? merged(base, over) : over;
}

/** What has its like in `base` stays in its place, all else comes behind, in order. */
function mergedList(key: string, base: Plain[], over: Plain[]): Plain[] {
    const like = (list: Plain[], one: Plain) => list.find((each) => each[key] === one[key]);
    const kept = base.map((each) => {
        const other = like(over, each);
        return other ? merged(each, other) : each;
    });
    return [...kept, ...over.filter((each) => !like(base, each))];
}

/** An output is a value like a text: what is in it is known only later. */
const isMap = (value: unknown): value is Plain => isRecord(value) && !isLater(value);
