/** The container of a member: etcd's own image as it is, started and judged by the scripts. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { CLIENT_PORT, CONTAINER, METRICS_PORT, PEER_PORT } from "../names";
import type { EtcdOptions } from "../options";
import { flagVariables } from "./etcd-flags";
import { CONFINED, run, scriptEnvironment } from "./pod";
import { etcdMounts } from "./volumes";

/**
 * Readiness comes from the scripts' proof of login and etcd's /readyz. Liveness never needs a quorum, and passes while the
 * script waits by design; a startup probe would kill a pod that waits for an hour, so there is none.
 */
export function etcdContainer(
    options: EtcdOptions,
    initialClusterToken: pulumi.Input<string>,
): k8s.types.input.core.v1.Container {
    return {
        name: CONTAINER,
        image: options.image,
        imagePullPolicy: options.imagePullPolicy,
        command: run("start.sh"),
        env: [
            ...scriptEnvironment(options, initialClusterToken),
            // For etcd itself, which takes every flag that it is not given from a variable of that name.
            { name: "ETCD_QUOTA_BACKEND_BYTES", value: String(options.quotaBackendBytes) },
            ...compaction(options),
            ...flagVariables(options.etcdFlags),
        ],
        ports: [
            { name: "client", containerPort: CLIENT_PORT },
            { name: "peer", containerPort: PEER_PORT },
            { name: "metrics", containerPort: METRICS_PORT },
        ],
        resources: { ...options.resources },
        securityContext: CONFINED,
        volumeMounts: etcdMounts(options),
        lifecycle: { preStop: { exec: { command: run("pre-stop.sh") } } },
        readinessProbe: {
            exec: { command: run("ready.sh") },
            periodSeconds: 3,
            timeoutSeconds: 8,
            failureThreshold: 3,
        },
        livenessProbe: {
            exec: { command: run("live.sh") },
            periodSeconds: 10,
            timeoutSeconds: 8,
            failureThreshold: 6,
            // What hangs does not hear TERM, and is not to hang for the whole grace period of one that leaves.
            terminationGracePeriodSeconds: 60,
        },
    };
}

/** Without these etcd keeps every revision for ever. */
function compaction({ autoCompaction }: EtcdOptions): k8s.types.input.core.v1.EnvVar[] {
    return autoCompaction === "off"
        ? []
        : [
              { name: "ETCD_AUTO_COMPACTION_MODE", value: "periodic" },
              { name: "ETCD_AUTO_COMPACTION_RETENTION", value: autoCompaction },
          ];
}
