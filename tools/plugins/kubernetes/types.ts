// The resource types that the stand-in Kubernetes plugin serves: those that a stateful service without an operator
// needs. For each one where its API is, and which changes the official plugin makes by replacement.
export interface ResourceType {
    readonly apiVersion: string;
    readonly kind: string;
    readonly plural: string;
    readonly namespaced: boolean;
    /** Property paths (without list indexes) whose change replaces the object. */
    readonly replaceOn: readonly string[];
}

const STATEFUL_SET = [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
];

const JOB = ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"];

const CLAIM = ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"];

const VOLUME_SOURCES = ["csi", "fc", "flexVolume", "hostPath", "iscsi", "local", "nfs"].map((name) => `spec.${name}`);

const POD_FIELDS = [
    "affinity",
    "automountServiceAccountToken",
    "containers",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "initContainers",
    "nodeName",
    "nodeSelector",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "volumes",
].map((name) => `spec.${name}`);

const RBAC = "rbac.authorization.k8s.io/v1";

function type(
    apiVersion: string,
    kind: string,
    plural: string,
    replaceOn: readonly string[] = [],
    namespaced = true,
): ResourceType {
    return { apiVersion, kind, plural, namespaced, replaceOn };
}

const TYPES: readonly ResourceType[] = [
    type("v1", "ConfigMap", "configmaps"),
    type("v1", "Namespace", "namespaces", [], false),
    type("v1", "PersistentVolume", "persistentvolumes", VOLUME_SOURCES, false),
    type("v1", "PersistentVolumeClaim", "persistentvolumeclaims", CLAIM),
    type("v1", "Pod", "pods", POD_FIELDS),
    type("v1", "Secret", "secrets", ["type"]),
    type("v1", "Service", "services", ["spec.clusterIP"]),
    type("v1", "ServiceAccount", "serviceaccounts"),
    type("apps/v1", "StatefulSet", "statefulsets", STATEFUL_SET),
    type("batch/v1", "CronJob", "cronjobs"),
    type("batch/v1", "Job", "jobs", JOB),
    type("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    type("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    type(RBAC, "Role", "roles"),
    type(RBAC, "RoleBinding", "rolebindings", ["roleRef"]),
    // Of cert-manager; there only where its definitions are.
    type("cert-manager.io/v1", "Certificate", "certificates"),
    type("cert-manager.io/v1", "Issuer", "issuers"),
];

/** `kubernetes:apps/v1:StatefulSet`; the core group is written out there. */
function token(type: ResourceType): string {
    const apiVersion = type.apiVersion.includes("/") ? type.apiVersion : `core/${type.apiVersion}`;
    return `kubernetes:${apiVersion}:${type.kind}`;
}

const BY_TOKEN = new Map(TYPES.map((one) => [token(one), one]));

export function findType(name: string): ResourceType {
    const found = BY_TOKEN.get(name);
    if (!found) {
        throw new Error(
            `the stand-in Kubernetes plugin does not support ${name} (it has: ${[...BY_TOKEN.keys()].join(", ")}). ` +
                "Use the official plugin pulumi-resource-kubernetes.",
        );
    }
    return found;
}

/** The URL path of one object, or of all objects of the type in a namespace. */
export function objectPath(type: ResourceType, namespace: string, name?: string): string {
    const root = type.apiVersion.includes("/") ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
    const scope = type.namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : "";
    return `${root}${scope}/${type.plural}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
}
