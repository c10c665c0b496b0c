/** What every pod of ours is: it has a shell, and it is confined. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { completed } from "../resources";
import { TLS_FOLDER } from "./volumes";

type Container = k8s.types.input.core.v1.Container;

/** A user that owns nothing else; the volume's group follows it. */
const USER = 65532;

/** A platform that gives out users refuses pods that name one outside of its range. */
export function podSecurity({ podSecurity: by }: EtcdOptions): k8s.types.input.core.v1.PodSecurityContext {
    return {
        runAsNonRoot: true,
        ...(by === "fixed" && { runAsUser: USER, runAsGroup: USER, fsGroup: USER }),
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
    };
}

export const CONFINED: k8s.types.input.core.v1.SecurityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
};

const TOOLBOX = { name: "toolbox", mountPath: "/toolbox" };
/** For a container that does next to nothing. */
export const SMALL = { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "128Mi" } };

/** A script of ours, run by the shell of the toolbox. */
export const run = (script: string) => ["/toolbox/sh", `/scripts/${script}`];

/** The official etcd images have no shell: one container brings a static busybox, the other kubectl. */
export function initContainers(options: EtcdOptions): Container[] {
    const shared = {
        imagePullPolicy: options.imagePullPolicy,
        securityContext: CONFINED,
        volumeMounts: [TOOLBOX],
        resources: completed(SMALL, options.helperResources),
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

/** A variable with a field of the pod that the container is in. */
const fromField = (name: string, fieldPath: string): k8s.types.input.core.v1.EnvVar => ({
    name,
    valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } },
});

/** Tells the pod from any other, also of its name. */
export const POD_UID = fromField("POD_UID", "metadata.uid");

/** What scripts/lib/common.sh asks for. Nothing depends on the number of members, and nothing starts with ETCD_: etcd would read it, or log it. */
export function scriptEnvironment(
    options: EtcdOptions,
    initialClusterToken: pulumi.Input<string>,
): k8s.types.input.core.v1.EnvVar[] {
    const names = namesOf(options.name);
    return [
        fromField("POD_NAME", "metadata.name"),
        fromField("POD_NAMESPACE", "metadata.namespace"),
        { name: "SET_NAME", value: names.statefulSet },
        { name: "SERVICE_NAME", value: names.headlessService },
        { name: "CLUSTER_DOMAIN", value: options.clusterDomain },
        { name: "MARKER_NAME", value: names.marker },
        { name: "REQUEST_NAME", value: names.recoveryRequest },
        { name: "INITIAL_CLUSTER_TOKEN", value: initialClusterToken },
        { name: "PATH", value: "/toolbox:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin" },
        { name: "HOME", value: "/state" },
        ...(options.tls === "off" ? [] : [{ name: "TLS_DIR", value: TLS_FOLDER }]),
        ...(options.tlsClientAuth ? [{ name: "TLS_CLIENT_AUTH", value: "yes" }] : []),
    ];
}

/** What scripts/lib/events.sh asks for: of which Job the pod is. The labels are older than those with a prefix, and stay beside them. */
export function jobEnvironment(): k8s.types.input.core.v1.EnvVar[] {
    return [
        fromField("JOB_NAME", "metadata.labels['job-name']"),
        fromField("JOB_UID", "metadata.labels['controller-uid']"),
    ];
}
