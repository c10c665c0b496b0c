/** Values that may be known only while the engine runs: outputs of other resources, and promises. */
import * as pulumi from "@pulumi/pulumi";

/** Whether the value, or one of a list's, is not at hand yet. */
export const isLater = (value: unknown): boolean =>
    pulumi.Output.isInstance(value) || value instanceof Promise || (Array.isArray(value) && value.some(isLater));

/** Whether any of these values is. */
export const hasLater = (values: object): boolean => Object.values(values).some(isLater);

/**
 * What `make` makes of the values: at once, where all of them are at hand. An output where one is not; a plain text stays one, so that
 * no object is replaced because another one was.
 */
export function derive<T extends Record<string, unknown>, U>(
    inputs: { [K in keyof T]: pulumi.Input<T[K]> },
    make: (values: T) => U,
): pulumi.Input<U> {
    return hasLater(inputs) ? pulumi.output(inputs).apply((values) => make(values as T)) : make(inputs as T);
}

/** What an output comes to, or the output itself while nobody knows; a preview may end without knowing. */
export async function settled(value: unknown): Promise<{ value: unknown; secret: boolean }> {
    const output: pulumi.Output<unknown> = pulumi.output(value);
    const { isKnown, isSecret } = output as unknown as Record<"isKnown" | "isSecret", Promise<boolean>>;
    const known = await isKnown;
    return { value: known ? await new Promise((resolve) => output.apply(resolve)) : output, secret: await isSecret };
}
