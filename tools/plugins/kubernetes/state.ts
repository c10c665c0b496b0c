// The state of an object as the engine keeps it: the live object, and beside it the inputs that made it, the API
// version and the field manager, under the names that the official plugin uses. Whatever came in secret stays secret,
// and the data of a Secret is secret however it came in.
import {
    containsSecret,
    isPlainObject,
    isProperties,
    type Plain,
    type PlainObject,
    type Properties,
    reveal,
    Secret,
    type Value,
} from "../shared/values";

const BOOKKEEPING = ["__inputs", "__initialApiVersion", "__fieldManager"];

export interface Stored {
    readonly inputs: PlainObject;
    readonly live: PlainObject;
}

/** The state without marks, in its two parts. */
export function parseState(state: Properties): Stored {
    const plain = reveal(state) as PlainObject;
    const inputs = plain["__inputs"];
    const live = Object.fromEntries(Object.entries(plain).filter(([key]) => !BOOKKEEPING.includes(key)));
    return { inputs: isPlainObject(inputs) ? inputs : {}, live };
}

/** Marks in `target` what is secret in `source`. */
export function markSecrets(target: Properties, source: Properties): Properties {
    const marked = markNested(target, source);
    if (marked["kind"] !== "Secret") {
        return marked;
    }
    for (const key of ["data", "stringData"]) {
        const value = marked[key];
        if (value !== undefined && !(value instanceof Secret)) {
            marked[key] = new Secret(value);
        }
    }
    return marked;
}

function markNested(target: Properties, source: Properties): Properties {
    const result: Properties = {};
    for (const [key, value] of Object.entries(target)) {
        result[key] = markValue(value, source[key]);
    }
    return result;
}

/** A list with a secret anywhere in it becomes secret as a whole: the server may have changed its order. */
function markValue(value: Value, source: Value | undefined): Value {
    if (isProperties(value) && isProperties(source)) {
        return markNested(value, source);
    }
    return source !== undefined && containsSecret(source) ? new Secret(value) : value;
}

export function buildState(
    inputs: PlainObject,
    live: PlainObject,
    marked: Properties,
    initialApiVersion: string,
    fieldManager: string,
): Properties {
    return {
        ...markSecrets(live as Properties, marked),
        __inputs: markSecrets(inputs as Properties, marked),
        __initialApiVersion: initialApiVersion,
        __fieldManager: fieldManager,
    };
}

/** All texts that must not appear in a message, plain and as the server has them. */
function secretTexts(value: Value, secret: boolean, found: Set<string>): void {
    if (value instanceof Secret) {
        secretTexts(value.value, true, found);
    } else if (Array.isArray(value)) {
        value.forEach((item) => secretTexts(item, secret, found));
    } else if (isProperties(value)) {
        Object.values(value).forEach((item) => secretTexts(item, secret, found));
    } else if (secret && (typeof value === "string" || typeof value === "number")) {
        found.add(String(value));
        found.add(Buffer.from(String(value)).toString("base64"));
        found.add(Buffer.from(String(value), "base64").toString());
    }
}

/** The message without any secret of the inputs: the server likes to quote what it refuses. */
export function redact(message: string, inputs: Properties): string {
    const found = new Set<string>();
    secretTexts(markSecrets(inputs, inputs), false, found);
    return [...found]
        .filter((text) => text.length > 3)
        .sort((a, b) => b.length - a.length)
        .reduce((text, secret) => text.replaceAll(secret, "[secret]"), message);
}

export function nested(object: Plain | undefined, ...path: string[]): Plain | undefined {
    return path.reduce<Plain | undefined>((at, key) => (isPlainObject(at) ? at[key] : undefined), object);
}
