// The provider's settings. They arrive as strings (JSON for anything but text), from the program, from stack
// configuration or from the environment, under the names of the official plugin. What is not supported is refused.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import type { Failure } from "../shared/provider";
import { type Properties, reveal, Unknown } from "../shared/values";

export interface Settings {
    readonly kubeconfig?: string;
    readonly context?: string;
    readonly cluster?: string;
    readonly namespace?: string;
    readonly clusterIdentifier?: string;
    readonly configMapMutable: boolean;
    readonly secretMutable: boolean;
    readonly patchForce: boolean;
    readonly upsert: boolean;
    readonly deleteUnreachable: boolean;
    readonly skipUpdateUnreachable: boolean;
}

const FLAGS = {
    configMapMutable: ["enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"],
    secretMutable: ["enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"],
    patchForce: ["enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"],
    upsert: ["upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"],
    deleteUnreachable: ["deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"],
    skipUpdateUnreachable: ["skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"],
} as const;

const TEXTS = ["kubeconfig", "context", "cluster", "namespace", "clusterIdentifier"] as const;

/** Taken, but without effect: warnings that this plugin never gives, and the only mode that it has. */
const HARMLESS = ["suppressDeprecationWarnings", "suppressHelmHookWarnings", "enableServerSideApply", "version"];

/** The engine's own entries in a provider's inputs. */
const ENGINE = ["pluginDownloadURL", "__internal"];

const KNOWN = new Set<string>([...TEXTS, ...Object.values(FLAGS).map(([name]) => name), ...HARMLESS, ...ENGINE]);

export function configFailures(config: Properties): Failure[] {
    const failures = Object.keys(config)
        .filter((name) => !KNOWN.has(name))
        .map((property) => ({ property, reason: "the stand-in Kubernetes plugin does not support this setting" }));
    if (String(config["enableServerSideApply"] ?? "true") !== "true") {
        const reason = "the stand-in Kubernetes plugin has server-side apply only";
        failures.push({ property: "enableServerSideApply", reason });
    }
    return failures;
}

export function parseSettings(config: Properties): Settings {
    const plain = reveal(config) as Properties;
    const text = (name: string): string | undefined => {
        const value = plain[name];
        return value === undefined || value instanceof Unknown || value === "" ? undefined : String(value);
    };
    const flags = Object.entries(FLAGS).map(([key, [name, variable]]) => {
        return [key, (text(name) ?? process.env[variable]) === "true"] as const;
    });
    const texts = TEXTS.map((name) => [name, text(name)] as const).filter(([, value]) => value !== undefined);
    return { ...Object.fromEntries(texts), ...Object.fromEntries(flags) } as unknown as Settings;
}

/** The kubeconfig of the settings, else of the environment, else of the home folder, else of a pod's own account. */
export function loadKubeConfig(settings: Settings): KubeConfig {
    const config = new KubeConfig();
    const given = settings.kubeconfig ?? process.env["KUBECONFIG"];
    const home = path.join(homedir(), ".kube", "config");
    if (given && /[\n{]/.test(given)) {
        config.loadFromString(given);
    } else if (given) {
        loadFiles(config, given);
    } else if (existsSync(home)) {
        config.loadFromFile(home);
    } else if (process.env["KUBERNETES_SERVICE_HOST"]) {
        config.loadFromCluster();
    } else {
        throw new Error("no kubeconfig is set, and there is none in the home folder");
    }
    select(config, settings);
    return config;
}

function loadFiles(config: KubeConfig, list: string): void {
    const files = list.split(path.delimiter).filter((file) => file && existsSync(file));
    if (files.length === 0) {
        throw new Error(`${list}: no such file`);
    }
    files.forEach((file, index) => {
        if (index === 0) {
            return config.loadFromFile(file);
        }
        const more = new KubeConfig();
        more.loadFromFile(file);
        config.mergeConfig(more, true);
    });
}

function select(config: KubeConfig, settings: Settings): void {
    if (settings.context) {
        if (!config.getContextObject(settings.context)) {
            throw new Error(`the kubeconfig has no context ${settings.context}`);
        }
        config.setCurrentContext(settings.context);
    }
    const context = config.getContextObject(config.getCurrentContext());
    if (!context) {
        throw new Error("the kubeconfig has no current context");
    }
    if (settings.cluster) {
        config.addContext({ ...context, name: "selected-cluster", cluster: settings.cluster });
        config.setCurrentContext("selected-cluster");
    }
}

/** The server that the settings lead to; undefined where that cannot be told. */
export function serverOf(settings: Settings): string | undefined {
    try {
        return loadKubeConfig(settings).getCurrentCluster()?.server;
    } catch {
        return undefined;
    }
}
