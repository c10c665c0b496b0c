// Every setting by which pods and objects are fitted to a cluster, all at once. One list for the tests with mocks and those on a real
// cluster, so that a setting that is missing in one is missing in both, which a test finds.
import type { EtcdClusterArgs } from "../../components";

/** Of OpenShift's kind: what a platform gives out to the pods of one namespace. */
export const PLATFORM_UID = 1_000_660_000;

export const EVERY_SHAPE = {
    etcdFlags: { "heartbeat-interval": "200", "election-timeout": "2000", "log-level": "warn" },
    imagePullSecrets: ["mirror-login"],
    tolerations: [{ key: "dedicated", operator: "Equal", value: "etcd", effect: "NoSchedule" }],
    nodeSelector: { "kubernetes.io/os": "linux" },
    priorityClassName: "system-cluster-critical",
    topologySpread: "soft",
    podLabels: { "example.org/team": "databases" },
    podAnnotations: { "example.org/runbook": "https://example.org/run book" },
    commonLabels: { "example.org/cost-center": "4711" },
    helperResources: { limits: { cpu: "500m" } },
    resources: { limits: { cpu: "2" } },
    podSecurity: "platform",
    pod: {
        // What the platform puts in.
        securityContext: { runAsUser: PLATFORM_UID, fsGroup: PLATFORM_UID, supplementalGroups: [4000] },
        terminationGracePeriodSeconds: 200,
        hostAliases: [{ ip: "192.0.2.1", hostnames: ["license.example.org"] }],
        volumes: [{ name: "scratch", emptyDir: { sizeLimit: "16Mi" } }],
        containers: [
            {
                name: "etcd",
                env: [{ name: "GOMEMLIMIT", value: "900MiB" }],
                volumeMounts: [{ name: "scratch", mountPath: "/scratch" }],
            },
        ],
    },
    serviceAnnotations: { "example.org/balancer": "internal" },
} satisfies EtcdClusterArgs;
