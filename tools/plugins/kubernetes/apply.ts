// Writing to the cluster: server-side apply under the object's own field manager, so that what others own is neither
// touched nor silently overwritten.
import { isPlainObject, omit, type Plain, type PlainObject } from "../shared/values";
import { nameOf } from "./annotations";
import { ownership, takeOverPatch } from "./managed-fields";
import { isPlainKey, parsePath, type Path } from "./paths";
import { ApiError, isNotFound, type Rest } from "./rest";
import { withoutStringData } from "./shape";
import { nested } from "./state";
import { objectPath, type ResourceType } from "./types";

const HELP =
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/" +
    "#handle-field-conflicts-on-existing-resources";

export interface Target {
    readonly rest: Rest;
    readonly type: ResourceType;
    readonly namespace: string;
    readonly name: string;
}

export interface Write {
    readonly manager: string;
    readonly dryRun: boolean;
    readonly force: boolean;
}

export function getLive(target: Target): Promise<PlainObject> {
    return target.rest({ method: "GET", path: objectPath(target.type, target.namespace, target.name) });
}

export async function findLive(target: Target): Promise<PlainObject | undefined> {
    try {
        return await getLive(target);
    } catch (error) {
        if (isNotFound(error)) {
            return undefined;
        }
        throw error;
    }
}

/** The object as the server wants it: complete, in its namespace, without write-only forms. */
function bodyOf(target: Target, inputs: PlainObject): PlainObject {
    const metadata = isPlainObject(inputs["metadata"]) ? inputs["metadata"] : {};
    const place: PlainObject = target.type.namespaced ? { namespace: target.namespace } : {};
    return withoutStringData({
        ...inputs,
        apiVersion: target.type.apiVersion,
        kind: target.type.kind,
        metadata: { ...metadata, ...place, name: target.name },
    });
}

export async function apply(target: Target, inputs: PlainObject, write: Write): Promise<PlainObject> {
    try {
        return await target.rest({
            method: "PATCH",
            path: objectPath(target.type, target.namespace, target.name),
            query: {
                fieldManager: write.manager,
                force: String(write.force),
                ...(write.dryRun ? { dryRun: "All" } : {}),
            },
            contentType: "application/apply-patch+yaml",
            body: bodyOf(target, inputs),
        });
    } catch (error) {
        throw explainConflict(error, write.manager);
    }
}

function explainConflict(error: unknown, manager: string): unknown {
    if (!(error instanceof ApiError) || error.status !== 409) {
        return error;
    }
    const message =
        `server-side apply field conflict detected. See ${HELP} for troubleshooting help.\n` +
        `The resource managed by field manager "${manager}" had an apply conflict: ${error.message}`;
    return new ApiError(error.status, error.reason, message);
}

/** An apply would quietly adopt an object that somebody else made, so the plugin looks first. */
export async function createObject(
    target: Target,
    inputs: PlainObject,
    write: Write,
    upsert: boolean,
): Promise<PlainObject> {
    if (!upsert && (await findLive(target))) {
        const { plural, apiVersion } = target.type;
        const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
        throw new ApiError(409, "AlreadyExists", `${plural}${group} "${target.name}" already exists`);
    }
    return apply(target, inputs, write);
}

/**
 * What an update sends, and what the state then records as the inputs: ignored fields are left out where others own them, and
 * are those on the cluster where they are ours. Of an ignored map one key of ours is enough to make all of it ours.
 */
export async function resolveIgnored(
    target: Target,
    inputs: PlainObject,
    write: Write,
    ignoreChanges: readonly string[],
): Promise<PlainObject> {
    const live = await takeOver(target, await getLive(target), write);
    return ignoreChanges
        .map(parsePath)
        .reduce((object, path) => resolvePath(object, live, path, write.manager), inputs);
}

async function takeOver(target: Target, live: PlainObject, write: Write): Promise<PlainObject> {
    const patch = write.dryRun ? undefined : takeOverPatch(live, write.manager);
    if (!patch) {
        return live;
    }
    return target.rest({
        method: "PATCH",
        path: objectPath(target.type, target.namespace, nameOf(live)),
        contentType: "application/json-patch+json",
        body: patch,
    });
}

function resolvePath(inputs: PlainObject, live: PlainObject, path: Path, manager: string): PlainObject {
    if (!path.every(isPlainKey)) {
        // The official plugin does not find a list, `*` or a quoted key on the cluster; the engine has kept the old input there.
        return inputs;
    }
    const keys = path.map(String);
    const { ours, theirs } = ownership(live, path, manager);
    if (theirs && !ours) {
        return setNested(inputs, keys, undefined);
    }
    const value = nested(live, ...keys);
    return value === undefined ? inputs : setNested(inputs, keys, value);
}

function setNested(object: PlainObject, [key, ...rest]: readonly string[], value: Plain | undefined): PlainObject {
    if (key === undefined) {
        return object;
    }
    const inner = object[key];
    if (rest.length > 0) {
        if (value === undefined && !isPlainObject(inner)) {
            return object;
        }
        return { ...object, [key]: setNested(isPlainObject(inner) ? inner : {}, rest, value) };
    }
    const without = omit(object, key);
    return value === undefined ? without : { ...without, [key]: value };
}

export async function deleteObject(target: Target, propagationPolicy: string): Promise<void> {
    await target.rest({
        method: "DELETE",
        path: objectPath(target.type, target.namespace, target.name),
        body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy },
    });
}
