// A Pulumi engine that makes nothing: it notes what was registered and answers as Kubernetes would.
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

export interface Registered {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
}

/** What the mocked Kubernetes answers beyond the inputs, by type. */
export type Answers = Record<string, object>;

// The SDK's mocks say that they support resource hooks and lack the call; without it every registration waits for ever.
Object.assign(MockMonitor.prototype, {
    registerResourceHook: (_: unknown, callback: (error: null, response: object) => void) => callback(null, {}),
});

/** Starts afresh; returns the list that registrations are noted in. */
export function mockEngine(answers: Answers = {}, preview = false): Registered[] {
    const registered: Registered[] = [];
    const mocks: pulumi.runtime.Mocks = {
        call: ({ inputs }) => inputs as Record<string, unknown>,
        newResource: ({ type, name, inputs }) => {
            registered.push({ type, name, inputs: inputs as Record<string, unknown> });
            const generated = type.startsWith("random:") ? { result: `${name}-generated`.padEnd(32, "x") } : {};
            return { id: `${name}-id`, state: { ...(inputs as object), ...generated, ...answers[type] } };
        },
    };
    pulumi.runtime.setMocks(mocks, "etcd", "test", preview);
    return registered;
}

/** The value of an output. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve) => output.apply(resolve));
}

/** Waits until nothing more is registered: the mocks answer at once, so a long silence is the end. */
export async function settled(registered: Registered[]): Promise<void> {
    for (let seen = -1; seen !== registered.length;) {
        seen = registered.length;
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
}
