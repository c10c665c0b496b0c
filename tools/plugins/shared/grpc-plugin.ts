// Every plugin starts alike: a gRPC server on a free loopback port, whose number is the first line on stdout
// (that is how the engine finds it). Nothing else may ever be written to stdout.
import * as grpc from "@grpc/grpc-js";

const MAX_MESSAGE = 400 * 1024 * 1024;

const OPTIONS = {
    "grpc.max_receive_message_length": MAX_MESSAGE,
    "grpc.max_send_message_length": MAX_MESSAGE,
};

/** Serves `implementation` and prints the port. Plugins are killed by the engine; `onStop` lets them end children. */
export async function servePlugin(
    service: grpc.ServiceDefinition,
    implementation: grpc.UntypedServiceImplementation,
    onStop: () => void = () => undefined,
): Promise<void> {
    const server = new grpc.Server(OPTIONS);
    server.addService(service, implementation);
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
            error ? reject(error) : resolve(bound),
        );
    });
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
        process.on(signal, () => {
            onStop();
            process.exit(0);
        });
    }
    process.on("exit", onStop);
    endWithParent();
    process.stdout.write(`${port}\n`);
}

/** An engine that was killed cannot end its plugins: they notice that they were handed to another parent. */
function endWithParent(): void {
    const parent = process.ppid;
    setInterval(() => process.ppid === parent || process.exit(0), 1000).unref();
}

/** The address of the engine: the first argument that is not a flag. */
export function engineAddress(args: readonly string[]): string | undefined {
    return args.find((arg) => !arg.startsWith("-"));
}

/** An error as gRPC wants it. The message reaches the user, so it must hold no secret. */
export function grpcError(error: unknown, code: grpc.status = grpc.status.UNKNOWN): grpc.ServiceError {
    const message = error instanceof Error ? error.message : String(error);
    return Object.assign(new Error(message), { code, details: message, metadata: new grpc.Metadata() });
}

type Handler<Request, Response> = (
    request: Request,
    call: grpc.ServerUnaryCall<Request, Response>,
) => Promise<Response> | Response;

/** Turns an async function into a unary gRPC method. Errors that are already gRPC errors keep code and details. */
export function unary<Request, Response>(handler: Handler<Request, Response>): grpc.UntypedHandleCall {
    const method: grpc.handleUnaryCall<Request, Response> = (call, callback) => {
        Promise.resolve()
            .then(() => handler(call.request, call))
            .then(
                (response) => callback(null, response),
                (error) => callback(isServiceError(error) ? error : grpcError(error), null),
            );
    };
    return method;
}

function isServiceError(error: unknown): error is grpc.ServiceError {
    return error instanceof Error && "details" in error && "metadata" in error;
}
