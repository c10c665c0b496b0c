// Deleting an object, and waiting until it is really gone: a successor of the same name may follow at once.
import type { Request } from "../shared/provider";
import type { PlainObject } from "../shared/values";
import { propagation, skipsAwait, timeoutSeconds } from "./annotations";
import { deleteObject, findLive, type Target } from "./apply";
import { type Context, splitId, targetOf } from "./context";
import { isNotFound } from "./rest";
import { nested, parseState } from "./state";
import { waitFor } from "./wait";

const DELETE_SECONDS = 300;

export async function remove(context: Context, request: Request): Promise<void> {
    const { live } = parseState(request.olds);
    if (!context.cluster.rest && context.cluster.settings.deleteUnreachable) {
        return;
    }
    const { namespace, name } = splitId(request.id);
    const target = targetOf(context, request, namespace, name);
    try {
        await deleteObject(target, propagation(live));
    } catch (error) {
        if (isNotFound(error)) {
            return;
        }
        throw error;
    }
    if (!skipsAwait(live)) {
        await awaitGone(context, request, target, live);
    }
}

/** Gone, or in the hands of somebody else who has made an object of the same name. */
async function awaitGone(context: Context, request: Request, target: Target, live: PlainObject): Promise<void> {
    const seconds = timeoutSeconds(request.timeout, live, DELETE_SECONDS);
    const waiting = { urn: request.urn, log: context.log, seconds, cancelled: context.cancelled };
    const subject = {
        timedOut: `Timed out waiting for deletion of ${target.type.apiVersion}/${target.type.kind} "${target.name}"`,
        cancelled: `Resource operation was cancelled for '${target.name}'`,
    };
    let uid: unknown;
    await waitFor(waiting, subject, async () => {
        const found = await findLive(target);
        uid ??= found && nested(found, "metadata", "uid");
        return {
            done: !found || nested(found, "metadata", "uid") !== uid,
            progress: "Waiting for the object to be gone",
            problems: () => finalizers(found),
        };
    });
}

function finalizers(found: PlainObject | undefined): string[] {
    const list = nested(found, "metadata", "finalizers");
    return Array.isArray(list) && list.length > 0 ? [`held by finalizers: ${list.join(", ")}`] : [];
}
