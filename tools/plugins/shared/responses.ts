// The engine's messages for what a provider answers: check failures, detailed differences, half-finished resources.
import * as grpc from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import type { ChangeKind, Checked, Difference, InitializationError, ReadResult } from "./provider";
import { encode } from "./values";

/** The error detail that the engine recognises, in the header where gRPC carries details. */
export function initFailed(error: InitializationError): grpc.ServiceError {
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

export function checkResponse(checked: Checked): proto.CheckResponse {
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

export function diffResponse(difference: Difference): proto.DiffResponse {
    const response = new proto.DiffResponse();
    const entries = Object.entries(difference.changes);
    const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
    const replaceFor = difference.replaceFor ?? [];
    response.setChanges(entries.length + replaceFor.length > 0 ? DIFF_SOME : DIFF_NONE);
    response.setHasdetaileddiff(true);
    response.setDeletebeforereplace(difference.deleteBeforeReplace ?? false);
    response.setReplacesList([...replaceFor]);
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

export function configureResponse(): proto.ConfigureResponse {
    const response = new proto.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    return response;
}

export function readResponse(result: ReadResult | undefined): proto.ReadResponse {
    const response = new proto.ReadResponse();
    // No id: the engine takes the resource as gone.
    if (result) {
        response.setId(result.id);
        response.setProperties(encode(result.state));
        response.setInputs(encode(result.inputs));
    }
    return response;
}
