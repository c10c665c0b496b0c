// Property values as they travel between engine and plugin. Secrets and not-yet-known values are marked on the wire;
// here they are objects of their own, so that no code can mistake one for a plain value and print it.
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The engine has one placeholder for each type of a value that is not known yet. */
const UNKNOWNS = new Set([
    UNKNOWN,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export class Secret {
    constructor(readonly value: Value) {}
    /** Keeps the value out of anything that is printed or serialised by accident. */
    toJSON(): string {
        return "[secret]";
    }
    toString(): string {
        return "[secret]";
    }
}

export class Unknown {
    toJSON(): string {
        return "[unknown]";
    }
}

export type Value = null | boolean | number | string | Secret | Unknown | Value[] | Properties;
export interface Properties {
    [key: string]: Value;
}

/** A value without marks: what a server may get. */
export type Plain = null | boolean | number | string | Plain[] | PlainObject;
export interface PlainObject {
    [key: string]: Plain;
}

export function isProperties(value: unknown): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !isMark(value);
}

export function isPlainObject(value: Plain | undefined): value is PlainObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMark(value: unknown): value is Secret | Unknown {
    return value instanceof Secret || value instanceof Unknown;
}

export function decode(struct: Struct | undefined): Properties {
    return decodeObject((struct?.toJavaScript() ?? {}) as Record<string, unknown>);
}

function decodeObject(source: Record<string, unknown>): Properties {
    const result: Properties = {};
    for (const [key, value] of Object.entries(source)) {
        const decoded = decodeValue(value);
        // Absent and null mean the same to the resources served here.
        if (decoded !== null) {
            result[key] = decoded;
        }
    }
    return result;
}

function decodeValue(value: unknown): Value {
    if (typeof value === "string") {
        return UNKNOWNS.has(value) ? new Unknown() : value;
    }
    if (Array.isArray(value)) {
        return value.map(decodeValue);
    }
    if (typeof value === "object" && value !== null) {
        return decodeMarked(value as Record<string, unknown>);
    }
    return (value ?? null) as Value;
}

function decodeMarked(value: Record<string, unknown>): Value {
    const signature = value[SIGNATURE];
    if (signature === undefined) {
        return decodeObject(value);
    }
    if (signature === SECRET) {
        return new Secret(decodeValue(value["value"]));
    }
    if (signature === OUTPUT) {
        const inner = "value" in value ? decodeValue(value["value"]) : new Unknown();
        return value["secret"] === true ? new Secret(inner) : inner;
    }
    throw new Error("assets, archives and resource references are not supported by this stand-in plugin");
}

export function encode(properties: Properties): Struct {
    return Struct.fromJavaScript(encodeValue(properties) as { [key: string]: JavaScriptValue });
}

function encodeValue(value: Value): JavaScriptValue {
    if (value instanceof Unknown) {
        return UNKNOWN;
    }
    if (value instanceof Secret) {
        return { [SIGNATURE]: SECRET, value: encodeValue(value.value) };
    }
    if (Array.isArray(value)) {
        return value.map(encodeValue);
    }
    if (isProperties(value)) {
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encodeValue(inner)]));
    }
    return value;
}

export function containsUnknown(value: Value | undefined): boolean {
    return contains(value, (mark) => mark instanceof Unknown);
}

export function containsSecret(value: Value | undefined): boolean {
    return contains(value, (mark) => mark instanceof Secret);
}

function contains(value: Value | undefined, wanted: (mark: Secret | Unknown) => boolean): boolean {
    if (isMark(value)) {
        return wanted(value) || (value instanceof Secret && contains(value.value, wanted));
    }
    if (Array.isArray(value)) {
        return value.some((inner) => contains(inner, wanted));
    }
    return isProperties(value) && Object.values(value).some((inner) => contains(inner, wanted));
}

/** Strips secret marks at every depth; unknown values stay as they are. */
export function reveal(value: Value): Value {
    if (value instanceof Secret) {
        return reveal(value.value);
    }
    if (Array.isArray(value)) {
        return value.map(reveal);
    }
    if (isProperties(value)) {
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
    }
    return value;
}

export function omit<T>(object: { readonly [key: string]: T }, ...keys: string[]): { [key: string]: T } {
    return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
