// A small REST client: the plugin treats all objects as plain JSON, so the typed clients would only be in the way.
// The kubeconfig's many ways to log in are left to the Kubernetes client library.
import * as http from "node:http";
import * as https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import type { PlainObject } from "../shared/values";

const REQUEST_TIMEOUT_MS = 60_000;

export class ApiError extends Error {
    constructor(
        readonly status: number,
        readonly reason: string,
        message: string,
    ) {
        super(message);
    }
}

/** No answer at all, as opposed to an answer that says no. */
export class UnreachableError extends Error {}

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

export interface Call {
    readonly method: Method;
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly contentType?: string;
}

export type Rest = (call: Call) => Promise<PlainObject>;

export function restClient(config: KubeConfig): Rest {
    const server = config.getCurrentCluster()?.server;
    if (!server) {
        throw new UnreachableError("the kubeconfig's context has no cluster with a server");
    }
    return async (call) => {
        const url = new URL(server.replace(/\/$/, "") + call.path);
        for (const [key, value] of Object.entries(call.query ?? {})) {
            url.searchParams.set(key, value);
        }
        const options: https.RequestOptions = { method: call.method, headers: {} };
        await config.applyToHTTPSOptions(options);
        const payload = call.body === undefined ? undefined : JSON.stringify(call.body);
        options.headers = {
            ...(options.headers as http.OutgoingHttpHeaders),
            Accept: "application/json",
            ...(payload === undefined
                ? {}
                : {
                      "Content-Type": call.contentType ?? "application/json",
                      "Content-Length": Buffer.byteLength(payload),
                  }),
        };
        return interpret(await send(url, options, payload));
    };
}

interface Answer {
    readonly status: number;
    readonly text: string;
}

function send(url: URL, options: https.RequestOptions, payload: string | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
        const transport = url.protocol === "http:" ? http : https;
        const fail = (error: Error): void => reject(new UnreachableError(`${url.origin}: ${error.message}`));
        const request = transport.request(url, options, (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("error", fail);
            response.on("end", () =>
                resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
            );
        });
        request.setTimeout(REQUEST_TIMEOUT_MS, () => request.destroy(new Error("no answer in time")));
        request.on("error", fail);
        request.end(payload);
    });
}

function interpret(answer: Answer): PlainObject {
    let parsed: PlainObject;
    try {
        parsed = JSON.parse(answer.text) as PlainObject;
    } catch {
        parsed = { message: answer.text.trim() };
    }
    if (answer.status >= 200 && answer.status < 300) {
        return parsed;
    }
    const message = typeof parsed["message"] === "string" ? parsed["message"] : "";
    const reason = typeof parsed["reason"] === "string" ? parsed["reason"] : "";
    throw new ApiError(answer.status, reason, message || `the API server answered with status ${answer.status}`);
}

export function isNotFound(error: unknown): boolean {
    return error instanceof ApiError && error.status === 404;
}
