// A Pulumi engine that makes nothing: it notes what was registered and answers as Kubernetes would.
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { createHash } from "crypto";

export interface Registered {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
    options: Options;
}

/** What the engine is told beside the inputs; names are logical ones. */
export interface Options {
    parent: string;
    dependsOn: string[];
    ignoreChanges: string[];
    beforeCreate: string[];
    beforeUpdate: string[];
}

/** The part of the engine's protocol that is looked at. */
interface Request {
    getType(): string;
    getName(): string;
    getParent(): string;
    getDependenciesList(): string[];
    getIgnorechangesList(): string[];
    getHooks(): { getBeforeCreateList(): string[]; getBeforeUpdateList(): string[] } | undefined;
}

const options = new Map<string, Options>();
const nameOf = (urn: string) => urn.split("::").pop()!;

/** What the mocked Kubernetes answers beyond the inputs, by type. */
export type Answers = Record<string, object>;

const { registerResource } = MockMonitor.prototype;

function noteOptions(request: Request): void {
    options.set(`${request.getType()} ${request.getName()}`, {
        parent: nameOf(request.getParent()),
        dependsOn: request.getDependenciesList().map(nameOf).sort(),
        ignoreChanges: request.getIgnorechangesList(),
        beforeCreate: request.getHooks()?.getBeforeCreateList() ?? [],
        beforeUpdate: request.getHooks()?.getBeforeUpdateList() ?? [],
    });
}

// The SDK's mocks say that they support resource hooks and lack the call; without it every registration waits for ever.
Object.assign(MockMonitor.prototype, {
    registerResource(this: MockMonitor, request: Request, callback: never) {
        noteOptions(request);
        return registerResource.call(this, request, callback);
    },
    registerResourceHook: (_: unknown, callback: (error: null, response: object) => void) => callback(null, {}),
});

/** What a provider makes up; a preview generates nothing. */
function generatedBy(type: string, name: string): object {
    switch (type.split(":")[0]) {
        case "random":
            return { result: `${name}-generated`.padEnd(32, "x") };
        case "tls":
            return Object.fromEntries(
                ["privateKeyPem", "certPem", "certRequestPem"].map((output) => [output, `${name} ${output}`]),
            );
        default:
            return {};
    }
}

/** Kubernetes counts every change of a spec; here each has its own number. */
function countedBy(type: string, inputs: { metadata?: object; spec?: unknown }): object {
    if (!type.endsWith(":StatefulSet")) {
        return {};
    }
    const digest = createHash("sha256").update(JSON.stringify(inputs.spec)).digest();
    return { metadata: { ...inputs.metadata, generation: digest.readUInt32BE() } };
}

/** Starts afresh; returns the list that registrations are noted in. */
export function mockEngine(answers: Answers = {}, preview = false, stack = "test"): Registered[] {
    const registered: Registered[] = [];
    const mocks: pulumi.runtime.Mocks = {
        call: ({ inputs }) => inputs as Record<string, unknown>,
        newResource: ({ type, name, inputs }) => {
            registered.push({
                type,
                name,
                inputs: inputs as Record<string, unknown>,
                options: options.get(`${type} ${name}`)!,
            });
            const generated = preview ? {} : generatedBy(type, name);
            return {
                id: `${name}-id`,
                state: { ...(inputs as object), ...countedBy(type, inputs), ...generated, ...answers[type] },
            };
        },
    };
    pulumi.runtime.setMocks(mocks, "etcd", stack, preview);
    return registered;
}

/** The value of an output. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve) => output.apply(resolve));
}

/** Waits until everything is registered that the program has asked for by now. */
export async function settled(): Promise<void> {
    await pulumi.runtime.disconnect();
}
