/** The StatefulSet. Its pod template holds neither the replica count nor the member list: scaling restarts nobody. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "crypto";

import { labelsOf, namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { etcdContainer } from "./containers";
import { metadata } from "./metadata";
import { GRACE_SECONDS } from "./ours";
import { initContainers, podSecurity } from "./pod";
import type { Scripts } from "./scripts";
import { shaped } from "./shaping";
import { etcdMounts, podVolumes, volumeClaim } from "./volumes";

export function statefulSet(
    options: EtcdOptions,
    template: pulumi.Input<k8s.types.input.core.v1.PodTemplateSpec>,
): k8s.apps.v1.StatefulSetArgs {
    const names = namesOf(options.name);
    return {
        metadata: {
            ...metadata(options, names.statefulSet),
            annotations: {
                // `kubectl scale` owns spec.replicas from then on; without this the next `up --refresh` is a conflict.
                "pulumi.com/patchForce": "true",
                // The rollout waits for the pods. Here it would be too early: what it brings may be their cure.
                "pulumi.com/waitFor": "jsonpath={.status.observedGeneration}",
            },
        },
        spec: {
            replicas: options.replicas,
            serviceName: names.headlessService,
            selector: { matchLabels: labelsOf(options.name) },
            // A quorum must be able to start before any member is Ready.
            podManagementPolicy: "Parallel",
            // The Job of rollout.ts replaces pods, not the controller.
            updateStrategy: { type: "OnDelete" },
            persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
            template,
            volumeClaimTemplates: [volumeClaim(options)],
        },
    };
}

export function podTemplate(
    options: EtcdOptions,
    scripts: Scripts,
    initialClusterToken: pulumi.Input<string>,
    ca?: pulumi.Output<string>,
): k8s.types.input.core.v1.PodTemplateSpec {
    const affinity = affinityOf(options);
    // A certificate is read anew at every handshake, the CA at the start only.
    const trusts = ca && { "etcd-cluster/ca": ca.apply((pem) => createHash("sha256").update(pem).digest("hex")) };
    return shaped(options, "member", "etcd", {
        metadata: { labels: labelsOf(options.name), annotations: trusts },
        spec: {
            serviceAccountName: namesOf(options.name).serviceAccount,
            automountServiceAccountToken: true,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: GRACE_SECONDS,
            securityContext: podSecurity(options),
            ...(affinity && { affinity }),
            initContainers: initContainers(options),
            containers: [etcdContainer(options, initialClusterToken)],
            volumes: podVolumes(options, scripts, etcdMounts(options)),
        },
    });
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
