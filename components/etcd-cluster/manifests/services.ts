/** The two Services: one gives each member its name, the other is where clients connect. */
import type * as k8s from "@pulumi/kubernetes";

import { CLIENT_PORT, labelsOf, namesOf, PEER_PORT } from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

/** Headless; members must find each other before any of them is Ready, so unready addresses are published. */
export function headlessService(options: EtcdOptions): k8s.core.v1.ServiceArgs {
    return {
        metadata: metadata(options, namesOf(options.name).headlessService),
        spec: {
            clusterIP: "None",
            publishNotReadyAddresses: true,
            selector: labelsOf(options.name),
            ports: [
                { name: "client", port: CLIENT_PORT, targetPort: "client" },
                { name: "peer", port: PEER_PORT, targetPort: "peer" },
            ],
        },
    };
}

/**
 * What the plugin waits for. By default that is pods behind the Service, for ten minutes, and so `pulumi up` would go on for as long after
 * the rollout, which waits for the same pods, has said why there are none.
 */
const awaited = (options: EtcdOptions): Record<string, string> =>
    options.clientServiceType === "LoadBalancer"
        ? { "pulumi.com/waitFor": "jsonpath={.status.loadBalancer.ingress}" }
        : { "pulumi.com/skipAwait": "true" };

/** Balanced over Ready members: those that are voters, in sync, and proved that auth is on. */
export function clientService(options: EtcdOptions): k8s.core.v1.ServiceArgs {
    return {
        metadata: {
            ...metadata(options, namesOf(options.name).clientService),
            annotations: { ...awaited(options), ...options.serviceAnnotations },
        },
        spec: {
            type: options.clientServiceType,
            ...balancer(options),
            selector: labelsOf(options.name),
            ports: [
                {
                    name: "client",
                    port: CLIENT_PORT,
                    targetPort: "client",
                    ...(options.nodePort !== undefined && { nodePort: options.nodePort }),
                },
            ],
        },
    };
}

/** Who makes the balancer, and whom it lets in. */
function balancer({ loadBalancerClass, loadBalancerSourceRanges }: EtcdOptions) {
    return {
        ...(loadBalancerClass !== undefined && { loadBalancerClass }),
        ...(loadBalancerSourceRanges.length > 0 && { loadBalancerSourceRanges }),
    };
}
