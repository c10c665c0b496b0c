// A stand-in for the official Kubernetes plugin, for machines where that cannot be had. It does for a handful of types
// what the official one does; anything else is refused by name, never approximated.
import type { Change, Checked, Difference, Provider, Request } from "../shared/provider";
import { serveProvider } from "../shared/serve-provider";
import { isProperties, omit, type PlainObject, type Properties, reveal } from "../shared/values";
import { withName } from "./annotations";
import { type Cluster, connect } from "./cluster";
import { configFailures, parseSettings, serverOf, type Settings } from "./config";
import type { Context } from "./context";
import { create } from "./create";
import { diff } from "./diff";
import { read } from "./read";
import { remove } from "./remove";
import { update } from "./update";
import { canonicalQuantities } from "./quantity";
import { markSecrets } from "./state";
import { findType, type ResourceType } from "./types";
import { checkWaitFor } from "./wait-for";

function withNamespace(inputs: Properties, type: ResourceType, fallback: string): Properties {
    const metadata = inputs["metadata"];
    if (!type.namespaced || !isProperties(metadata) || metadata["namespace"] !== undefined) {
        return inputs;
    }
    return { ...inputs, metadata: { ...metadata, namespace: fallback } };
}

function check(request: Request, cluster: Cluster): Checked {
    const type = findType(request.type);
    const given = omit(request.news, "status");
    const named = withName(given, reveal(request.olds) as Properties, request.name, request.seed);
    const complete: Properties = {
        ...withNamespace(named, type, cluster.defaultNamespace),
        apiVersion: type.apiVersion,
        kind: type.kind,
    };
    checkWaitFor(reveal(complete) as PlainObject);
    return { inputs: markSecrets(canonicalQuantities(complete), request.news) };
}

/** Another cluster means other objects: everything is replaced. A new way to the same one changes nothing. */
function diffConfig(olds: Properties, news: Properties): Difference {
    const changes: Record<string, Change> = {};
    for (const key of new Set([...Object.keys(olds), ...Object.keys(news)])) {
        if (JSON.stringify(reveal(olds[key] ?? null)) !== JSON.stringify(reveal(news[key] ?? null))) {
            changes[key] = { kind: !(key in olds) ? "add" : !(key in news) ? "delete" : "update", replace: false };
        }
    }
    const before = parseSettings(olds);
    const after = parseSettings(news);
    const other = otherCluster(before, after);
    for (const key of other.filter((name) => changes[name])) {
        changes[key] = { ...(changes[key] as Change), replace: true };
    }
    return { changes };
}

function otherCluster(before: Settings, after: Settings): string[] {
    if (before.clusterIdentifier && after.clusterIdentifier) {
        return before.clusterIdentifier === after.clusterIdentifier ? [] : ["clusterIdentifier"];
    }
    const servers = [serverOf(before), serverOf(after)];
    const known = servers.every((server) => server !== undefined);
    return known && servers[0] !== servers[1] ? ["kubeconfig", "context", "cluster"] : [];
}

serveProvider((log) => {
    const stop = new AbortController();
    let cluster: Cluster | undefined;
    const configured = (): Cluster => {
        if (!cluster) {
            throw new Error("the plugin was not configured");
        }
        return cluster;
    };
    const context = (): Context => ({ cluster: configured(), log, cancelled: stop.signal });
    const provider: Provider = {
        version: "4.34.2",
        checkConfig: (news) => ({ inputs: news, failures: configFailures(news) }),
        diffConfig,
        configure: async (config) => {
            cluster = await connect(config);
        },
        check: (request) => check(request, configured()),
        diff: (request) => diff(context(), request),
        create: (request) => create(context(), request),
        read: (request) => read(context(), request),
        update: (request) => update(context(), request),
        delete: (request) => remove(context(), request),
        cancel: () => stop.abort(),
    };
    return provider;
});
