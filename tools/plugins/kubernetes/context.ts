// What all operations on objects share: where the object is, who writes it, and the state that comes of it.
import type { EngineLog } from "../shared/engine";
import type { Request } from "../shared/provider";
import type { PlainObject, Properties } from "../shared/values";
import { fieldManagerOf, forcesPatch, timeoutSeconds } from "./annotations";
import { getLive, type Target, type Write } from "./apply";
import { type Cluster, reachable } from "./cluster";
import { readiness } from "./ready";
import { buildState } from "./state";
import { findType } from "./types";
import { waitFor, WaitError } from "./wait";

const READY_SECONDS = 600;

export interface Context {
    readonly cluster: Cluster;
    readonly log: EngineLog;
    readonly cancelled: AbortSignal;
}

export function targetOf(context: Context, request: Request, namespace: string, name: string): Target {
    const place = namespace || context.cluster.defaultNamespace;
    return { rest: reachable(context.cluster), type: findType(request.type), namespace: place, name };
}

export function idOf(target: Target): string {
    return target.type.namespaced ? `${target.namespace}/${target.name}` : target.name;
}

export function splitId(id: string): { namespace: string; name: string } {
    const [first = "", second] = id.split("/");
    return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}

export function writeOf(context: Context, request: Request, inputs: PlainObject): Write {
    const force = forcesPatch(inputs) || context.cluster.settings.patchForce;
    return { manager: fieldManagerOf(inputs, request.olds), dryRun: request.preview, force };
}

export function stateOf(request: Request, inputs: PlainObject, live: PlainObject, manager: string): Properties {
    const before = request.olds["__initialApiVersion"];
    const version = typeof before === "string" ? before : String(inputs["apiVersion"] ?? live["apiVersion"] ?? "");
    const marked = Object.keys(request.news).length > 0 ? request.news : request.oldInputs;
    return buildState(inputs, live, marked, version, manager);
}

export function notInitialized(target: Target): string {
    return `Resource '${target.name}' was created but failed to initialize`;
}

export async function awaitReady(
    context: Context,
    request: Request,
    target: Target,
    inputs: PlainObject,
): Promise<void> {
    const judge = readiness(target, inputs);
    if (!judge) {
        return;
    }
    const seconds = timeoutSeconds(request.timeout, inputs, READY_SECONDS);
    const waiting = { urn: request.urn, log: context.log, seconds, cancelled: context.cancelled };
    const subject = {
        timedOut: `'${target.name}' timed out waiting to be Ready`,
        failed: notInitialized(target),
        cancelled: `Resource operation was cancelled for '${target.name}'`,
    };
    await waitFor(waiting, subject, async () => judge(await getLive(target)));
}

export function problemsOf(error: unknown): readonly string[] {
    return error instanceof WaitError ? error.problems : [];
}

export function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
