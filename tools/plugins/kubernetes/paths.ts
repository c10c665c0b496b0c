// Property paths as the engine writes them: `spec.ports[0].name`, `metadata.labels["app.kubernetes.io/name"]`.
export type Key = string | number;
export type Path = readonly Key[];

/** A path as the official plugin writes it in a diff: only a key with one of `."[]` has quotes. */
export function formatPath(path: Path): string {
    return format(path, (key) => /[."[\]]/.test(key));
}

/** A path as the engine's own library writes it, which has quotes around more keys. */
export function engineFormat(path: Path): string {
    return format(path, (key) => !isPlainKey(key));
}

function format(path: Path, needsQuotes: (key: string) => boolean): string {
    return path.reduce<string>((text, key) => {
        if (typeof key === "number") {
            return `${text}[${key}]`;
        }
        if (needsQuotes(key)) {
            return `${text}["${key.replaceAll('"', '\\"')}"]`;
        }
        return text === "" ? key : `${text}.${key}`;
    }, "");
}

/** Keys that the engine writes without quotes: letters, digits and underscores. A `-` is enough for quotes. */
export function isPlainKey(key: Key): boolean {
    return typeof key === "string" && /^\w+$/.test(key);
}

/** `[*]` and `*` come out as "*", which stands for any key. */
export function parsePath(text: string): Path {
    const keys: Key[] = [];
    for (const part of text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\[(\*)\]|([^.[\]]+)/g)) {
        const [, quoted, index, star, plain] = part;
        keys.push(index === undefined ? (quoted?.replaceAll('\\"', '"') ?? star ?? plain ?? "") : Number(index));
    }
    return keys;
}

/** Whether `outer` is `inner` itself or one of its parents. */
export function covers(outer: Path, inner: Path): boolean {
    return outer.length <= inner.length && outer.every((key, at) => key === "*" || String(key) === String(inner[at]));
}

/** The path without list indexes, as the tables of replacing changes have it. */
export function withoutIndexes(path: Path): Path {
    return path.filter((key) => typeof key === "string");
}
