/** From where and by which names clients reach the members. */
import { ClientServiceType, Egress } from "../args";
import {
    isAnnotations,
    isCidr,
    isDnsLabel,
    isDomain,
    isHost,
    isInteger,
    isLabelName,
    isListOf,
    isOneOf,
} from "../validation/checks";
import { ANNOTATIONS, IN_PLACE, RESTARTS, type Settings } from "./setting";

export const NETWORK = {
    clientServiceType: {
        kind: "text",
        check: isOneOf(Object.values(ClientServiceType)),
        allowed: "ClusterIP, NodePort or LoadBalancer",
        default: ClientServiceType.ClusterIP,
        description: "Type of the client Service: `ClusterIP`, `NodePort` or `LoadBalancer`",
        change: IN_PLACE,
    },
    nodePort: {
        kind: "integer",
        check: isInteger(30000, 32767),
        allowed: "an integer from 30000 to 32767",
        defaultText: "chosen by Kubernetes",
        description: "Port on every node, 30000 to 32767; only with `NodePort` or `LoadBalancer`",
        change: IN_PLACE,
    },
    serviceAnnotations: {
        kind: "object",
        check: isAnnotations,
        allowed: ANNOTATIONS,
        defaultText: "none",
        option: ({ serviceAnnotations = {} }) => serviceAnnotations,
        description:
            "Annotations of the client Service, by which clouds take settings of a [balancer](docs/clusters.md#a-load-balancer-inside-your-network)",
        change: IN_PLACE,
    },
    loadBalancerSourceRanges: {
        kind: "texts",
        check: isListOf(isCidr, 64),
        allowed: "a list of at most 64 ranges such as 10.0.0.0/8",
        defaultText: "from everywhere",
        option: ({ loadBalancerSourceRanges = [] }) => loadBalancerSourceRanges,
        description: "Addresses from which the balancer takes connections; only with `LoadBalancer`",
        change: IN_PLACE,
    },
    loadBalancerClass: {
        kind: "text",
        check: isLabelName,
        allowed: "the name of a class of balancers such as service.k8s.aws/nlb",
        defaultText: "the Kubernetes cluster's",
        description: "Who makes the balancer; only with `LoadBalancer`",
        change: "needs a `pulumi up` with `ClusterIP` in between, as Kubernetes refuses it otherwise",
    },
    clientNamespaces: {
        kind: "texts",
        later: true,
        check: isListOf(isDnsLabel, 32),
        allowed: "a list of at most 32 names of namespaces",
        defaultText: "from everywhere",
        option: ({ clientNamespaces = [] }) => clientNamespaces,
        description:
            "Namespaces from which clients may connect, by NetworkPolicy; only with `ClusterIP` (`pulumi config set --path 'clientNamespaces[0]' apps`)",
        change: IN_PLACE,
    },
    monitoringNamespace: {
        kind: "text",
        later: true,
        check: isDnsLabel,
        allowed: "the name of a namespace",
        defaultText: "none",
        description: "Namespace whose pods may read the metrics port, 2381, by NetworkPolicy",
        change: IN_PLACE,
    },
    egress: {
        kind: "text",
        check: isOneOf(Object.values(Egress)),
        allowed: "open or restricted",
        default: Egress.Open,
        description:
            "What pods may connect to, by NetworkPolicy: `open`, nothing is limited; `restricted`, [DNS, the members, and the API server](docs/clusters.md#a-namespace-that-denies-all-traffic) at the addresses that `apiServerCidrs` gives",
        change: IN_PLACE,
    },
    apiServerCidrs: {
        kind: "texts",
        check: isListOf(isCidr, 64),
        allowed: "a list of at most 64 ranges such as 192.0.2.10/32",
        defaultText: "ports 443 and 6443 everywhere",
        option: ({ apiServerCidrs = [] }) => apiServerCidrs,
        description: "Addresses of the Kubernetes API server, all TCP ports of them; only with `egress` `restricted`",
        change: IN_PLACE,
    },
    externalHost: {
        kind: "text",
        later: true,
        check: isHost,
        allowed: "a host name or an IP address",
        defaultText: "none",
        description:
            "Host name or address under which clients outside reach a node or balancer, for the output `externalEndpoint` and for the certificate",
        change: IN_PLACE,
    },
    clusterDomain: {
        kind: "text",
        later: true,
        check: isDomain,
        allowed: "a DNS domain in lower case such as cluster.local",
        default: "cluster.local",
        description: "DNS domain of the Kubernetes cluster",
        change: `is refused with TLS; without it, it ${RESTARTS}, and URLs in the member list follow`,
        wayOut: "the members' certificate is made out to names in this domain, and they would stop to verify each other. Make a second stack and move the data",
    },
} satisfies Partial<Settings>;
