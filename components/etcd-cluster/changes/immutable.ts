/**
 * Refuses, at preview and in `up --skip-preview` alike, what cannot be changed under a running cluster. Left alone, the
 * engine would delete the StatefulSet and make it anew, all pods at once, or put a password into the Secret that etcd does
 * not know. A hook is the one place that sees old and new values before anything is touched.
 */
import * as pulumi from "@pulumi/pulumi";

import type { EtcdClusterArgs } from "../args";
import { MARKER_LAYOUT } from "../manifests/marker";
import { hasLater, settled } from "../later";
import type { EtcdOptions } from "../options";
import { EACH_SETTING } from "../settings";
import type { Key } from "../settings/setting";
import { FIRST_CA } from "../settings/tls";
import { parseIssuer } from "../tls/issuer-reference";
import { problemsLater } from "../validation/validate";
import { caRefusals } from "./ca-exchange";
import { firstTry } from "./first-try";
import { versionRefusals } from "./upgrade";

/** What cannot change. */
const FROZEN = EACH_SETTING.filter(([, { wayOut }]) => wayOut !== undefined);

/** What is noted with TLS only: beside the mode itself it seems to differ when the mode does. */
const WITH_TLS: Key[] = ["tls", "tlsSecret", "tlsIssuer", "clusterDomain"];

/**
 * What is registered as the inputs of the component, for the hook to compare. Version, password and CAs may change, within limits;
 * `marker` is only looked at. `problems` are those of arguments that are known only later, for the other hook: the component, and with it
 * all its children, waits for them, and where there are none nothing is noted.
 */
type FrozenInputs = Partial<Record<Key | "marker" | "problems", unknown>>;

export function frozenInputs(args: EtcdClusterArgs, options: EtcdOptions): FrozenInputs {
    const always = FROZEN.filter(([key, { secret }]) => !secret && !WITH_TLS.includes(key));
    const { rootPassword, previousRootPassword } = args;
    return {
        ...(hasLater(args) && { problems: problemsLater(args) }),
        ...noted(
            options,
            always.map(([key]) => key),
        ),
        rootPassword: rootPassword && pulumi.secret(rootPassword),
        previousRootPassword: previousRootPassword && pulumi.secret(previousRootPassword),
        version: options.version,
        marker: MARKER_LAYOUT,
        ...frozenByTls(options),
    };
}

/** What TLS adds to them, and other CAs than the first; without it, nothing: a stack that never had it has never noted that. */
export function frozenByTls(options: EtcdOptions): FrozenInputs {
    const { tls, tlsCaGenerations } = options;
    const first = tlsCaGenerations.join() === FIRST_CA.join();
    return tls === "off" ? {} : { ...noted(options, WITH_TLS), ...(!first && { tlsCaGenerations }) };
}

const noted = (options: EtcdOptions, keys: Key[]): FrozenInputs =>
    Object.fromEntries(keys.map((key) => [key, options[key as keyof EtcdOptions]]));

/** One sentence for each frozen input that differs. */
export function refusals(oldInputs: Record<string, unknown>, newInputs: Record<string, unknown>): string[] {
    const otherMode = oldInputs.tls !== newInputs.tls;
    return FROZEN.flatMap(([key, { wayOut, secret }]) => {
        const [before, after] = [plain(oldInputs[key]), plain(newInputs[key])];
        if (
            meaning(key, oldInputs[key]) === meaning(key, newInputs[key]) ||
            (otherMode && key !== "tls" && WITH_TLS.includes(key))
        ) {
            return [];
        }
        const absent = key === "tls" ? '"off"' : "the default";
        const values = secret ? "" : ` from ${before ?? absent} to ${after ?? absent}`;
        return [`  ${key} cannot be changed${values}: ${wayOut}.`];
    });
}

/**
 * Whether the password changes in the way that the pods can follow: the one that etcd has is given along, so that they can log in
 * with it and replace it. `known`: the output of the last `pulumi up`, absent when that failed.
 */
export function rotates(
    oldInputs: Record<string, unknown>,
    newInputs: Record<string, unknown>,
    known: unknown,
): boolean {
    const { previousRootPassword: previous } = newInputs;
    return previous !== undefined && previous === (known ?? oldInputs.rootPassword);
}

/** Comparable text of what a value says: the same issuer can be written in two ways. */
function meaning(key: Key, value: unknown): string | undefined {
    return plain(key === "tlsIssuer" && typeof value === "string" ? parseIssuer(value) : value);
}

/** Comparable text of a value. */
function plain(value: unknown): string | undefined {
    if (value === undefined || value === null) {
        return undefined;
    }
    const isMap = typeof value === "object" && !Array.isArray(value);
    return JSON.stringify(
        isMap ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
    );
}

/**
 * The inputs with what is secret among them bared, to be compared here and shown nowhere. A value that the preview does not
 * know yet is the old one for now; the update compares it again.
 */
async function bare(
    inputs: Record<string, unknown>,
    unknown: Record<string, unknown>,
): Promise<Record<string, unknown>> {
    const entries = Object.entries(inputs).map(async ([key, value]): Promise<[string, unknown]> => {
        if (!pulumi.Output.isInstance(value)) {
            return [key, value];
        }
        const found = (await settled(value)).value;
        return [key, pulumi.Output.isInstance(found) ? unknown[key] : found];
    });
    return Object.fromEntries(await Promise.all(entries));
}

/**
 * The hook; bind it to `beforeUpdate` of the component. `found` is told the inputs of before. Errors: lists every refused change and its
 * way out.
 */
export function refuseFrozenChanges(
    name: string,
    found: (oldInputs: Record<string, unknown>) => void = () => {},
): pulumi.ResourceHook {
    return new pulumi.ResourceHook(
        `${name}-frozen`,
        async ({ oldInputs, newInputs, oldOutputs }) => {
            const before = await bare(oldInputs ?? {}, {});
            found(before);
            const after = await bare(newInputs ?? {}, before);
            const { version, rootPassword } = await bare(
                { version: oldOutputs?.version, rootPassword: oldOutputs?.rootPassword },
                {},
            );
            const withRotation = rotates(before, after, rootPassword)
                ? { ...before, rootPassword: after.rootPassword }
                : before;
            const refused = [
                ...refusals(withRotation, after),
                ...versionRefusals({ running: version, attempted: before.version, wanted: after.version }),
                // The version is noted when a rollout has ended well.
                ...caRefusals({
                    before: before.tlsCaGenerations,
                    settled: version !== undefined,
                    wanted: after.tlsCaGenerations,
                }),
            ];
            if (refused.length > 0) {
                // No version is noted when the last `pulumi up` failed, and none was before the first that ended well.
                const never = version === undefined ? [firstTry(String(before.name), String(before.namespace))] : [];
                throw new Error(["refused, nothing was changed:", ...refused, ...never].join("\n"));
            }
        },
        { onDryRun: true },
    );
}

/**
 * The hook for what is known only later; bind it to `beforeCreate` and `beforeUpdate` of the component. An argument that turns out to be bad
 * is an error of the engine's there, which ends the program as well; a promise that is rejected would leave it waiting. Errors: lists all
 * problems.
 */
export function refuseProblems(name: string): pulumi.ResourceHook {
    return new pulumi.ResourceHook(
        `${name}-problems`,
        async ({ newInputs }) => {
            const { problems } = await bare({ problems: newInputs?.problems }, {});
            if (problems !== undefined) {
                throw new Error(String(problems));
            }
        },
        { onDryRun: true },
    );
}
