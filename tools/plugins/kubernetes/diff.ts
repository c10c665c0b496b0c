// What the next deployment would do to an object: nothing, an update in place, or a replacement and in which order.
import type { Difference, Request } from "../shared/provider";
import { type PlainObject, reveal, type Value } from "../shared/values";
import { isAutonamed, nameOf, namespaceOf, replacesUnready } from "./annotations";
import { findLive } from "./apply";
import { type Changes, compare } from "./compare";
import type { Settings } from "./config";
import { type Context, targetOf } from "./context";
import { isJobReady } from "./job";
import { pruneTo, withoutStringData } from "./shape";
import { parseState } from "./state";
import { findType, type ResourceType } from "./types";

/** Data of ConfigMaps and Secrets is replaced, unless the provider's settings say that it may be updated. */
function replacingPaths(type: ResourceType, inputs: PlainObject, settings: Settings): string[] {
    const paths = ["metadata.name", "metadata.namespace", ...type.replaceOn];
    const immutable = inputs["immutable"] === true;
    if (type.kind === "Secret" && (!settings.secretMutable || immutable)) {
        paths.push("stringData", "data");
    }
    if (type.kind === "ConfigMap" && (!settings.configMapMutable || immutable)) {
        paths.push("binaryData", "data");
    }
    return paths;
}

export async function diff(context: Context, request: Request): Promise<Difference> {
    const type = findType(request.type);
    const { inputs: oldInputs, live } = parseState(request.olds);
    const news = withoutStringData(reveal(request.news) as PlainObject);
    const base = inNamespaceOf(pruneTo(live, withoutStringData(oldInputs)), live, type);
    const replaceOn = replacingPaths(type, news, context.cluster.settings);
    const changes: Changes = compare(base as Value, news as Value, replaceOn, request.ignoreChanges);
    const replaceFor = await unready(context, request, news);
    const replaced = replaceFor.length > 0 || Object.values(changes).some((change) => change.replace);
    const sameObject = nameOf(news) === nameOf(live) && namespaceOf(news) === namespaceOf(live);
    return { changes, replaceFor, deleteBeforeReplace: replaced && !isAutonamed(news) && sameObject };
}

/**
 * A Job can be annotated to be replaced as long as it has not succeeded. What counts is the Job on the cluster at this
 * moment, not the state: one that is still running is replaced, one that cannot be read is not.
 */
async function unready(context: Context, request: Request, news: PlainObject): Promise<string[]> {
    if (!replacesUnready(news)) {
        return [];
    }
    if (news["kind"] !== "Job") {
        await context.log.log("warning", request.urn, "replaceUnready annotation is not supported for this resource");
        return [];
    }
    const read = async () => findLive(targetOf(context, request, namespaceOf(news), nameOf(news)));
    const job = await read().catch(() => undefined);
    return job && !isJobReady(job) ? ['.metadata.annotations["pulumi.com/replaceUnready"]'] : [];
}

/** The namespace counts even where the old inputs left it to the provider. */
function inNamespaceOf(base: PlainObject, live: PlainObject, type: ResourceType): PlainObject {
    const metadata = base["metadata"] as PlainObject | undefined;
    return type.namespaced ? { ...base, metadata: { ...metadata, namespace: namespaceOf(live) } } : base;
}
