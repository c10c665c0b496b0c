// The gRPC service around a Provider. The SDK's own `provider.main` is not used: it cannot tell a preview from an
// update, and drops old inputs, detailed differences, time-outs and secret marks.
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as services from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { type EngineLog, engineLog } from "./engine";
import { engineAddress, servePlugin, unary } from "./grpc-plugin";
import { InitializationError, partsOfUrn, type Provider, type Request } from "./provider";
import { checkResponse, configureResponse, diffResponse, initFailed, readResponse } from "./responses";
import { decode, encode } from "./values";

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
