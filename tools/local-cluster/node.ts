/** The node: container runtime, kubelet, service proxy, DNS, volumes. */
import * as fs from "fs";
import * as path from "path";

import { groupOf } from "./cgroups";
import { startDaemon, type Context } from "./daemons";
import { CLUSTER_DOMAIN, DNS_SERVICE, NODE_ADDRESS, NODE_NAME, POD_SUBNET } from "./network";
import { kubeconfigOf } from "./pki";
import { HELPER_IMAGE, PROVISIONER_CONFIG, PROVISIONER_NAMESPACE } from "./addons";
import { IMAGES, PAUSE } from "./images";
import { waitUntil } from "./wait";

/** The runtime's socket, inside. */
export const CONTAINERD_SOCKET = "/run/containerd/containerd.sock";

/** Two steps: images are imported between them. */
export function startNode(context: Context) {
    return { runtime: () => startRuntime(context), agents: async () => startAgents(context) };
}

async function startRuntime(context: Context): Promise<void> {
    const { home, tools, sandbox } = context;
    const cni = path.join(home, "cni");
    fs.mkdirSync(cni, { recursive: true });
    fs.writeFileSync(path.join(cni, "10-bridge.conflist"), JSON.stringify(podNetwork(), undefined, 2));
    const config = write(home, "containerd.toml", containerdConfig(home, path.dirname(tools.bridge!)));
    const folders = [tools.runc!, tools["containerd-shim-runc-v2"]!].map((file) => path.dirname(file));
    startDaemon(context, "containerd", ["--config", config], { PATH: [...folders, process.env.PATH].join(":") });
    const socket = `/proc/${sandbox.pid}/root${CONTAINERD_SOCKET}`;
    await waitUntil("containerd", async () => fs.existsSync(socket), { logs: path.join(home, "log") });
}

function startAgents(context: Context): void {
    const { home } = context;
    const kubelet = write(home, "kubelet.yaml", JSON.stringify(kubeletConfig(context), undefined, 2));
    startDaemon(context, "kubelet", [
        `--config=${kubelet}`,
        `--kubeconfig=${kubeconfigOf(home, "node")}`,
        `--hostname-override=${NODE_NAME}`,
        `--node-ip=${NODE_ADDRESS}`,
        `--root-dir=${path.join(home, "kubelet")}`,
        `--cert-dir=${path.join(home, "kubelet/pki")}`,
    ]);
    const proxy = write(home, "kube-proxy.yaml", JSON.stringify(proxyConfig(home), undefined, 2));
    startDaemon(context, "kube-proxy", [`--config=${proxy}`]);
    startDaemon(context, "coredns", ["-conf", write(home, "Corefile", corefile(home))]);
    startDaemon(context, "local-path-provisioner", [
        "start",
        ...["--config", write(home, "provisioner.json", PROVISIONER_CONFIG(home))],
        ...["--helper-pod-file", path.join(home, "helper-pod.json")],
        ...["--namespace", PROVISIONER_NAMESPACE],
        ...["--helper-image", HELPER_IMAGE],
        ...["--service-account-name", "default"],
        ...["--kubeconfig", kubeconfigOf(home, "provisioner")],
    ]);
}

function write(home: string, name: string, text: string): string {
    const file = path.join(home, name);
    fs.writeFileSync(file, text);
    return file;
}

function podNetwork(): object {
    const ipam = { type: "host-local", ranges: [[{ subnet: POD_SUBNET }]], routes: [{ dst: "0.0.0.0/0" }] };
    return {
        cniVersion: "0.4.0",
        name: "pods",
        plugins: [
            { type: "bridge", bridge: "cni0", isGateway: true, ipMasq: false, hairpinMode: true, ipam },
            { type: "portmap", capabilities: { portMappings: true } },
        ],
    };
}

/** `restrict_oom_score_adj`: without CAP_SYS_RESOURCE the kernel refuses what the pods ask for, and runc dies of it. */
function containerdConfig(home: string, plugins: string): string {
    return `version = 2
root = ${JSON.stringify(path.join(home, "containerd"))}
state = "/run/containerd"
[grpc]
  address = "${CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${IMAGES[PAUSE]!.name}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${JSON.stringify(plugins)}
    conf_dir = ${JSON.stringify(path.join(home, "cni"))}
`;
}

function kubeletConfig({ home }: Context): object {
    return {
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        authentication: {
            anonymous: { enabled: false },
            webhook: { enabled: true },
            x509: { clientCAFile: path.join(home, "pki/ca.crt") },
        },
        authorization: { mode: "Webhook" },
        cgroupDriver: "cgroupfs",
        cgroupRoot: `/${groupOf(home)}`,
        enforceNodeAllocatable: [],
        failSwapOn: false,
        clusterDNS: [DNS_SERVICE],
        clusterDomain: CLUSTER_DOMAIN,
        containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
        resolvConf: path.join(home, "resolv.conf"),
        podLogsDir: path.join(home, "log/pods"),
        volumePluginDir: path.join(home, "kubelet/volume-plugins"),
        // The disk is the user's: no eviction, no collection of images that came from no registry.
        evictionHard: {},
        imageGCHighThresholdPercent: 100,
        oomScoreAdj: 0,
    };
}

function proxyConfig(home: string): object {
    return {
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        clientConnection: { kubeconfig: kubeconfigOf(home, "proxy") },
        mode: "nftables",
        clusterCIDR: POD_SUBNET,
        hostnameOverride: NODE_NAME,
        conntrack: { maxPerCore: 0 },
    };
}

/** No cache, and a short life of records elsewhere: pods come and go by the second here. */
function corefile(home: string): string {
    return `.:53 {
    bind ${NODE_ADDRESS}
    errors
    kubernetes ${CLUSTER_DOMAIN} in-addr.arpa {
        kubeconfig ${kubeconfigOf(home, "coredns")}
        ttl 2
    }
}
`;
}
