// Reading an object, for refresh and import. Inputs are given back in the shape that they had, with the live values,
// so that an object nobody touched shows no difference.
import { InitializationError, type ReadResult, type Request } from "../shared/provider";
import { isPlainObject, omit, type PlainObject, type Properties, reveal } from "../shared/values";
import { fieldManagerOf } from "./annotations";
import { findLive } from "./apply";
import { type Context, notInitialized, splitId, stateOf, targetOf } from "./context";
import { readiness } from "./ready";
import { liveInputs } from "./shape";
import { markSecrets } from "./state";

const SERVER_METADATA = ["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid", "selfLink"];

/** For an import: all of the live object that a program could have said. */
function importedInputs(live: PlainObject): PlainObject {
    const inputs = omit(live, "status");
    const metadata = isPlainObject(live["metadata"]) ? live["metadata"] : {};
    const kept = Object.entries(metadata).filter(([key]) => !SERVER_METADATA.includes(key));
    return { ...inputs, metadata: Object.fromEntries(kept) };
}

export async function read(context: Context, request: Request): Promise<ReadResult | undefined> {
    if (!context.cluster.rest) {
        return readUnreachable(context, request);
    }
    const { namespace, name } = splitId(request.id);
    const target = targetOf(context, request, namespace, name);
    const live = await findLive(target);
    if (!live) {
        return undefined;
    }
    const before = reveal(request.oldInputs) as PlainObject;
    const imported = before["kind"] === undefined;
    const inputs = imported ? importedInputs(live) : liveInputs(live, before);
    const manager = fieldManagerOf(inputs, request.olds);
    const state = stateOf(request, inputs, live, manager);
    const marked = markSecrets(inputs as Properties, request.oldInputs);
    const judge = imported ? undefined : readiness(target, before);
    const judgement = await judge?.(live);
    if (judgement && !judgement.done) {
        const problems = (await judgement.problems?.()) ?? [];
        throw new InitializationError(notInitialized(target), request.id, state, marked, problems);
    }
    return { id: request.id, state, inputs: marked };
}

async function readUnreachable(context: Context, request: Request): Promise<ReadResult | undefined> {
    const { settings, why } = context.cluster;
    await context.log.log("warning", request.urn, `configured Kubernetes cluster is unreachable: ${why}`);
    if (settings.deleteUnreachable) {
        return undefined;
    }
    if (settings.skipUpdateUnreachable) {
        return { id: request.id, state: request.olds, inputs: request.oldInputs };
    }
    throw new Error(
        "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this " +
            'resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"',
    );
}
