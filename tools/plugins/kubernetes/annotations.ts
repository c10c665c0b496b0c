// Annotations by which a program steers the plugin, one object at a time, and the naming of objects without a name.
import { createHash, randomBytes } from "node:crypto";
import { isPlainObject, isProperties, type PlainObject, type Properties, Unknown } from "../shared/values";

const PREFIX = "pulumi.com/";
const AUTONAMED = `${PREFIX}autonamed`;

export type Propagation = "Foreground" | "Background" | "Orphan";

function metadata(object: PlainObject): PlainObject {
    const found = object["metadata"];
    return isPlainObject(found) ? found : {};
}

export function nameOf(object: PlainObject): string {
    return String(metadata(object)["name"] ?? "");
}

export function namespaceOf(object: PlainObject): string {
    return String(metadata(object)["namespace"] ?? "");
}

export function annotation(object: PlainObject, name: string): string | undefined {
    const annotations = metadata(object)["annotations"];
    const value = isPlainObject(annotations) ? annotations[name] : undefined;
    return value === undefined || value === null ? undefined : String(value);
}

export function skipsAwait(object: PlainObject): boolean {
    return annotation(object, `${PREFIX}skipAwait`) === "true";
}

export function forcesPatch(object: PlainObject): boolean {
    return annotation(object, `${PREFIX}patchForce`) === "true";
}

export function replacesUnready(object: PlainObject): boolean {
    return annotation(object, `${PREFIX}replaceUnready`) === "true";
}

export function isAutonamed(object: PlainObject): boolean {
    return annotation(object, AUTONAMED) === "true";
}

/** customTimeouts of the resource come first, then the annotation, then the default. */
export function timeoutSeconds(custom: number, object: PlainObject, fallback: number): number {
    const annotated = Number(annotation(object, `${PREFIX}timeoutSeconds`) ?? Number.NaN);
    return custom > 0 ? custom : Number.isFinite(annotated) && annotated > 0 ? annotated : fallback;
}

export function propagation(object: PlainObject): Propagation {
    switch (annotation(object, `${PREFIX}deletionPropagationPolicy`)?.toLowerCase()) {
        case "orphan":
            return "Orphan";
        case "background":
            return "Background";
        default:
            return "Foreground";
    }
}

export function fieldManagerOf(object: PlainObject, state: Properties): string {
    const annotated = annotation(object, `${PREFIX}patchFieldManager`);
    const stored = state["__fieldManager"];
    return annotated ?? (typeof stored === "string" ? stored : `pulumi-kubernetes-${randomBytes(4).toString("hex")}`);
}

function suffix(seed: Uint8Array): string {
    const source = seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(4);
    return source.toString("hex").slice(0, 8);
}

/** Inputs with a name: their own, the one made for the object before, or a new one from the resource's name. */
export function withName(inputs: Properties, olds: Properties, resource: string, seed: Uint8Array): Properties {
    const given = isProperties(inputs["metadata"]) ? inputs["metadata"] : {};
    if (inputs["metadata"] instanceof Unknown || given["name"] !== undefined) {
        return inputs;
    }
    if (given["generateName"] !== undefined) {
        throw new Error("the stand-in Kubernetes plugin does not support metadata.generateName");
    }
    const before = isProperties(olds["metadata"]) ? olds["metadata"] : {};
    const beforeAnnotations = isProperties(before["annotations"]) ? before["annotations"] : {};
    const adopted = beforeAnnotations[AUTONAMED] === "true" ? before["name"] : undefined;
    const annotations = isProperties(given["annotations"]) ? given["annotations"] : {};
    return {
        ...inputs,
        metadata: {
            ...given,
            name: adopted ?? `${resource}-${suffix(seed)}`,
            annotations: { ...annotations, [AUTONAMED]: "true" },
        },
    };
}
