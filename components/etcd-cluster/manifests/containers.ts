/**
 * The containers of a member. The official etcd images have no shell: two init containers bring one (a static busybox) and
 * kubectl; etcd's own image stays as it is.
 */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { CLIENT_PORT, CONTAINER, METRICS_PORT, namesOf, PEER_PORT } from "../names";
import type { EtcdOptions } from "../options";
import { ETCD_MOUNTS } from "./volumes";

type Container = k8s.types.input.core.v1.Container;
type EnvVar = k8s.types.input.core.v1.EnvVar;

const CONFINED: k8s.types.input.core.v1.SecurityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
};
const TOOLBOX = { name: "toolbox", mountPath: "/toolbox" };
const SMALL = { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "128Mi" } };

/** A script of ours, run by the shell of the toolbox. */
const run = (script: string) => ["/toolbox/sh", `/scripts/${script}`];

export function initContainers(options: EtcdOptions): Container[] {
    const shared = {
        imagePullPolicy: options.imagePullPolicy,
        securityContext: CONFINED,
        volumeMounts: [TOOLBOX],
        resources: SMALL,
    };
    const install = "/bin/busybox cp /bin/busybox /toolbox/busybox && /toolbox/busybox --install /toolbox";
    return [
        {
            name: "toolbox",
            image: options.toolboxImage,
            command: ["/bin/busybox", "sh", "-c", install],
            ...shared,
        },
        {
            name: "kubectl",
            image: options.kubectlImage,
            command: ["/toolbox/busybox", "cp", "/bin/kubectl", "/toolbox/kubectl"],
            ...shared,
        },
    ];
}

/**
 * Readiness comes from the scripts' proof of login and etcd's /readyz. Liveness never needs a quorum, and passes while the
 * script waits by design; a startup probe would kill a pod that waits for an hour, so there is none.
 */
export function etcdContainer(options: EtcdOptions, initialClusterToken: pulumi.Input<string>): Container {
    return {
        name: CONTAINER,
        image: options.image,
        imagePullPolicy: options.imagePullPolicy,
        command: run("start.sh"),
        env: environment(options, initialClusterToken),
        ports: [
            { name: "client", containerPort: CLIENT_PORT },
            { name: "peer", containerPort: PEER_PORT },
            { name: "metrics", containerPort: METRICS_PORT },
        ],
        resources: { ...options.resources },
        securityContext: CONFINED,
        volumeMounts: ETCD_MOUNTS,
        lifecycle: { preStop: { exec: { command: run("pre-stop.sh") } } },
        readinessProbe: {
            exec: { command: run("ready.sh") },
            periodSeconds: 3,
            timeoutSeconds: 8,
            failureThreshold: 3,
        },
        livenessProbe: { exec: { command: run("live.sh") }, periodSeconds: 10, timeoutSeconds: 8, failureThreshold: 6 },
    };
}

/** Nothing here depends on the number of members, and nothing starts with ETCD_: etcd would log it. */
function environment(options: EtcdOptions, initialClusterToken: pulumi.Input<string>): EnvVar[] {
    const names = namesOf(options.name);
    return [
        { name: "POD_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
        { name: "POD_NAMESPACE", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } } },
        { name: "SET_NAME", value: names.statefulSet },
        { name: "SERVICE_NAME", value: names.headlessService },
        { name: "CLUSTER_DOMAIN", value: options.clusterDomain },
        { name: "MARKER_NAME", value: names.marker },
        { name: "INITIAL_CLUSTER_TOKEN", value: initialClusterToken },
        { name: "PATH", value: "/toolbox:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin" },
        { name: "HOME", value: "/state" },
    ];
}
