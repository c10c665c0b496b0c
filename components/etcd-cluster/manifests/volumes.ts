/** The volumes of a pod and the one volume claim that outlives it. */
import type * as k8s from "@pulumi/kubernetes";

import { CLAIM, labelsOf, namesOf } from "../names";
import type { EtcdOptions } from "../options";

/** Annotation of the pod template that carries one script. */
export function scriptAnnotation(file: string): string {
    return `scripts.etcd-cluster/${file}`;
}

/** Readable by the member's group only. */
const SECRET_MODE = 0o440;

/**
 * Scripts come from the pod's own annotations, so that they belong to the revision like the image does: a pod that is made
 * anew half way through a rollout runs the scripts of its own revision.
 */
export function podVolumes(options: EtcdOptions, scripts: string[]): k8s.types.input.core.v1.Volume[] {
    const names = namesOf(options.name);
    return [
        { name: "toolbox", emptyDir: {} },
        { name: "state", emptyDir: { medium: "Memory", sizeLimit: "32Mi" } },
        {
            name: "scripts",
            downwardAPI: {
                defaultMode: 0o555,
                items: scripts.map((file) => ({
                    path: file,
                    fieldRef: { apiVersion: "v1", fieldPath: `metadata.annotations['${scriptAnnotation(file)}']` },
                })),
            },
        },
        { name: "root-password", secret: { secretName: names.rootPasswordSecret, defaultMode: SECRET_MODE } },
        { name: "jwt-key", secret: { secretName: names.jwtKeySecret, defaultMode: SECRET_MODE } },
    ];
}

export const ETCD_MOUNTS: k8s.types.input.core.v1.VolumeMount[] = [
    { name: CLAIM, mountPath: "/var/run/etcd" },
    { name: "toolbox", mountPath: "/toolbox", readOnly: true },
    { name: "state", mountPath: "/state" },
    { name: "scripts", mountPath: "/scripts", readOnly: true },
    { name: "root-password", mountPath: "/secrets/root-password", readOnly: true },
    { name: "jwt-key", mountPath: "/secrets/jwt-key", readOnly: true },
];

/** Frozen: Kubernetes refuses every change of a claim template. */
export function volumeClaim(options: EtcdOptions): k8s.types.input.core.v1.PersistentVolumeClaim {
    const selector = Object.keys(options.storageSelector).length > 0;
    return {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: CLAIM, labels: labelsOf(options.name) },
        spec: {
            accessModes: ["ReadWriteOnce"],
            ...(options.storageClass !== undefined && { storageClassName: options.storageClass }),
            ...(selector && { selector: { matchLabels: options.storageSelector } }),
            resources: { requests: { storage: options.storageSize } },
        },
    };
}
