/**
 * The Job that brings the members to a new revision, one at a time, and waits until the wanted members are all there. A
 * StatefulSet's own rolling update looks at the pod that it has just replaced and at no other; with OnDelete it replaces nothing,
 * and scripts/rollout.sh decides. A Job goes on when `pulumi up` is killed, and its failure is that of `pulumi up`.
 */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "crypto";

import { namesOf, rolloutLabelsOf } from "../names";
import type { EtcdOptions } from "../options";
import { completed } from "../resources";
import { MOST_REPLICAS } from "../settings/members";
import { certificateObjects } from "./cert-manager";
import { labelled, metadata } from "./metadata";
import { CONFINED, initContainers, jobEnvironment, POD_UID, podSecurity, run, scriptEnvironment, SMALL } from "./pod";
import type { Scripts } from "./scripts";
import { shaped } from "./shaping";
import { podVolumes, rolloutMounts, scriptMounts } from "./volumes";

const RESOURCES = { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } };

/** Longest `pulumi up`; rollout.sh itself gives up after ten minutes in which nothing got better. */
const TIMEOUT_SECONDS = 1800;

/** A net below that: nine members that each take all of its patience, and more. */
const DEADLINE_SECONDS = 4 * 3600;

/**
 * What a new Job is made for: the StatefulSet has another spec than before, whoever changed it and whoever took that back, there is a
 * request to recover or to take volumes as they are, or a new password.
 */
export interface Occasion {
    /** Of the object itself: Kubernetes counts every change of its spec. */
    generation: pulumi.Input<number>;
    recovery?: pulumi.Output<string>;
    acceptVolumes?: string;
    rotation?: pulumi.Output<string>;
}

export function rollout(
    options: EtcdOptions,
    scripts: Scripts,
    initialClusterToken: pulumi.Input<string>,
    occasion: Occasion,
): k8s.batch.v1.JobArgs {
    const names = namesOf(options.name);
    const env = [
        ...scriptEnvironment(options, initialClusterToken),
        ...jobEnvironment(),
        { name: "MOST_REPLICAS", value: String(MOST_REPLICAS) },
        ...certificates(options),
    ];
    return {
        metadata: {
            ...metadata(options, names.rollout),
            labels: labelled(options, rolloutLabelsOf(options.name), "rollout"),
            annotations: {
                // One that failed is run again by the next `pulumi up`.
                "pulumi.com/replaceUnready": "true",
                "pulumi.com/timeoutSeconds": String(TIMEOUT_SECONDS),
            },
        },
        spec: {
            // It has its own patience; when it gives up, another try would find the same. This is also the one kind of failure of
            // which Pulumi hears at once.
            backoffLimit: 0,
            activeDeadlineSeconds: DEADLINE_SECONDS,
            // Moved to another node: no failure.
            podFailurePolicy: {
                rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
            },
            template: shaped(options, "job", "rollout", {
                metadata: { labels: rolloutLabelsOf(options.name) },
                spec: {
                    restartPolicy: "Never",
                    serviceAccountName: names.rollout,
                    automountServiceAccountToken: true,
                    enableServiceLinks: false,
                    securityContext: podSecurity(options),
                    initContainers: initContainers(options),
                    containers: [
                        {
                            name: "rollout",
                            image: options.image,
                            imagePullPolicy: options.imagePullPolicy,
                            command: run("rollout.sh"),
                            env: [...env, { name: "OCCASION", value: pulumi.output(occasion).apply(hash) }],
                            resources: completed(RESOURCES, options.helperResources),
                            securityContext: CONFINED,
                            volumeMounts: rolloutMounts(options),
                            terminationMessagePolicy: "FallbackToLogsOnError",
                        },
                        // In the image that the toolbox comes from: when that of etcd cannot be pulled, nobody else would end the Job.
                        {
                            name: "watch",
                            image: options.toolboxImage,
                            imagePullPolicy: options.imagePullPolicy,
                            command: run("watch.sh"),
                            env: [...env, POD_UID],
                            resources: completed(SMALL, options.helperResources),
                            securityContext: CONFINED,
                            volumeMounts: scriptMounts,
                        },
                    ],
                    volumes: podVolumes(options, scripts, rolloutMounts(options), options.tls === "cert-manager"),
                },
            }),
        },
    };
}

/** The Certificates that cert-manager issues, the members' one last: the rollout waits for them, for it can read why there is none. */
function certificates(options: EtcdOptions): k8s.types.input.core.v1.EnvVar[] {
    if (options.tls !== "cert-manager") {
        return [];
    }
    return [{ name: "CERTIFICATES", value: certificateObjects(options).join(" ") }];
}

const hash = (occasion: unknown) => createHash("sha256").update(JSON.stringify(occasion)).digest("hex").slice(0, 16);
