/** How many members there are, what they are called, and where they run. */
import { EtcdAffinity, type EtcdResources } from "../args";
import { completed } from "../resources";
import { isDnsLabel, isInteger, isOneOf, isResources, isServiceName } from "../validation/checks";
import { QUANTITIES, REFUSED, RESTARTS, type Settings } from "./setting";

/** etcd advises seven members at most; nine leave room for an exchange. */
export const MOST_REPLICAS = 9;

const REPLICAS = 3;

/** Of those that form a cluster together: a majority of three is soon there, and the others join it. */
const INITIAL_CLUSTER_SIZE = 3;

/** Longest name for which `<name>-<ordinal>`, `<name>-client` and the label of a revision still fit. */
const NAME_LIMIT = 52;

/** Fits a laptop; kubectl, which the scripts run, needs some 50 MB beside etcd. */
const RESOURCES: EtcdResources = {
    requests: { cpu: "100m", memory: "256Mi" },
    limits: { memory: "1Gi" },
};

export const MEMBERS = {
    replicas: {
        kind: "integer",
        check: isInteger(1, MOST_REPLICAS),
        allowed: `an integer from 1 to ${MOST_REPLICAS}`,
        default: REPLICAS,
        description: `Number of members, 1 to ${MOST_REPLICAS}; an even number is a warning, as it tolerates no more failures than the odd one below it`,
        change: "joins or removes members one at a time, and restarts nobody",
    },
    initialClusterSize: {
        kind: "integer",
        check: isInteger(1, MOST_REPLICAS),
        allowed: `an integer from 1 to ${MOST_REPLICAS}`,
        defaultText: `the smaller of ${INITIAL_CLUSTER_SIZE} and \`replicas\``,
        // It stays in the settings after formation, and must not stand in the way of scaling down.
        option: ({ initialClusterSize = INITIAL_CLUSTER_SIZE, replicas = REPLICAS }) =>
            Math.min(initialClusterSize, replicas),
        description: "Members that form the cluster together on the very first start; the others join one by one",
        change: "has no effect after formation",
    },
    name: {
        kind: "text",
        check: isServiceName(NAME_LIMIT),
        allowed: `a DNS label of at most ${NAME_LIMIT} characters: a-z, 0-9 and -, beginning with a letter, not ending with -`,
        default: "infra-etcd-cluster",
        description: `Name of the StatefulSet and prefix of everything else, a DNS label of at most ${NAME_LIMIT} characters`,
        change: REFUSED,
        wayOut: "it names the StatefulSet and its volumes. Make a second stack and move the data",
    },
    namespace: {
        kind: "text",
        later: true,
        check: isDnsLabel,
        allowed: "a DNS label of at most 63 characters: a-z, 0-9 and -, not at its ends",
        default: "default",
        description: "An existing namespace",
        change: REFUSED,
        wayOut: "volumes cannot move between namespaces. Make a second stack and move the data",
    },
    resources: {
        kind: "object",
        check: isResources,
        allowed: QUANTITIES,
        defaultText: "requests 100m CPU and 256Mi memory, limit 1Gi memory",
        option: ({ resources }) => completed(RESOURCES, resources),
        description:
            "Requests and limits of the etcd container; for a busy cluster start at 4 CPU and 4Gi. What is not set keeps its default",
        change: RESTARTS,
    },
    affinity: {
        kind: "text",
        check: isOneOf(Object.values(EtcdAffinity)),
        allowed: "soft, hard or none",
        default: EtcdAffinity.Soft,
        description: "Spread over nodes: `soft` (prefer), `hard` (one node a member) or `none`",
        change: RESTARTS,
    },
} satisfies Partial<Settings>;
