/**
 * Which Kubernetes cluster the provider's settings lead to, read as kubectl reads it: of several files the first that has a name has the say.
 * Read only: nothing is asked of the cluster, so it takes no right there.
 */
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { createHash, X509Certificate } from "crypto";
import { parse } from "yaml";

/** What the stack's configuration says; the environment says the rest. */
export interface ProviderSettings {
    context?: string;
    /** A file, or what stands in one. */
    kubeconfig?: string;
    cluster?: string;
}

export interface Target {
    /** Of the kubeconfig; none in a pod. */
    context?: string;
    server: string;
    /** The same as long as it is the same cluster. */
    id: string;
}

interface Cluster {
    server?: string;
    "certificate-authority"?: string;
    "certificate-authority-data"?: string;
}

interface Kubeconfig {
    "current-context"?: string;
    clusters?: { name: string; cluster: Cluster }[];
    contexts?: { name: string; context: { cluster?: string } }[];
}

/** Where a pod finds the cluster that it runs on. */
const IN_CLUSTER = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

/** Undefined where it cannot be told: the provider then says what is missing. */
export function targetOf(settings: ProviderSettings, env: NodeJS.ProcessEnv = process.env): Target | undefined {
    const configs = kubeconfigs(settings, env);
    if (configs.length === 0) {
        return inCluster(env);
    }
    const context = settings.context ?? firstOf(configs, (config) => config["current-context"] || undefined);
    const named = firstOf(configs, ({ contexts }) => contexts?.find(({ name }) => name === context)?.context);
    const name = settings.cluster ?? named?.cluster;
    const cluster = firstOf(configs, ({ clusters }) => clusters?.find((each) => each.name === name)?.cluster);
    return cluster?.server === undefined ? undefined : { context, ...identified(cluster.server, authorityOf(cluster)) };
}

/** The parsed files, paths in them made whole. One that cannot be read is none. */
function kubeconfigs({ kubeconfig }: ProviderSettings, env: NodeJS.ProcessEnv): Kubeconfig[] {
    const given = kubeconfig ?? env.KUBECONFIG;
    if (given && /[\n{]/.test(given)) {
        return parsed(given, process.cwd());
    }
    const files = given ? given.split(path.delimiter) : [path.join(env.HOME ?? os.homedir(), ".kube/config")];
    return files
        .filter((file) => file !== "" && fs.existsSync(file))
        .flatMap((file) => parsed(fs.readFileSync(file, "utf8"), path.dirname(file)));
}

function parsed(text: string, folder: string): Kubeconfig[] {
    let config: Kubeconfig | null;
    try {
        config = parse(text) as Kubeconfig | null;
    } catch {
        return [];
    }
    for (const { cluster } of config?.clusters ?? []) {
        const file = cluster["certificate-authority"];
        if (file) {
            cluster["certificate-authority"] = path.resolve(folder, file);
        }
    }
    return config ? [config] : [];
}

const firstOf = <T>(configs: Kubeconfig[], find: (config: Kubeconfig) => T | undefined): T | undefined =>
    configs.map(find).find((found) => found !== undefined);

function authorityOf(cluster: Cluster): string | undefined {
    const { "certificate-authority-data": data, "certificate-authority": file } = cluster;
    if (data) {
        return Buffer.from(data, "base64").toString();
    }
    return file && fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined;
}

/** A pod has no context that could be switched. */
function inCluster(env: NodeJS.ProcessEnv): Target | undefined {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
    return host && fs.existsSync(IN_CLUSTER)
        ? identified(`https://${host}:${port}`, fs.readFileSync(IN_CLUSTER, "utf8"))
        : undefined;
}

/**
 * A cluster is its CA: one has many addresses, from inside, from outside, through a tunnel, and its CA stays. Behind a proxy for several
 * clusters they have one CA and differ by the path. Without a CA the address is all there is.
 */
function identified(server: string, authority: string | undefined): { server: string; id: string } {
    const url = new URL(server);
    const where = url.pathname.replace(/\/+$/, "");
    const id = authority === undefined ? `${url.host}${where}` : `ca:${fingerprint(authority)}${where}`;
    return { server, id };
}

/** Of the certificates, in whatever order and form they are written. */
function fingerprint(pem: string): string {
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const certificates = blocks.map(certificateOf).sort();
    const text = certificates.length > 0 ? certificates.join() : pem.trim();
    return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function certificateOf(block: string): string {
    try {
        return new X509Certificate(block).fingerprint256;
    } catch {
        return block;
    }
}
