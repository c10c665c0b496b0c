// The Kubernetes objects that the scripts of one cluster meet; rights and marker are the program's own.
import { memberAccess, rolloutAccess } from "../../components/etcd-cluster/manifests/access";
import { disruptionBudget } from "../../components/etcd-cluster/manifests/disruption-budget";
import { marker } from "../../components/etcd-cluster/manifests/marker";
import { recoveryRequest } from "../../components/etcd-cluster/manifests/recovery-request";
import { namesOf } from "../../components/etcd-cluster/names";
import { resolve } from "../../components/etcd-cluster/options";

export interface Names {
    set: string;
    namespace: string;
}

export function markerName(names: Names): string {
    return namesOf(names.set).marker;
}

/** Everything for `kubectl apply`. */
export function clusterObjects(names: Names, replicas: number, initialClusterSize: number): object {
    const options = resolve({ name: names.set, namespace: names.namespace, replicas, initialClusterSize });
    const rbac = "rbac.authorization.k8s.io/v1";
    const rights = [memberAccess(options), rolloutAccess(options)].flatMap(({ account, role, binding }) => [
        { apiVersion: "v1", kind: "ServiceAccount", ...account },
        { apiVersion: rbac, kind: "Role", ...role },
        { apiVersion: rbac, kind: "RoleBinding", ...binding },
    ]);
    const items = [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: names.namespace } },
        statefulSet(names, replicas),
        { apiVersion: "v1", kind: "ConfigMap", ...marker(options) },
        { apiVersion: "v1", kind: "ConfigMap", ...recoveryRequest(options) },
        { apiVersion: "policy/v1", kind: "PodDisruptionBudget", ...disruptionBudget(options) },
        ...rights,
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
