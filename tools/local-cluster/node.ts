/** A node: container runtime, kubelet, service proxy. The first one also runs the DNS and the volumes of the whole cluster. */
import * as fs from "fs";
import * as path from "path";

import { must } from "../support/run";
import { nodeGroupOf } from "./cgroups";
import { startDaemon, type Context } from "./daemons";
import { CLUSTER_DOMAIN, CLUSTER_SUBNET, DNS_SERVICE, NODE_ADDRESS, nodesOf, type Node } from "./network";
import { kubeconfigOf } from "./pki";
import { HELPER_IMAGE, PROVISIONER_CONFIG, PROVISIONER_NAMESPACE } from "./addons";
import { IMAGES, PAUSE } from "./images";
import { waitUntil } from "./wait";

/** The runtime's folder, inside, where its socket is. */
const runtimeOf = (node: Node) => `/run/containerd-${node.name}`;
export const socketOf = (node: Node) => `${runtimeOf(node)}/containerd.sock`;

/** Folder of what a node keeps. */
export const folderOf = (home: string, node: Node) => path.join(home, node.name);

/** Gives a further node its network. */
export async function makeNetwork({ sandbox }: Context, node: Node, count: number): Promise<void> {
    if (!node.own) {
        return;
    }
    const others = nodesOf(count).filter(({ name }) => name !== node.name);
    const routes = others.map(({ podSubnet, address }) => `${podSubnet} ${address}`);
    const script = path.join(__dirname, "node-network.sh");
    await must([
        ...[...sandbox.inside, "/bin/sh", script, node.name, node.address, node.podSubnet, NODE_ADDRESS],
        ...routes,
    ]);
}

export async function startRuntime(context: Context, node: Node): Promise<void> {
    const { home, tools, sandbox } = context;
    const cni = path.join(folderOf(home, node), "cni");
    fs.mkdirSync(cni, { recursive: true });
    fs.writeFileSync(path.join(cni, "10-bridge.conflist"), JSON.stringify(podNetwork(node), undefined, 2));
    const config = write(home, node, "containerd.toml", containerdConfig(home, node, path.dirname(tools.bridge!)));
    const folders = [tools.runc!, tools["containerd-shim-runc-v2"]!].map((file) => path.dirname(file));
    startDaemon(context, "containerd", ["--config", config], { PATH: [...folders, process.env.PATH].join(":") }, node);
    const socket = `/proc/${sandbox.pid}/root${socketOf(node)}`;
    await waitUntil("containerd", async () => fs.existsSync(socket), { logs: path.join(home, "log") });
}

export function startAgents(context: Context, node: Node): void {
    const { home } = context;
    const folder = folderOf(home, node);
    const kubelet = write(home, node, "kubelet.yaml", JSON.stringify(kubeletConfig(context, node), undefined, 2));
    startDaemon(
        context,
        "kubelet",
        [
            `--config=${kubelet}`,
            `--kubeconfig=${kubeconfigOf(home, node.name)}`,
            `--hostname-override=${node.name}`,
            `--node-ip=${node.address}`,
            `--root-dir=${path.join(folder, "kubelet")}`,
            `--cert-dir=${path.join(folder, "kubelet/pki")}`,
        ],
        {},
        node,
    );
    const proxy = write(home, node, "kube-proxy.yaml", JSON.stringify(proxyConfig(home, node), undefined, 2));
    startDaemon(context, "kube-proxy", [`--config=${proxy}`], {}, node);
}

export function startServices(context: Context): void {
    const { home } = context;
    const [first] = nodesOf(1);
    startDaemon(context, "coredns", ["-conf", write(home, first!, "Corefile", corefile(home))]);
    startDaemon(context, "local-path-provisioner", [
        "start",
        ...["--config", write(home, first!, "provisioner.json", PROVISIONER_CONFIG(home))],
        ...["--helper-pod-file", path.join(home, "helper-pod.json")],
        ...["--namespace", PROVISIONER_NAMESPACE],
        ...["--helper-image", HELPER_IMAGE],
        ...["--service-account-name", "default"],
        ...["--kubeconfig", kubeconfigOf(home, "provisioner")],
    ]);
}

function write(home: string, node: Node, name: string, text: string): string {
    const file = path.join(folderOf(home, node), name);
    fs.writeFileSync(file, text);
    return file;
}

function podNetwork(node: Node): object {
    const ipam = {
        type: "host-local",
        dataDir: path.join("/run/cni", node.name),
        ranges: [[{ subnet: node.podSubnet }]],
        routes: [{ dst: "0.0.0.0/0" }],
    };
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
function containerdConfig(home: string, node: Node, plugins: string): string {
    const folder = folderOf(home, node);
    return `version = 2
root = ${JSON.stringify(path.join(folder, "containerd"))}
state = "${runtimeOf(node)}"
[grpc]
  address = "${socketOf(node)}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${IMAGES[PAUSE]!.name}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${JSON.stringify(plugins)}
    conf_dir = ${JSON.stringify(path.join(folder, "cni"))}
`;
}

function kubeletConfig({ home }: Context, node: Node): object {
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
        cgroupRoot: nodeGroupOf(home, node.name),
        enforceNodeAllocatable: [],
        failSwapOn: false,
        clusterDNS: [DNS_SERVICE],
        clusterDomain: CLUSTER_DOMAIN,
        containerRuntimeEndpoint: `unix://${socketOf(node)}`,
        resolvConf: path.join(home, "resolv.conf"),
        podLogsDir: path.join(home, "log/pods", node.name),
        volumePluginDir: path.join(folderOf(home, node), "kubelet/volume-plugins"),
        // The disk is the user's: no eviction, no collection of images that came from no registry.
        evictionHard: {},
        imageGCHighThresholdPercent: 100,
        oomScoreAdj: 0,
    };
}

function proxyConfig(home: string, node: Node): object {
    return {
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        clientConnection: { kubeconfig: kubeconfigOf(home, "proxy") },
        mode: "nftables",
        clusterCIDR: CLUSTER_SUBNET,
        hostnameOverride: node.name,
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
