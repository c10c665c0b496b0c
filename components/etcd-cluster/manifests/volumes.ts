/** The volumes of a pod and the one volume claim that outlives it. */
import type * as k8s from "@pulumi/kubernetes";

import { CLAIM, jwtKeyName, labelsOf, namesOf, tlsName } from "../names";
import type { EtcdOptions } from "../options";
import { scriptsVolume, type Scripts } from "./scripts";

/** Readable by the pod's group only. */
export const SECRET_MODE = 0o440;

type Mounts = k8s.types.input.core.v1.VolumeMount[];

/** Where the scripts find certificates. */
export const TLS_FOLDER = "/secrets/tls";
const TLS_MOUNTS: Mounts = [{ name: "tls", mountPath: TLS_FOLDER, readOnly: true }];

/** Of whatever runs a script. */
export const scriptMounts: Mounts = [
    { name: "toolbox", mountPath: "/toolbox", readOnly: true },
    { name: "state", mountPath: "/state" },
    { name: "scripts", mountPath: "/scripts", readOnly: true },
];

/** Of the Job that restarts members: it logs in to ask for the member list. */
export const rolloutMounts = (options: EtcdOptions): Mounts => [
    ...scriptMounts,
    { name: "root-password", mountPath: "/secrets/root-password", readOnly: true },
    ...(options.tls === "off" ? [] : TLS_MOUNTS),
];

export const etcdMounts = (options: EtcdOptions): Mounts => [
    { name: CLAIM, mountPath: "/var/run/etcd" },
    ...rolloutMounts(options),
    { name: "jwt-key", mountPath: "/secrets/jwt-key", readOnly: true },
];

/** The volumes behind those mounts, but for the claim. `certificateLater`: the pod starts although its Secret is not there yet. */
export function podVolumes(
    options: EtcdOptions,
    scripts: Scripts,
    mounts: Mounts,
    certificateLater = false,
): k8s.types.input.core.v1.Volume[] {
    const names = namesOf(options.name);
    const volumes: k8s.types.input.core.v1.Volume[] = [
        { name: "toolbox", emptyDir: {} },
        { name: "state", emptyDir: { medium: "Memory", sizeLimit: "32Mi" } },
        scriptsVolume(options, scripts),
        {
            name: "root-password",
            secret: { secretName: options.rootPasswordSecret ?? names.rootPasswordSecret, defaultMode: SECRET_MODE },
        },
        {
            name: "jwt-key",
            secret: { secretName: jwtKeyName(options.name, options.jwtKeyGeneration), defaultMode: SECRET_MODE },
        },
        {
            name: "tls",
            secret: {
                secretName: options.tlsSecret ?? tlsName(options.name, options.tlsCaGenerations),
                defaultMode: SECRET_MODE,
                ...(certificateLater && { optional: true }),
            },
        },
    ];
    return volumes.filter((volume) => mounts.some(({ name }) => name === volume.name));
}

/** Frozen: Kubernetes refuses every change of a claim template. */
export function volumeClaim(options: EtcdOptions): k8s.types.input.core.v1.PersistentVolumeClaim {
    const selector = Object.keys(options.storageSelector).length > 0;
    // No provisioner makes volumes to a selector. Those made beforehand have no class, unless one is named; a claim that leaves
    // it open would be given the default class and never find them.
    const storageClass = options.storageClass ?? (selector ? "" : undefined);
    return {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: CLAIM, labels: labelsOf(options.name) },
        spec: {
            accessModes: ["ReadWriteOnce"],
            ...(storageClass !== undefined && { storageClassName: storageClass }),
            ...(selector && { selector: { matchLabels: options.storageSelector } }),
            resources: { requests: { storage: options.storageSize } },
        },
    };
}
