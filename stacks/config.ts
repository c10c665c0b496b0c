/**
 * The typed configuration of a stack. It reads and converts; what is allowed is the component's business, so a value that
 * cannot be converted is passed on as it is and refused there, together with all others.
 */
import * as pulumi from "@pulumi/pulumi";

import type { EtcdClusterArgs } from "../components";

/** Keys that hold plain text, an integer, a switch, a list of numbers, or an object. Pulumi.yaml describes them; "", 0, false, {} and [] stand for "not set". */
const TEXTS = [
    "name",
    "namespace",
    "version",
    "image",
    "toolboxImage",
    "kubectlImage",
    "imagePullPolicy",
    "storageClass",
    "storageSize",
    "quotaBackendBytes",
    "affinity",
    "clientServiceType",
    "monitoringNamespace",
    "externalHost",
    "clusterDomain",
    "initialClusterToken",
    "rootPassword",
    "previousRootPassword",
    "recoverSnapshot",
    "tls",
    "tlsSecret",
    "tlsIssuer",
] as const;
const INTEGERS = ["replicas", "initialClusterSize", "nodePort", "recoverFrom", "jwtKeyGeneration"] as const;
const BOOLEANS = ["tlsClientAuth"] as const;
const NUMBER_LISTS = ["tlsCaGenerations"] as const;
const OBJECTS = ["storageSelector", "resources", "clientNamespaces"] as const;

/** `replicas: 0` is a mistake, not "not set": it has a default of its own in Pulumi.yaml. -1 stands for no ordinal. */
const ZERO_IS_UNSET: readonly string[] = ["initialClusterSize", "nodePort"];

/** The arguments of EtcdCluster as the stack's configuration has them. */
export function clusterArgs(config = new pulumi.Config()): EtcdClusterArgs {
    const read = (keys: readonly string[], convert: (key: string, text: string) => unknown) =>
        keys.map((key): [string, unknown] => {
            // A secret too is read as it is, so that a bad one is refused with the others; the component makes it a secret.
            const text = pulumi.runtime.getConfig(`${config.name}:${key}`);
            return [key, text === undefined || text === "" ? undefined : convert(key, text)];
        });
    const known: readonly string[] = [...TEXTS, ...INTEGERS, ...BOOLEANS, ...NUMBER_LISTS, ...OBJECTS];
    const set = Object.keys(pulumi.runtime.allConfig()).filter((key) => key.startsWith(`${config.name}:`));
    // A key that nobody reads is a slip of the pen; the component refuses it by its name.
    const unknown = set.map((key) => key.slice(config.name.length + 1)).filter((key) => !known.includes(key));
    const entries: [string, unknown][] = [
        ...read(TEXTS, (_, text) => text),
        ...read(INTEGERS, integer),
        ...read(BOOLEANS, (_, text) => (text === "true" ? true : text === "false" ? undefined : text)),
        ...read(NUMBER_LISTS, (_, text) => object(text)),
        ...read(OBJECTS, (_, text) => object(text, asText)),
        ...read(unknown, (_, text) => text),
    ];
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function integer(key: string, text: string): unknown {
    const value = Number(text);
    if ((value === 0 && ZERO_IS_UNSET.includes(key)) || (value === -1 && key === "recoverFrom")) {
        return undefined;
    }
    return text.trim() === "" || Number.isNaN(value) ? text : value;
}

/** `pulumi config set --path resources.requests.cpu 4` stores a number, and a label may look like one: both are texts here. */
const asText = (_: string, value: unknown) =>
    typeof value === "number" || typeof value === "boolean" ? String(value) : value;

function object(text: string, reviver?: typeof asText): unknown {
    try {
        const value: unknown = JSON.parse(text, reviver);
        return typeof value === "object" && value !== null && Object.keys(value).length === 0 ? undefined : value;
    } catch {
        return text;
    }
}
