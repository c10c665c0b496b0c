// The engine's log: what a plugin has to tell the user goes there, under the resource that it is about.
import * as grpc from "@grpc/grpc-js";
import * as services from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

export type Severity = "info" | "warning" | "error";

const SEVERITIES: Record<Severity, LogSeverity> = {
    info: LogSeverity.INFO,
    warning: LogSeverity.WARNING,
    error: LogSeverity.ERROR,
};

interface LogClient {
    log(request: LogRequest, callback: (error: grpc.ServiceError | null) => void): void;
}

type LogClientConstructor = new (address: string, credentials: grpc.ChannelCredentials) => LogClient;

export interface EngineLog {
    /** A message that stays. */
    log(severity: Severity, urn: string, message: string): Promise<void>;
    /** Progress: shown while the resource is worked on, then replaced. */
    status(severity: Severity, urn: string, message: string): Promise<void>;
}

/** `address` is asked for at every message, since the engine may tell it late (Attach). */
export function engineLog(address: () => string | undefined): EngineLog {
    let client: LogClient | undefined;
    const connect = (): LogClient | undefined => {
        const known = address();
        if (!client && known) {
            const Client = (services as unknown as { EngineClient: LogClientConstructor }).EngineClient;
            client = new Client(known, grpc.credentials.createInsecure());
        }
        return client;
    };
    const send = (severity: Severity, urn: string, message: string, ephemeral: boolean): Promise<void> =>
        new Promise((resolve) => {
            const request = new LogRequest();
            request.setSeverity(SEVERITIES[severity]);
            request.setUrn(urn);
            request.setMessage(message);
            request.setEphemeral(ephemeral);
            const connected = connect();
            if (!connected) {
                return resolve();
            }
            // A lost message must not fail the operation that it is about.
            connected.log(request, () => resolve());
        });
    return {
        log: (severity, urn, message) => send(severity, urn, message, false),
        status: (severity, urn, message) => send(severity, urn, message, true),
    };
}
