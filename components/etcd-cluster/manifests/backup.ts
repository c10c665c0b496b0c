/**
 * The CronJob that makes backups. Its pod has four steps, one container after the other, which scripts/lib/backup-steps.sh tells. No
 * member knows of it: it has a template and scripts of its own, so that no change of it restarts anybody, and the keys of the store are
 * mounted where they are needed, in the two containers that speak to it.
 */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { backupLabelsOf, namesOf } from "../names";
import type { EtcdOptions } from "../options";
import type { Backup } from "../settings/backup-options";
import { completed } from "../resources";
import { labelled, metadata } from "./metadata";
import { CONFINED, initContainers, POD_UID, podSecurity, run, scriptEnvironment } from "./pod";
import type { Scripts } from "./scripts";
import { shaped } from "./shaping";
import { podVolumes, rolloutMounts, scriptMounts, SECRET_MODE } from "./volumes";

type Container = k8s.types.input.core.v1.Container;
type Variables = k8s.types.input.core.v1.EnvVar[];

/** A backup whose time has passed by more is left out: the next one is as good. */
const LATE_SECONDS = 600;
/** Longest backup, with all its tries: with `Forbid` one that hangs would keep back all others. */
const DEADLINE_SECONDS = 3600;
/** Another pod with another name in the store each. */
const RETRIES = 2;

/** Where the backups of all clusters are mounted, with `backup.volume`. */
const VOLUME_FOLDER = "/backup";

const STORE: k8s.types.input.core.v1.VolumeMount = { name: "store", mountPath: "/secrets/store", readOnly: true };
const VOLUME: k8s.types.input.core.v1.VolumeMount = { name: "backup", mountPath: VOLUME_FOLDER };
const WORK: k8s.types.input.core.v1.VolumeMount = { name: "work", mountPath: "/work" };

/** An account without any right, and without a token in the pod. */
export function backupAccount(options: EtcdOptions): k8s.core.v1.ServiceAccountArgs {
    return { metadata: metadata(options, namesOf(options.name).backup), automountServiceAccountToken: false };
}

export function backupCronJob(
    options: EtcdOptions,
    backup: Backup,
    scripts: Scripts,
    initialClusterToken: pulumi.Input<string>,
): k8s.batch.v1.CronJobArgs {
    return {
        metadata: {
            ...metadata(options, namesOf(options.name).backup),
            labels: labelled(options, backupLabelsOf(options.name), "backup"),
        },
        spec: {
            schedule: backup.schedule,
            timeZone: backup.timeZone,
            concurrencyPolicy: "Forbid",
            startingDeadlineSeconds: LATE_SECONDS,
            successfulJobsHistoryLimit: 3,
            failedJobsHistoryLimit: 3,
            jobTemplate: {
                metadata: { labels: backupLabelsOf(options.name) },
                spec: {
                    backoffLimit: RETRIES,
                    activeDeadlineSeconds: DEADLINE_SECONDS,
                    template: backupPod(options, backup, scripts, initialClusterToken),
                },
            },
        },
    };
}

function backupPod(
    options: EtcdOptions,
    backup: Backup,
    scripts: Scripts,
    initialClusterToken: pulumi.Input<string>,
): k8s.types.input.core.v1.PodTemplateSpec {
    const [toolbox] = initContainers(options);
    const shared = [...rolloutMounts(options), WORK];
    const store = [...scriptMounts, WORK, backup.s3 ? STORE : VOLUME];
    const step = (
        name: string,
        image: pulumi.Input<string>,
        mountsOf: typeof shared,
        env: Variables,
        more: Partial<Container>,
    ) => ({
        name,
        image,
        imagePullPolicy: options.imagePullPolicy,
        command: run(`backup-${name}.sh`),
        env: [...scriptEnvironment(options, initialClusterToken), POD_UID, ...env],
        securityContext: CONFINED,
        volumeMounts: mountsOf,
        terminationMessagePolicy: "FallbackToLogsOnError",
        ...more,
    });
    const ofEtcd = { resources: completed({ requests: REQUESTS, limits: options.resources.limits }) };
    const ofStore = {
        resources: completed({ requests: REQUESTS, limits: { memory: "1Gi" } }, options.helperResources),
    };
    return shaped(options, "job", "backup", {
        metadata: { labels: backupLabelsOf(options.name) },
        spec: {
            restartPolicy: "Never",
            serviceAccountName: namesOf(options.name).backup,
            // It asks nothing of Kubernetes.
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: podSecurity(options),
            initContainers: [
                toolbox!,
                step("save", options.image, shared, [], ofEtcd),
                step("copy", backup.image, store, storeEnvironment(backup), ofStore),
                step("verify", options.image, shared, [], ofEtcd),
            ],
            containers: [
                step("publish", backup.image, store, [...storeEnvironment(backup), ...retention(backup)], ofStore),
            ],
            volumes: [...podVolumes(options, scripts, shared), { name: "work", emptyDir: {} }, storeVolume(backup)],
        },
    });
}

const REQUESTS = { cpu: "50m", memory: "128Mi" };

function storeVolume({ s3, volume }: Backup): k8s.types.input.core.v1.Volume {
    return s3
        ? { name: STORE.name, secret: { secretName: s3.secret, defaultMode: SECRET_MODE } }
        : { name: VOLUME.name, persistentVolumeClaim: { claimName: volume! } };
}

/** How rclone finds the store; its keys come from files. Nothing here is a secret. */
export function storeEnvironment({ s3 }: Pick<Backup, "s3">): Variables {
    if (!s3) {
        return [{ name: "DESTINATION", value: VOLUME_FOLDER }];
    }
    const remote = {
        TYPE: "s3",
        // Decides what rclone expects of details that are not alike everywhere.
        PROVIDER: s3.endpoint ? "Other" : "AWS",
        ENDPOINT: s3.endpoint,
        REGION: s3.region,
        // The right to make buckets, or to list them, is not needed.
        NO_CHECK_BUCKET: "true",
    };
    return [
        { name: "DESTINATION", value: ["store:" + s3.bucket, s3.prefix].filter((part) => part).join("/") },
        ...Object.entries(remote).flatMap(([key, value]) =>
            value === undefined ? [] : [{ name: `RCLONE_CONFIG_STORE_${key}`, value }],
        ),
    ];
}

function retention({ keep }: Backup): Variables {
    return Object.entries(keep).map(([span, count]) => ({ name: `KEEP_${span.toUpperCase()}`, value: String(count) }));
}
