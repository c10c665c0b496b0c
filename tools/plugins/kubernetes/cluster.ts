// The cluster behind one provider: its settings, and whether it answers. A cluster that cannot be reached is no error
// as long as nothing has to be asked of it: a preview without changes then still works.
import type { KubeConfig } from "@kubernetes/client-node";
import { loadKubeConfig, parseSettings, type Settings } from "./config";
import { ApiError, type Rest, restClient } from "./rest";
import type { Properties } from "../shared/values";

export interface Cluster {
    readonly settings: Settings;
    readonly defaultNamespace: string;
    /** Undefined: not reachable, and `why` says so. */
    readonly rest?: Rest;
    readonly why: string;
}

export async function connect(config: Properties): Promise<Cluster> {
    const settings = parseSettings(config);
    let kubeConfig: KubeConfig;
    try {
        kubeConfig = loadKubeConfig(settings);
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const why = `unable to load Kubernetes client configuration from kubeconfig file. ${reason}`;
        return { settings, defaultNamespace: settings.namespace ?? "default", why };
    }
    const context = kubeConfig.getContextObject(kubeConfig.getCurrentContext());
    const defaultNamespace = settings.namespace ?? context?.namespace ?? "default";
    try {
        const rest = restClient(kubeConfig);
        await ask(rest);
        return { settings, defaultNamespace, rest, why: "" };
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { settings, defaultNamespace, why: `unable to load schema information from the API server: ${reason}` };
    }
}

/** Any answer but "who are you?" shows that the server can be worked with. */
async function ask(rest: Rest): Promise<void> {
    try {
        await rest({ method: "GET", path: "/version" });
    } catch (error) {
        if (!(error instanceof ApiError) || error.status === 401) {
            throw error;
        }
    }
}

export function reachable(cluster: Cluster): Rest {
    if (!cluster.rest) {
        throw new Error(`configured Kubernetes cluster is unreachable: ${cluster.why}`);
    }
    return cluster.rest;
}
