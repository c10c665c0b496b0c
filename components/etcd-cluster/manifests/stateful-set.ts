/** The StatefulSet. Its pod template holds neither the replica count nor the member list: scaling restarts nobody. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { labelsOf, namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { etcdContainer, initContainers } from "./containers";
import { metadata } from "./metadata";
import { podVolumes, scriptAnnotation, volumeClaim } from "./volumes";

/** A user that owns nothing else; the volume's group follows it. */
const USER = 65532;
/** Longest stop of a member: preStop 5 + 7 + 10 s, etcd 14 s, and room. */
const GRACE_SECONDS = 60;

export function statefulSet(
    options: EtcdOptions,
    scripts: Record<string, string>,
    initialClusterToken: pulumi.Input<string>,
): k8s.apps.v1.StatefulSetArgs {
    const names = namesOf(options.name);
    return {
        metadata: {
            ...metadata(options, names.statefulSet),
            // `kubectl scale` owns spec.replicas from then on; without this the next `up --refresh` is a conflict.
            annotations: { "pulumi.com/patchForce": "true" },
        },
        spec: {
            replicas: options.replicas,
            serviceName: names.headlessService,
            selector: { matchLabels: labelsOf(options.name) },
            // A quorum must be able to start before any member is Ready.
            podManagementPolicy: "Parallel",
            updateStrategy: { type: "RollingUpdate" },
            persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
            template: podTemplate(options, scripts, initialClusterToken),
            volumeClaimTemplates: [volumeClaim(options)],
        },
    };
}

function podTemplate(
    options: EtcdOptions,
    scripts: Record<string, string>,
    initialClusterToken: pulumi.Input<string>,
): k8s.types.input.core.v1.PodTemplateSpec {
    const annotations = Object.entries(scripts).map(([file, content]) => [scriptAnnotation(file), content]);
    const affinity = affinityOf(options);
    return {
        metadata: { labels: labelsOf(options.name), annotations: Object.fromEntries(annotations) },
        spec: {
            serviceAccountName: namesOf(options.name).serviceAccount,
            automountServiceAccountToken: true,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: GRACE_SECONDS,
            securityContext: {
                runAsNonRoot: true,
                runAsUser: USER,
                runAsGroup: USER,
                fsGroup: USER,
                fsGroupChangePolicy: "OnRootMismatch",
                seccompProfile: { type: "RuntimeDefault" },
            },
            ...(affinity && { affinity }),
            initContainers: initContainers(options),
            containers: [etcdContainer(options, initialClusterToken)],
            volumes: podVolumes(options, Object.keys(scripts)),
        },
    };
}

/** Spread over nodes, as far as the user wants it. */
function affinityOf(options: EtcdOptions): k8s.types.input.core.v1.Affinity | undefined {
    const term = { labelSelector: { matchLabels: labelsOf(options.name) }, topologyKey: "kubernetes.io/hostname" };
    switch (options.affinity) {
        case "soft":
            return {
                podAntiAffinity: {
                    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
                },
            };
        case "hard":
            return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
        case "none":
            return undefined;
    }
}
