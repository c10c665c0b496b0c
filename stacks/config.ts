/**
 * The typed configuration of a stack. It reads and converts, as settings/ says of what kind each key is; what is allowed is the
 * component's business, so a value that cannot be converted is passed on as it is and refused there, together with all others.
 */
import * as pulumi from "@pulumi/pulumi";

import type { EtcdClusterArgs } from "../components";
import { EACH_SETTING } from "../components/etcd-cluster/settings";
import type { AnySetting } from "../components/etcd-cluster/settings/setting";

/** The arguments of EtcdCluster as the stack's configuration has them. */
export function clusterArgs(config = new pulumi.Config()): EtcdClusterArgs {
    const prefix = `${config.name}:`;
    const settings = new Map<string, AnySetting>(EACH_SETTING);
    // A key that nobody reads is a slip of the pen; the component refuses it by its name.
    const set = Object.keys(pulumi.runtime.allConfig())
        .filter((key) => key.startsWith(prefix))
        .map((key) => key.slice(prefix.length));
    const keys = [...new Set([...settings.keys(), ...set])];
    const entries = keys.map((key): [string, unknown] => {
        // A secret too is read as it is, so that a bad one is refused with the others; the component makes it a secret.
        const text = pulumi.runtime.getConfig(`${prefix}${key}`);
        return [key, text === undefined || text === "" ? undefined : valueOf(text, settings.get(key))];
    });
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Undefined where the text says "not set", as Pulumi.yaml does where a key has no default of its own: 0, {} and []. */
function valueOf(text: string, setting?: AnySetting): unknown {
    switch (setting?.kind) {
        case "integer":
            return integer(text, setting.default === undefined ? Number(setting.unset ?? 0) : undefined);
        case "boolean":
            return text === "true" || text === "false" ? text === "true" : text;
        case "integers":
        case "structure":
            return object(text);
        case "texts":
        case "object":
            return object(text, asText);
        default:
            return text;
    }
}

function integer(text: string, unset: number | undefined): unknown {
    const value = Number(text);
    if (text.trim() === "" || Number.isNaN(value)) {
        return text;
    }
    return value === unset ? undefined : value;
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
