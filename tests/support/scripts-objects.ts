// The Kubernetes objects that the scripts of one cluster meet, with exactly the rights that the program grants them.

export interface Names {
    set: string;
    namespace: string;
}

export function markerName(names: Names): string {
    return `${names.set}-formation`;
}

/** Everything for `kubectl apply`. */
export function clusterObjects(names: Names, replicas: number, initialClusterSize: number): object {
    const metadata = { name: names.set, namespace: names.namespace };
    const items = [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: names.namespace } },
        statefulSet(names, replicas),
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { ...metadata, name: markerName(names) },
            data: { initialClusterSize: String(initialClusterSize) },
        },
        { apiVersion: "v1", kind: "ServiceAccount", metadata },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "Role",
            metadata,
            rules: [
                { apiGroups: ["apps"], resources: ["statefulsets"], resourceNames: [names.set], verbs: ["get"] },
                {
                    apiGroups: [""],
                    resources: ["configmaps"],
                    resourceNames: [markerName(names)],
                    verbs: ["get", "patch"],
                },
            ],
        },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "RoleBinding",
            metadata,
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: names.set },
            subjects: [{ kind: "ServiceAccount", name: names.set, namespace: names.namespace }],
        },
    ];
    return { apiVersion: "v1", kind: "List", items };
}

export function statefulSet(names: Names, replicas: number): object {
    const labels = { "k8s-app": names.set, app: "etcd" };
    return {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: { name: names.set, namespace: names.namespace },
        spec: {
            serviceName: names.set,
            replicas,
            podManagementPolicy: "Parallel",
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: "etcd", image: "etcd" }] } },
        },
    };
}
