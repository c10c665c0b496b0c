/** The control plane: etcd, the API server, the controllers, the scheduler. */
import * as fs from "fs";
import * as path from "path";

import { collect } from "../support/run";
import { startDaemon, type Context } from "./daemons";
import { NODE_ADDRESS, SERVICE_SUBNET } from "./network";
import { kubeconfigOf } from "./pki";
import { waitUntil } from "./wait";

export async function startControlPlane(context: Context): Promise<void> {
    const { home } = context;
    const pki = (file: string) => path.join(home, "pki", file);
    // Not the usual port: in `npm run shell` that is for what is forwarded from the cluster.
    const etcd = "http://127.0.0.1:22379";
    // A cluster for trying things out: it may lose its last second when the machine dies.
    const store = ["--data-dir", path.join(home, "etcd"), "--unsafe-no-fsync"];
    startDaemon(context, "etcd", [...store, "--listen-client-urls", etcd, "--advertise-client-urls", etcd]);
    startDaemon(context, "kube-apiserver", [
        `--etcd-servers=${etcd}`,
        `--advertise-address=${NODE_ADDRESS}`,
        `--service-cluster-ip-range=${SERVICE_SUBNET}`,
        `--tls-cert-file=${pki("apiserver.crt")}`,
        `--tls-private-key-file=${pki("apiserver.key")}`,
        `--client-ca-file=${pki("ca.crt")}`,
        `--kubelet-client-certificate=${pki("kubelet-client.crt")}`,
        `--kubelet-client-key=${pki("kubelet-client.key")}`,
        "--kubelet-preferred-address-types=InternalIP",
        `--token-auth-file=${pki("tokens.csv")}`,
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-key-file=${pki("service-account.pub")}`,
        `--service-account-signing-key-file=${pki("service-account.key")}`,
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged",
    ]);
    startDaemon(context, "kube-controller-manager", [
        `--kubeconfig=${kubeconfigOf(home, "controller-manager")}`,
        `--service-account-private-key-file=${pki("service-account.key")}`,
        `--root-ca-file=${pki("ca.crt")}`,
        "--use-service-account-credentials",
        "--leader-elect=false",
    ]);
    startDaemon(context, "kube-scheduler", [`--kubeconfig=${kubeconfigOf(home, "scheduler")}`, "--leader-elect=false"]);
    linkKubectl(context);
    await waitUntil("the API server", () => isUp(context), { logs: path.join(home, "log") });
}

/** A later status command knows the cluster's folder only. */
function linkKubectl({ home, tools }: Context): void {
    const link = path.join(home, "bin/kubectl");
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.rmSync(link, { force: true });
    fs.symlinkSync(tools.kubectl!, link);
}

async function isUp({ home, tools, sandbox }: Context): Promise<boolean> {
    const argv = [
        ...sandbox.enter,
        tools.kubectl!,
        "--kubeconfig",
        path.join(home, "kubeconfig"),
        "get",
        "--raw",
        "/readyz",
    ];
    return (await collect(argv, { timeout: 10_000 })).stdout === "ok";
}
