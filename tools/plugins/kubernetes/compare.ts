// What an update would change, as property paths. The base is the last known live object cut down to the old inputs,
// so drift is seen once it has been read (refresh), and fields that only the server sets never count.
import type { Change, ChangeKind } from "../shared/provider";
import { isProperties, Unknown, type Value } from "../shared/values";
import { covers, engineFormat, formatPath, parsePath, type Path, withoutIndexes } from "./paths";

export interface Changes {
    [path: string]: Change;
}

interface Found {
    readonly path: Path;
    readonly kind: ChangeKind;
}

/**
 * Changes from `base` to `news`; a change at, under or above one of `replaceOn` replaces the object. An ignored change stays in
 * the list when the engine writes its path otherwise than the official plugin does, which then does not find it there.
 */
export function compare(base: Value, news: Value, replaceOn: readonly string[], ignored: readonly string[]): Changes {
    const replacing = replaceOn.map(parsePath);
    const ignoring = ignored.map(parsePath);
    const changes: Changes = {};
    for (const { path, kind } of walk([], base, news)) {
        if (ignoring.some((one) => covers(one, path)) && formatPath(path) === engineFormat(path)) {
            continue;
        }
        const plain = withoutIndexes(path);
        const replace = replacing.some((one) => covers(one, plain) || covers(plain, one));
        changes[formatPath(path)] = { kind, replace, inputDiff: kind === "delete" };
    }
    return changes;
}

function* walk(path: Path, base: Value | undefined, news: Value | undefined): Generator<Found> {
    if (base === undefined && news === undefined) {
        return;
    }
    if (base === undefined || news === undefined) {
        yield { path, kind: base === undefined ? "add" : "delete" };
    } else if (isProperties(base) && isProperties(news)) {
        for (const key of new Set([...Object.keys(base), ...Object.keys(news)])) {
            yield* walk([...path, key], base[key], news[key]);
        }
    } else if (Array.isArray(base) && Array.isArray(news)) {
        for (let at = 0; at < Math.max(base.length, news.length); at++) {
            yield* walk([...path, at], base[at], news[at]);
        }
    } else if (news instanceof Unknown || base !== news) {
        yield { path, kind: "update" };
    }
}
