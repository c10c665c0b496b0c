/** Which fields of our pods and containers are the scripts', with the reasons. */

const NAMES = "members are known by the names that the StatefulSet gives them";
const ACCOUNTS = "the scripts' rights belong to their own accounts";
const PROCESSES = "start.sh is process 1 of its container, and looks after the processes there";

/** Fields of the pod that are ours. */
export const POD: Record<string, string> = {
    restartPolicy: "members are restarted for ever, and the pod of a Job runs once",
    serviceAccountName: ACCOUNTS,
    serviceAccount: ACCOUNTS,
    automountServiceAccountToken: "the scripts ask the API server",
    hostname: NAMES,
    hostnameOverride: NAMES,
    subdomain: NAMES,
    setHostnameAsFQDN: NAMES,
    hostNetwork: "members need ports 2379 to 2381 of an address of their own",
    hostPID: PROCESSES,
    shareProcessNamespace: PROCESSES,
    nodeName: "all pods would go to one node, past the scheduler; nodeSelector chooses nodes",
    dnsPolicy: "members find each other by the DNS of the Kubernetes cluster; dnsConfig adds to it",
    enableServiceLinks: "variables made of Services may begin with ETCD_, and etcd would read them",
    activeDeadlineSeconds: "members run for ever, and a Job has a deadline of its own",
    ephemeralContainers: "Kubernetes takes them in running pods alone",
};

const RESOURCES = "resources and helperResources set it";
const PROBE = "the scripts know when a member is well, and the rollout waits for it";

/** Fields of our containers that are ours. What is in neither list is refused as well. */
export const CONTAINER: Record<string, string> = {
    image: "image, toolboxImage and kubectlImage set it",
    imagePullPolicy: "imagePullPolicy sets it",
    resources: RESOURCES,
    command: "it runs the scripts",
    args: "it runs the scripts",
    lifecycle: "a member leaves in order by its preStop",
    livenessProbe: PROBE,
    readinessProbe: PROBE,
    startupProbe: PROBE,
    ports: "Services and policies refer to its ports",
    envFrom: "scripts and etcd are configured by environment, and any name might be one of theirs",
};
export const FREE = ["name", "securityContext", "env", "volumeMounts", "resizePolicy"];

/** For the Go runtime, tracing and clocks. Any other name might be one that a script, etcdctl, kubectl or etcd reads. */
export const FREE_VARIABLE = /^(GO[A-Z]+|OTEL_[A-Z_]+|TZ)$/;
