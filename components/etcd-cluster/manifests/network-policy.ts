/**
 * Who may connect to a member, where the cluster's network enforces policies. Members among themselves, and the Job that restarts
 * them and those that make backups, which ask members over the client and the metrics port. Clients from everywhere, or from chosen
 * namespaces. Probes run inside the pod and are not concerned. What members and Jobs connect to is limited by a policy of its own, if
 * at all: DNS and the API server differ from cluster to cluster.
 */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { derive } from "../later";
import {
    backupLabelsOf,
    CLIENT_PORT,
    labelsOf,
    METRICS_PORT,
    namesOf,
    PEER_PORT,
    podLabelsOf,
    rolloutLabelsOf,
} from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;

/** Kubernetes puts this label on every namespace, and nobody can set it to another name. */
const namespaces = (names: pulumi.Input<string>[]): Peer[] =>
    names.map((name) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } }));

const portsOf = (protocol: "TCP" | "UDP", numbers: number[]) => numbers.map((port) => ({ protocol, port }));

function rule(from: Peer[], ...ports: number[]): k8s.types.input.networking.v1.NetworkPolicyIngressRule {
    return { ...(from.length > 0 && { from }), ports: portsOf("TCP", ports) };
}

/** A policy may see the port of the DNS server's pod instead of the Service's: OpenShift's listens on 5353. */
const DNS_PORTS = [53, 5353];
/** Likewise of the API server, which is mostly no pod: port 443 is the Service's and that of many clouds, 6443 the server's own. */
const API_SERVER_PORTS = [443, 6443];

export function networkPolicy(options: EtcdOptions): k8s.networking.v1.NetworkPolicyArgs {
    const { name, clientNamespaces, monitoringNamespace, backup } = options;
    const members = [{ podSelector: { matchLabels: labelsOf(name) } }];
    const rollout = [{ podSelector: { matchLabels: rolloutLabelsOf(name) } }];
    const backups = [{ podSelector: { matchLabels: backupLabelsOf(name) } }];
    return {
        metadata: metadata(options, namesOf(name).networkPolicy),
        spec: {
            podSelector: { matchLabels: labelsOf(name) },
            policyTypes: ["Ingress"],
            ingress: [
                rule(members, CLIENT_PORT, PEER_PORT, METRICS_PORT),
                rule(rollout, CLIENT_PORT, METRICS_PORT),
                ...(backup ? [rule(backups, CLIENT_PORT, METRICS_PORT)] : []),
                // A rule that names nobody admits everybody.
                derive({ names: clientNamespaces }, ({ names }) => rule(namespaces(names), CLIENT_PORT)),
                ...(monitoringNamespace ? [rule(namespaces([monitoringNamespace]), METRICS_PORT)] : []),
            ],
        },
    };
}

/** What members and Jobs may connect to with `egress: restricted`. Where DNS runs differs as well, so it is the ports that are allowed. */
export function egressPolicy(options: EtcdOptions): k8s.networking.v1.NetworkPolicyArgs {
    const { name, apiServerCidrs } = options;
    return {
        metadata: metadata(options, namesOf(name).egressPolicy),
        spec: {
            podSelector: { matchLabels: podLabelsOf(name) },
            policyTypes: ["Egress"],
            egress: [
                { ports: [...portsOf("UDP", DNS_PORTS), ...portsOf("TCP", DNS_PORTS)] },
                apiServerCidrs.length > 0
                    ? { to: apiServerCidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: [{ protocol: "TCP" }] }
                    : { ports: portsOf("TCP", API_SERVER_PORTS) },
                {
                    to: [{ podSelector: { matchLabels: labelsOf(name) } }],
                    ports: portsOf("TCP", [CLIENT_PORT, PEER_PORT, METRICS_PORT]),
                },
            ],
        },
    };
}
