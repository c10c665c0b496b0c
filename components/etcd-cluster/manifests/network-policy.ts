/**
 * Who may connect to a member, where the cluster's network enforces policies. Members among themselves, and the Job that restarts
 * them and those that make backups, which ask members over the client and the metrics port. Clients from everywhere, or from chosen namespaces. Probes run
 * inside the pod and are not concerned. Nothing limits what a member connects to: DNS and the API server differ from cluster to
 * cluster.
 */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { backupLabelsOf, CLIENT_PORT, labelsOf, METRICS_PORT, namesOf, PEER_PORT, rolloutLabelsOf } from "../names";
import { derive } from "../later";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;

/** Kubernetes puts this label on every namespace, and nobody can set it to another name. */
const namespaces = (names: pulumi.Input<string>[]): Peer[] =>
    names.map((name) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } }));

function rule(from: Peer[], ...ports: number[]): k8s.types.input.networking.v1.NetworkPolicyIngressRule {
    return { ...(from.length > 0 && { from }), ports: ports.map((port) => ({ protocol: "TCP", port })) };
}

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
