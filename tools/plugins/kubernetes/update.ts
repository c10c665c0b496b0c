// Updating an object in place. Where that fails half way the engine is told what there is now, so that the next
// deployment goes on from there.
import { InitializationError, type Request } from "../shared/provider";
import { containsUnknown, type PlainObject, type Properties, reveal } from "../shared/values";
import { nameOf, namespaceOf } from "./annotations";
import { apply, findLive, getLive, resolveIgnored } from "./apply";
import { awaitReady, type Context, idOf, messageOf, problemsOf, stateOf, targetOf, writeOf } from "./context";
import { ApiError } from "./rest";
import { redact } from "./state";

export async function update(context: Context, request: Request): Promise<Properties> {
    if (request.preview && (containsUnknown(request.news) || !context.cluster.rest)) {
        return request.news;
    }
    const inputs = reveal(request.news) as PlainObject;
    const target = targetOf(context, request, namespaceOf(inputs), nameOf(inputs));
    const write = writeOf(context, request, inputs);
    let sent = inputs;
    try {
        sent = await resolveIgnored(target, inputs, write, request.ignoreChanges);
        const live = await apply(target, sent, write);
        if (request.preview) {
            return stateOf(request, sent, live, write.manager);
        }
        await awaitReady(context, request, target, inputs);
    } catch (error) {
        if (request.preview && error instanceof ApiError && error.status === 403) {
            return request.news;
        }
        const reason = redact(messageOf(error), request.news);
        const live = await findLive(target).catch(() => undefined);
        if (!live) {
            throw new Error(`update of resource ${idOf(target)} failed: ${reason}`);
        }
        throw new InitializationError(
            `the Kubernetes API server reported that "${idOf(target)}" failed to fully initialize or become live: ${reason}`,
            idOf(target),
            stateOf(request, sent, live, write.manager),
            request.news,
            problemsOf(error),
        );
    }
    return stateOf(request, sent, await getLive(target), write.manager);
}
