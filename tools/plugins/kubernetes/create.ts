// Creating an object, or finding out with a dry run what it would become.
import { setTimeout as sleep } from "node:timers/promises";
import { InitializationError, type Request } from "../shared/provider";
import {
    containsUnknown,
    isProperties,
    omit,
    type Plain,
    type PlainObject,
    type Properties,
    reveal,
    Unknown,
    type Value,
} from "../shared/values";
import { nameOf, namespaceOf } from "./annotations";
import { createObject, findLive, type Target, type Write } from "./apply";
import { awaitReady, type Context, idOf, messageOf, problemsOf, stateOf, targetOf, writeOf } from "./context";
import { ApiError, isNotFound } from "./rest";
import { nested, redact } from "./state";

const CREATE_RETRIES_MS = [1000, 2000, 4000, 8000, 16_000];

/** What only the server can make up is not known before the object exists. */
function previewState(state: Properties, inputs: PlainObject, live: PlainObject): Properties {
    const rest = withoutUid(omit(state, "status"), nested(live, "metadata", "uid")) as Properties;
    const metadata: Properties = { ...(rest["metadata"] as Properties) };
    for (const key of ["uid", "resourceVersion", "creationTimestamp"]) {
        metadata[key] = new Unknown();
    }
    const spec = rest["spec"];
    if (inputs["kind"] === "Service" && isProperties(spec) && nested(inputs, "spec", "clusterIP") === undefined) {
        rest["spec"] = { ...spec, clusterIP: new Unknown(), clusterIPs: new Unknown() };
    }
    return { ...rest, metadata };
}

/** The selector and the labels of a Job repeat its uid. */
function withoutUid(value: Value, uid: Plain | undefined): Value {
    if (Array.isArray(value)) {
        return value.map((item) => withoutUid(item, uid));
    }
    if (isProperties(value)) {
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutUid(item, uid)]));
    }
    return value === uid ? new Unknown() : value;
}

/** The API server does not have the type itself: a custom resource without its definition. */
function isUnknownType(error: unknown): boolean {
    return (
        isNotFound(error) &&
        /^(404 page not found|the server could not find the requested resource)$/.test(messageOf(error))
    );
}

/** Refusals that a dry run meets only because it is one: the object or its namespace is not as it will be. */
function dryRunCannotTell(error: unknown): boolean {
    return (
        error instanceof ApiError &&
        ([403, 404].includes(error.status) || error.status === 409 || /field is immutable/.test(error.message))
    );
}

export async function create(context: Context, request: Request): Promise<{ id: string; state: Properties }> {
    if (request.preview && (containsUnknown(request.news) || !context.cluster.rest)) {
        return { id: "", state: request.news };
    }
    const inputs = reveal(request.news) as PlainObject;
    const target = targetOf(context, request, namespaceOf(inputs), nameOf(inputs));
    const write = writeOf(context, request, inputs);
    let live: PlainObject;
    try {
        live = await createWithRetries(context, request, target, inputs, write);
    } catch (error) {
        if (request.preview && dryRunCannotTell(error)) {
            return { id: "", state: request.news };
        }
        if (isUnknownType(error)) {
            const { apiVersion, kind } = target.type;
            throw new Error(
                `creation of resource ${idOf(target)} failed because the Kubernetes API server reported that the apiVersion for ` +
                    "this resource does not exist. Verify that any required CRDs have been created: " +
                    `no matches for kind "${kind}" in version "${apiVersion}"`,
            );
        }
        const reason = redact(messageOf(error), request.news);
        throw new Error(
            `resource ${idOf(target)} was not successfully created by the Kubernetes API server: ${reason}`,
        );
    }
    if (request.preview) {
        return { id: "", state: previewState(stateOf(request, inputs, live, write.manager), inputs, live) };
    }
    try {
        await awaitReady(context, request, target, inputs);
    } catch (error) {
        const known = (await findLive(target).catch(() => undefined)) ?? live;
        throw new InitializationError(
            `resource ${idOf(target)} was successfully created, but the Kubernetes API server reported that it ` +
                `failed to fully initialize or become live: ${redact(messageOf(error), request.news)}`,
            idOf(target),
            stateOf(request, inputs, known, write.manager),
            request.news,
            problemsOf(error),
        );
    }
    live = (await findLive(target).catch(() => undefined)) ?? live;
    return { id: idOf(target), state: stateOf(request, inputs, live, write.manager) };
}

/** A namespace made in the same deployment may be there a moment later than its objects ask for it. */
async function createWithRetries(
    context: Context,
    request: Request,
    target: Target,
    inputs: PlainObject,
    write: Write,
): Promise<PlainObject> {
    const { upsert } = context.cluster.settings;
    for (const pause of request.preview ? [] : CREATE_RETRIES_MS) {
        try {
            return await createObject(target, inputs, write, upsert);
        } catch (error) {
            if (!isNotFound(error) || context.cancelled.aborted) {
                throw error;
            }
            await context.log.status("info", request.urn, `creation failed, trying again: ${messageOf(error)}`);
            await sleep(pause, undefined, { signal: context.cancelled }).catch(() => undefined);
        }
    }
    return createObject(target, inputs, write, upsert);
}
