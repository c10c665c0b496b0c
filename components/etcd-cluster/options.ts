/** Every default of EtcdCluster, in one place. Pure: what comes out has no optional field that a builder must decide on. */
import type { ClientServiceType, EtcdAffinity, EtcdClusterArgs, EtcdResources, EtcdTls } from "./args";
import { defaultQuota } from "./validation/database-quota";
import { parseQuantity } from "./validation/quantity";
import { versionOfImage } from "./validation/supported-versions";

/** The arguments with every default filled in; absent is only what Kubernetes itself decides. */
export interface EtcdOptions {
    replicas: number;
    name: string;
    namespace: string;
    version: string;
    image: string;
    toolboxImage: string;
    kubectlImage: string;
    imagePullPolicy: string;
    initialClusterSize: number;
    storageClass?: string;
    storageSize: string;
    /** In bytes, as etcd takes it. */
    quotaBackendBytes: number;
    storageSelector: Record<string, string>;
    resources: EtcdResources;
    affinity: EtcdAffinity;
    clientServiceType: ClientServiceType;
    nodePort?: number;
    clientNamespaces: string[];
    monitoringNamespace?: string;
    externalHost?: string;
    clusterDomain: string;
    jwtKeyGeneration: number;
    tls: EtcdTls;
    tlsSecret?: string;
    tlsIssuer?: string;
    tlsClientAuth: boolean;
    tlsCaGenerations: number[];
    recoverFrom?: number;
    recoverSnapshot?: string;
}

/** Versions and images that the tests ran with. */
export const DEFAULT_VERSION = "3.6.16";
export const DEFAULT_TOOLBOX_IMAGE = "busybox:1.37.0-musl";
export const DEFAULT_KUBECTL_IMAGE = "registry.k8s.io/kubectl:v1.34.4";

/** etcd advises seven members at most; nine leave room for an exchange. */
export const MOST_REPLICAS = 9;

/** Of a cluster that never had another one. */
export const FIRST_CA = [1];

/** A default that fits a laptop; kubectl, which the scripts run, needs some 50 MB beside etcd. */
export const DEFAULT_RESOURCES: EtcdResources = {
    requests: { cpu: "100m", memory: "256Mi" },
    limits: { memory: "1Gi" },
};

/** Fills in the defaults. Expects arguments that validation has passed. */
export function resolve(args: EtcdClusterArgs): EtcdOptions {
    const replicas = args.replicas ?? 3;
    const storageSize = args.storageSize ?? "1Gi";
    const version = (args.version ?? (args.image && versionOfImage(args.image)) ?? DEFAULT_VERSION).replace(/^v/, "");
    return {
        replicas,
        name: args.name ?? "infra-etcd-cluster",
        namespace: args.namespace ?? "default",
        version,
        image: args.image ?? `gcr.io/etcd-development/etcd:v${version}`,
        toolboxImage: args.toolboxImage ?? DEFAULT_TOOLBOX_IMAGE,
        kubectlImage: args.kubectlImage ?? DEFAULT_KUBECTL_IMAGE,
        imagePullPolicy: args.imagePullPolicy ?? "IfNotPresent",
        initialClusterSize: Math.min(args.initialClusterSize ?? 3, replicas),
        storageClass: args.storageClass,
        storageSize,
        quotaBackendBytes: args.quotaBackendBytes
            ? Math.floor(parseQuantity(args.quotaBackendBytes)!)
            : defaultQuota(parseQuantity(storageSize)!),
        storageSelector: args.storageSelector ?? {},
        resources: args.resources ?? DEFAULT_RESOURCES,
        affinity: args.affinity ?? "soft",
        clientServiceType: args.clientServiceType ?? "ClusterIP",
        nodePort: args.nodePort,
        clientNamespaces: args.clientNamespaces ?? [],
        monitoringNamespace: args.monitoringNamespace,
        externalHost: args.externalHost,
        clusterDomain: args.clusterDomain ?? "cluster.local",
        jwtKeyGeneration: args.jwtKeyGeneration ?? 0,
        tls: args.tls ?? "generated",
        tlsSecret: args.tlsSecret,
        tlsIssuer: args.tlsIssuer,
        tlsClientAuth: args.tlsClientAuth ?? false,
        tlsCaGenerations: args.tlsCaGenerations ?? FIRST_CA,
        recoverFrom: args.recoverFrom,
        recoverSnapshot: args.recoverSnapshot,
    };
}
