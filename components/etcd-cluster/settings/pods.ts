/** How the pods fit into a strict cluster: where they run, what they are marked with, and what is laid over them last. */
import { EtcdAffinity, EtcdPodSecurity } from "../args";
import { isAnnotations, isLabels, isListOf, isObjectName, isOneOf, isResources } from "../validation/checks";
import { isPod, isTolerations } from "../validation/pod-form";
import { ANNOTATIONS, LABELS, QUANTITIES, RESTARTS, type Settings } from "./setting";

const GUIDE = "docs/clusters.md";

export const PODS = {
    imagePullSecrets: {
        kind: "texts",
        check: isListOf(isObjectName, 16),
        allowed: "a list of at most 16 names of Secrets",
        defaultText: "none",
        option: ({ imagePullSecrets = [] }) => imagePullSecrets,
        description:
            "Secrets of the namespace with the login to a [private registry](docs/clusters.md#a-private-registry-or-no-internet) (`pulumi config set --path 'imagePullSecrets[0]' registry`)",
        change: RESTARTS,
    },
    tolerations: {
        kind: "structure",
        check: isTolerations,
        allowed:
            "a list of at most 32 tolerations as Kubernetes has them: key, operator (Exists or Equal), value, effect, tolerationSeconds",
        defaultText: "none",
        option: ({ tolerations = [] }) => tolerations,
        unset: [],
        description: `Taints of nodes on which the pods may run all the same, [as in a pod](${GUIDE}#nodes-of-their-own)`,
        change: RESTARTS,
    },
    nodeSelector: {
        kind: "object",
        check: isLabels,
        allowed: LABELS,
        defaultText: "none",
        option: ({ nodeSelector = {} }) => nodeSelector,
        description: `Labels of the [nodes](${GUIDE}#nodes-of-their-own) on which the pods may run`,
        change: RESTARTS,
    },
    priorityClassName: {
        kind: "text",
        check: isObjectName,
        allowed: "the name of a PriorityClass",
        defaultText: "that of the Kubernetes cluster",
        description: "PriorityClass of the pods: what the scheduler evicts for them, and they for others",
        change: RESTARTS,
    },
    topologySpread: {
        kind: "text",
        check: isOneOf(Object.values(EtcdAffinity)),
        allowed: "soft, hard or none",
        default: EtcdAffinity.Soft,
        description: `Spread over [zones](${GUIDE}#zones), beside that over nodes: \`soft\` (prefer), \`hard\` (a member waits rather than make it uneven) or \`none\``,
        change: RESTARTS,
    },
    podLabels: {
        kind: "object",
        check: isLabels,
        allowed: LABELS,
        defaultText: "none",
        option: ({ podLabels = {} }) => podLabels,
        description: "Labels of the pods, beside those of the program",
        change: RESTARTS,
    },
    podAnnotations: {
        kind: "object",
        check: isAnnotations,
        allowed: ANNOTATIONS,
        defaultText: "none",
        option: ({ podAnnotations = {} }) => podAnnotations,
        description: `Annotations of the pods; also to let a [service mesh](${GUIDE}#a-service-mesh) in, which is kept out by default`,
        change: RESTARTS,
    },
    commonLabels: {
        kind: "object",
        check: isLabels,
        allowed: LABELS,
        defaultText: "none",
        option: ({ commonLabels = {} }) => commonLabels,
        description: `Labels of all objects and pods, as some clusters [demand](${GUIDE}#labels-that-are-demanded); volume claims keep what they have`,
        change: RESTARTS,
    },
    helperResources: {
        kind: "object",
        check: isResources,
        allowed: QUANTITIES,
        defaultText: "10m CPU and 16Mi to 64Mi memory, limit 128Mi to 256Mi memory",
        option: ({ helperResources = {} }) => helperResources,
        description: `Requests and limits of everything [beside etcd](${GUIDE}#quotas-and-limits): init containers and Jobs. What is not set keeps its default`,
        change: RESTARTS,
    },
    podSecurity: {
        kind: "text",
        check: isOneOf(Object.values(EtcdPodSecurity)),
        allowed: "fixed or platform",
        default: EtcdPodSecurity.Fixed,
        description: `User and group of the pods: \`fixed\` (65532) or \`platform\`, which leaves them to the cluster, as [OpenShift](${GUIDE}#openshift) wants it`,
        change: RESTARTS,
    },
    pod: {
        kind: "structure",
        check: isPod,
        allowed: "a part of a PodSpec, with plain lists and maps",
        defaultText: "none",
        option: ({ pod = {} }) => pod,
        unset: {},
        description: `A [part of a PodSpec](${GUIDE}#anything-else-pod) that is laid over all pods, last of all: sidecars, volumes, host aliases, security contexts. What the scripts own is refused`,
        change: RESTARTS,
    },
} satisfies Partial<Settings>;
