// The gRPC service around a Provider. The SDK's own `provider.main` is not used: it cannot tell a preview from an
// update, and drops old inputs, detailed differences, time-outs and secret marks.
import * as grpc from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as services from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { type EngineLog, engineLog } from "./engine";
import { engineAddress, servePlugin, unary } from "./grpc-plugin";
import {
    type ChangeKind,
    type Checked,
    type Difference,
    InitializationError,
    partsOfUrn,
    type Provider,
    type ReadResult,
    type Request,
} from "./provider";
import { decode, encode } from "./values";

/** The error detail that the engine recognises, in the header where gRPC carries details. */
function initFailed(error: InitializationError): grpc.ServiceError {
    const detail = new proto.ErrorResourceInitFailed();
    detail.setId(error.id);
    detail.setProperties(encode(error.state));
    detail.setInputs(encode(error.inputs));
    detail.setReasonsList([error.message, ...error.reasons]);
    const any = new Any();
    any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(error.message);
    status.addDetails(any);
    const metadata = new grpc.Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
    const code = grpc.status.UNKNOWN;
    return Object.assign(new Error(error.message), { code, details: error.message, metadata });
}

interface AnyRequest {
    getUrn(): string;
    getId?(): string;
    getPreview?(): boolean;
    getTimeout?(): number;
    getIgnorechangesList?(): string[];
    getOlds?(): Struct | undefined;
    getOldInputs?(): Struct | undefined;
    getNews?(): Struct | undefined;
    getProperties?(): Struct | undefined;
    getInputs?(): Struct | undefined;
    getRandomseed_asU8?(): Uint8Array;
}

/** One shape for all operations: `getProperties` is the new inputs for Create, the state for Read and Delete. */
function toRequest(source: AnyRequest, properties: "news" | "olds"): Request {
    const given = decode(source.getProperties?.());
    return {
        ...partsOfUrn(source.getUrn()),
        urn: source.getUrn(),
        id: source.getId?.() ?? "",
        preview: source.getPreview?.() ?? false,
        timeout: source.getTimeout?.() ?? 0,
        ignoreChanges: source.getIgnorechangesList?.() ?? [],
        olds: source.getOlds ? decode(source.getOlds()) : properties === "olds" ? given : {},
        oldInputs: decode(source.getOldInputs?.() ?? source.getInputs?.()),
        news: source.getNews ? decode(source.getNews()) : properties === "news" ? given : {},
        seed: source.getRandomseed_asU8?.() ?? new Uint8Array(),
    };
}

function checkResponse(checked: Checked): proto.CheckResponse {
    const response = new proto.CheckResponse();
    response.setInputs(encode(checked.inputs));
    for (const failure of checked.failures ?? []) {
        const message = new proto.CheckFailure();
        message.setProperty(failure.property);
        message.setReason(failure.reason);
        response.addFailures(message);
    }
    return response;
}

const KINDS: Record<ChangeKind, [plain: number, replace: number]> = {
    add: [proto.PropertyDiff.Kind.ADD, proto.PropertyDiff.Kind.ADD_REPLACE],
    delete: [proto.PropertyDiff.Kind.DELETE, proto.PropertyDiff.Kind.DELETE_REPLACE],
    update: [proto.PropertyDiff.Kind.UPDATE, proto.PropertyDiff.Kind.UPDATE_REPLACE],
};

function diffResponse(difference: Difference): proto.DiffResponse {
    const response = new proto.DiffResponse();
    const entries = Object.entries(difference.changes);
    const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
    response.setChanges(entries.length > 0 ? DIFF_SOME : DIFF_NONE);
    response.setHasdetaileddiff(true);
    response.setDeletebeforereplace(difference.deleteBeforeReplace ?? false);
    for (const [path, change] of entries) {
        const detail = new proto.PropertyDiff();
        detail.setKind(KINDS[change.kind][change.replace ? 1 : 0] as proto.PropertyDiff.Kind);
        detail.setInputdiff(change.inputDiff ?? true);
        response.getDetaileddiffMap().set(path, detail);
        response.addDiffs(path);
        if (change.replace) {
            response.addReplaces(path);
        }
    }
    return response;
}

function configureResponse(): proto.ConfigureResponse {
    const response = new proto.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    return response;
}

function readResponse(result: ReadResult | undefined): proto.ReadResponse {
    const response = new proto.ReadResponse();
    // No id: the engine takes the resource as gone.
    if (result) {
        response.setId(result.id);
        response.setProperties(encode(result.state));
        response.setInputs(encode(result.inputs));
    }
    return response;
}

async function withInitErrors<T>(work: Promise<T>): Promise<T> {
    try {
        return await work;
    } catch (error) {
        throw error instanceof InitializationError ? initFailed(error) : error;
    }
}

function methods(provider: Provider, attach: (address: string) => void): grpc.UntypedServiceImplementation {
    return {
        handshake: unary(() => {
            const response = new proto.ProviderHandshakeResponse();
            response.setAcceptSecrets(true);
            return response;
        }),
        attach: unary((request: PluginAttach) => {
            attach(request.getAddress());
            return new Empty();
        }),
        getPluginInfo: unary(() => {
            const info = new PluginInfo();
            info.setVersion(provider.version);
            return info;
        }),
        getSchema: unary(() => {
            throw new Error("this stand-in plugin has no schema: use the official one for that");
        }),
        checkConfig: unary((r: proto.CheckRequest) => checkResponse(provider.checkConfig(decode(r.getNews())))),
        diffConfig: unary((r: proto.DiffRequest) =>
            diffResponse(provider.diffConfig(decode(r.getOldInputs() ?? r.getOlds()), decode(r.getNews()))),
        ),
        configure: unary(async (r: proto.ConfigureRequest) => {
            await provider.configure(decode(r.getArgs()));
            return configureResponse();
        }),
        check: unary(async (r: proto.CheckRequest) => checkResponse(await provider.check(toRequest(r, "news")))),
        diff: unary(async (r: proto.DiffRequest) => diffResponse(await provider.diff(toRequest(r, "olds")))),
        create: unary(async (r: proto.CreateRequest) => {
            const created = await withInitErrors(provider.create(toRequest(r, "news")));
            const response = new proto.CreateResponse();
            response.setId(created.id);
            response.setProperties(encode(created.state));
            return response;
        }),
        read: unary(async (r: proto.ReadRequest) =>
            readResponse(await withInitErrors(provider.read(toRequest(r, "olds")))),
        ),
        update: unary(async (r: proto.UpdateRequest) => {
            const response = new proto.UpdateResponse();
            response.setProperties(encode(await withInitErrors(provider.update(toRequest(r, "olds")))));
            return response;
        }),
        delete: unary(async (r: proto.DeleteRequest) => {
            await withInitErrors(provider.delete(toRequest(r, "olds")));
            return new Empty();
        }),
        cancel: unary(() => {
            provider.cancel?.();
            return new Empty();
        }),
    };
}

/** Serves a provider; `make` gets the engine's log. */
export function serveProvider(make: (log: EngineLog) => Provider): void {
    let address = engineAddress(process.argv.slice(2));
    const provider = make(engineLog(() => address));
    const service = (services as unknown as { ResourceProviderService: grpc.ServiceDefinition })
        .ResourceProviderService;
    void servePlugin(
        service,
        methods(provider, (attached) => {
            address = attached;
        }),
    );
}
