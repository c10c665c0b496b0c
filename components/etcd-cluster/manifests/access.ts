/** What the scripts may ask of the API server: one StatefulSet to read, one ConfigMap to read and patch. Nothing else. */
import type * as k8s from "@pulumi/kubernetes";

import { namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

export function serviceAccount(options: EtcdOptions): k8s.core.v1.ServiceAccountArgs {
    return {
        metadata: metadata(options, namesOf(options.name).serviceAccount),
        automountServiceAccountToken: false,
    };
}

export function role(options: EtcdOptions): k8s.rbac.v1.RoleArgs {
    const names = namesOf(options.name);
    return {
        metadata: metadata(options, names.role),
        rules: [
            { apiGroups: ["apps"], resources: ["statefulsets"], resourceNames: [names.statefulSet], verbs: ["get"] },
            { apiGroups: [""], resources: ["configmaps"], resourceNames: [names.marker], verbs: ["get", "patch"] },
        ],
    };
}

export function roleBinding(options: EtcdOptions): k8s.rbac.v1.RoleBindingArgs {
    const names = namesOf(options.name);
    return {
        metadata: metadata(options, names.role),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: names.role },
        subjects: [{ kind: "ServiceAccount", name: names.serviceAccount, namespace: options.namespace }],
    };
}
