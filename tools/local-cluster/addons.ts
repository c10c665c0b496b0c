/** Objects that every cluster has: the DNS Service, the default storage class and what its provisioner needs. */
import * as fs from "fs";
import * as path from "path";

import { must } from "../support/run";
import type { Context } from "./daemons";
import { BUSYBOX, IMAGES } from "./images";
import { DNS_SERVICE, NODE_ADDRESS } from "./network";

export const PROVISIONER_NAMESPACE = "local-path-storage";
export const HELPER_IMAGE = IMAGES[BUSYBOX]!.name;

/** Where volumes lie: in the cluster's folder, so that they go with it. */
export const PROVISIONER_CONFIG = (home: string) =>
    JSON.stringify({
        nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [path.join(home, "volumes")] }],
    });

const HELPER_POD = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "helper-pod" },
    spec: {
        priorityClassName: "system-node-critical",
        containers: [{ name: "helper-pod", image: HELPER_IMAGE, imagePullPolicy: "IfNotPresent" }],
    },
};

/** Applies them; a cluster that has them already is not changed. */
export async function installAddons({ home, tools, sandbox }: Context): Promise<void> {
    fs.mkdirSync(path.join(home, "volumes"), { recursive: true, mode: 0o755 });
    fs.writeFileSync(path.join(home, "helper-pod.json"), JSON.stringify(HELPER_POD));
    const list = { apiVersion: "v1", kind: "List", items: [...dns(), ...storage(home)] };
    const argv = [...sandbox.enter, tools.kubectl!, "--kubeconfig", path.join(home, "kubeconfig"), "apply", "-f", "-"];
    await must(argv, { input: JSON.stringify(list), timeout: 60_000 });
}

/** CoreDNS runs beside kubelet, not in a pod: a Service without a selector leads to it. */
function dns(): object[] {
    const metadata = { name: "kube-dns", namespace: "kube-system" };
    const ports = (["UDP", "TCP"] as const).map((protocol) => ({ name: protocol.toLowerCase(), port: 53, protocol }));
    return [
        { apiVersion: "v1", kind: "Service", metadata, spec: { clusterIP: DNS_SERVICE, ports } },
        {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            metadata: { ...metadata, labels: { "kubernetes.io/service-name": "kube-dns" } },
            addressType: "IPv4",
            endpoints: [{ addresses: [NODE_ADDRESS], conditions: { ready: true } }],
            ports,
        },
    ];
}

function storage(home: string): object[] {
    return [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: PROVISIONER_NAMESPACE } },
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "local-path-config", namespace: PROVISIONER_NAMESPACE },
            data: {
                "config.json": PROVISIONER_CONFIG(home),
                "helperPod.yaml": JSON.stringify(HELPER_POD),
                // 0777: a member runs as a user of its own, and volumes of this kind ignore fsGroup.
                setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
                teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
            },
        },
        {
            apiVersion: "storage.k8s.io/v1",
            kind: "StorageClass",
            metadata: {
                name: "local-path",
                annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
            },
            provisioner: "rancher.io/local-path",
            volumeBindingMode: "WaitForFirstConsumer",
            reclaimPolicy: "Delete",
        },
    ];
}
