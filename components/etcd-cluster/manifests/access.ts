/**
 * What the scripts may ask of the API server. The members: one StatefulSet, the request and the claims of their own volumes to read, the
 * marker to read and patch.
 * The Job that restarts members, and it alone: their pods and claims, by name; the marker it only reads; itself, to end itself; and events,
 * of which Kubernetes has no names beforehand: it reads why something does not go on, and writes what it waits for.
 */
import type * as k8s from "@pulumi/kubernetes";

import { CLAIM, namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { MOST_REPLICAS } from "../settings/members";
import { CERT_MANAGER_GROUP } from "../tls/issuer-reference";
import { certificateObjects } from "./cert-manager";
import { metadata } from "./metadata";

type Rules = k8s.types.input.rbac.v1.PolicyRule[];

/** A service account, its role and the binding of the two; all three share the name. */
export interface Access {
    account: k8s.core.v1.ServiceAccountArgs;
    role: k8s.rbac.v1.RoleArgs;
    binding: k8s.rbac.v1.RoleBindingArgs;
}

function access(options: EtcdOptions, name: string, rules: Rules): Access {
    return {
        account: { metadata: metadata(options, name), automountServiceAccountToken: false },
        role: { metadata: metadata(options, name), rules },
        binding: {
            metadata: metadata(options, name),
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
            subjects: [{ kind: "ServiceAccount", name, namespace: options.namespace }],
        },
    };
}

/** What members and Job both read. */
function readables(options: EtcdOptions): Rules {
    const { statefulSet, recoveryRequest } = namesOf(options.name);
    return [
        { apiGroups: ["apps"], resources: ["statefulsets"], resourceNames: [statefulSet], verbs: ["get"] },
        { apiGroups: [""], resources: ["configmaps"], resourceNames: [recoveryRequest], verbs: ["get"] },
    ];
}

const eachOrdinal = (name: (ordinal: number) => string) =>
    Array.from({ length: MOST_REPLICAS }, (_, ordinal) => name(ordinal));

const resourceNamesOfClaims = ({ name }: EtcdOptions) =>
    eachOrdinal((ordinal) => `${CLAIM}-${namesOf(name).statefulSet}-${ordinal}`);

export function memberAccess(options: EtcdOptions): Access {
    const { marker, serviceAccount } = namesOf(options.name);
    return access(options, serviceAccount, [
        ...readables(options),
        { apiGroups: [""], resources: ["configmaps"], resourceNames: [marker], verbs: ["get", "patch"] },
        // Whether there are volumes of more members than there are pods: before a cluster forms, see scripts/lib/reports.sh.
        {
            apiGroups: [""],
            resources: ["persistentvolumeclaims"],
            resourceNames: resourceNamesOfClaims(options),
            verbs: ["get"],
        },
    ]);
}

/** All pods that there may ever be: a list that followed `replicas` would be ahead of or behind it while it scales. */
export function rolloutAccess(options: EtcdOptions): Access {
    const { statefulSet, marker, rollout } = namesOf(options.name);
    const claims = resourceNamesOfClaims(options);
    const resourceNames = eachOrdinal((ordinal) => `${statefulSet}-${ordinal}`);
    return access(options, rollout, [
        ...readables(options),
        { apiGroups: [""], resources: ["configmaps"], resourceNames: [marker], verbs: ["get"] },
        { apiGroups: [""], resources: ["pods"], resourceNames, verbs: ["get", "delete"] },
        { apiGroups: [""], resources: ["pods/eviction"], resourceNames, verbs: ["create"] },
        { apiGroups: [""], resources: ["persistentvolumeclaims"], resourceNames: claims, verbs: ["get"] },
        { apiGroups: [""], resources: ["events"], verbs: ["list", "create", "update"] },
        { apiGroups: ["batch"], resources: ["jobs"], resourceNames: [rollout], verbs: ["get", "patch"] },
        ...certificateRights(options),
    ]);
}

/** Why cert-manager has not issued the certificate. Its requests have names of its own making. */
function certificateRights(options: EtcdOptions): Rules {
    if (options.tls !== "cert-manager") {
        return [];
    }
    const apiGroups = [CERT_MANAGER_GROUP];
    return [
        { apiGroups, resources: ["certificates"], resourceNames: certificateObjects(options), verbs: ["get"] },
        { apiGroups, resources: ["certificaterequests"], verbs: ["list"] },
    ];
}
