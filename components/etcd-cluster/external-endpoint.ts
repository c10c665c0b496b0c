/** Where clients outside the Kubernetes cluster connect. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { CLIENT_PORT, schemeOf } from "./names";
import type { EtcdOptions } from "./options";

/** An IPv6 address needs brackets in a URL. */
const inUrl = (host: string) => (host.includes(":") && !host.startsWith("[") ? `[${host}]` : host);

export function externalEndpoint(options: EtcdOptions, client: k8s.core.v1.Service): pulumi.Output<string | undefined> {
    const scheme = schemeOf(options.tls);
    switch (options.clientServiceType) {
        case "ClusterIP":
            return pulumi.output(undefined);
        case "NodePort":
            return pulumi.all([client.spec.ports, options.externalHost]).apply(([ports, host]) => {
                const port = ports?.[0]?.nodePort;
                return port && host ? `${scheme}://${inUrl(host)}:${port}` : port?.toString();
            });
        case "LoadBalancer":
            return pulumi.all([client.status, options.externalHost]).apply(([status, externalHost]) => {
                const ingress = status?.loadBalancer?.ingress?.[0];
                const host = externalHost ?? ingress?.hostname ?? ingress?.ip;
                return host && `${scheme}://${inUrl(host)}:${CLIENT_PORT}`;
            });
    }
}
