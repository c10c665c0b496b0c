// A live object holds far more than a program asked for: defaults, status, marks of other writers. Cut down to the
// shape of the inputs it can be compared with them, and what others added is left alone.
import { isPlainObject, omit, type Plain, type PlainObject } from "../shared/values";

/** The server leaves out what is empty; an empty input that is missing there is no difference. */
function isEmpty(value: Plain | undefined): boolean {
    return (
        value === "" ||
        value === 0 ||
        value === false ||
        (Array.isArray(value) && value.length === 0) ||
        (isPlainObject(value) && Object.keys(value).length === 0)
    );
}

/** Under these keys "" is data, not absence. */
const KEEPS_EMPTY = new Set(["data", "binaryData", "stringData", "labels", "annotations"]);

export function pruneTo(live: PlainObject, shape: PlainObject, keepsEmpty = false): PlainObject {
    const result: PlainObject = {};
    for (const [key, wanted] of Object.entries(shape)) {
        const found = live[key];
        if (found !== undefined) {
            result[key] = pruneValue(found, wanted, KEEPS_EMPTY.has(key));
        } else if (!keepsEmpty && isEmpty(wanted)) {
            result[key] = wanted;
        }
    }
    return result;
}

function pruneValue(live: Plain, shape: Plain, keepsEmpty: boolean): Plain {
    if (isPlainObject(live) && isPlainObject(shape)) {
        return pruneTo(live, shape, keepsEmpty);
    }
    if (Array.isArray(live) && Array.isArray(shape) && shape.some(isPlainObject)) {
        // Elements beyond the inputs' were added by somebody else: applying the inputs would not remove them.
        return live.slice(0, shape.length).map((item, at) => pruneValue(item, shape[at] ?? null, false));
    }
    return live;
}

/** A Secret's `stringData` is write-only: the server keeps it as `data`. */
export function withoutStringData(object: PlainObject): PlainObject {
    const texts = object["stringData"];
    if (object["kind"] !== "Secret" || !isPlainObject(texts)) {
        return object;
    }
    const encoded = Object.entries(texts).map(([key, text]) => [key, Buffer.from(String(text)).toString("base64")]);
    const data = isPlainObject(object["data"]) ? object["data"] : {};
    const rest = omit(object, "stringData");
    return { ...rest, data: { ...data, ...Object.fromEntries(encoded) } };
}

/** The live object in terms of the inputs: what a program would have to say to get it. */
export function liveInputs(live: PlainObject, inputs: PlainObject): PlainObject {
    const pruned = pruneTo(live, inputs);
    const texts = inputs["stringData"];
    const data = isPlainObject(live["data"]) ? live["data"] : {};
    if (inputs["kind"] !== "Secret" || !isPlainObject(texts)) {
        return pruned;
    }
    const decoded = Object.keys(texts)
        .filter((key) => data[key] !== undefined)
        .map((key) => [key, Buffer.from(String(data[key]), "base64").toString()]);
    return { ...pruned, stringData: Object.fromEntries(decoded) };
}
