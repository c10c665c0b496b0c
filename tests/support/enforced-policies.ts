// NetworkPolicies that hold: the network of the local cluster enforces none by itself, so while a test wants it a program of the
// Kubernetes project judges each new connection of a pod (sigs.k8s.io/kube-network-policies). Its rules are in the network namespace
// of the cluster's first node and go with it.
import assert from "assert";
import { spawn, spawnSync } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { joinGroups } from "../../tools/local-cluster/cgroups";
import { nodesOf } from "../../tools/local-cluster/network";
import { home } from "./cluster-processes";
import { waitFor } from "./scripts-wait";

const PROGRAM = "kube-network-policies";
const QUEUE = 100;

/**
 * What is handed to the program: what pods send to pods, and what they send to the node, where DNS and the API server are. By iptables,
 * because the program's own rules want a part of the kernel (CONFIG_NFT_QUEUE) that is often left out, and miss what goes to the node.
 * The node itself is not judged, as Kubernetes wants it.
 */
const QUEUED = [["FORWARD"], ["INPUT", "-i", "cni0"]].map((where) => [
    ...where,
    ...["-m", "conntrack", "--ctstate", "NEW", "-j", "NFQUEUE", "--queue-num", String(QUEUE)],
]);

const rules = (operation: "-I" | "-D") => QUEUED.map((rule) => ["iptables", "-w", operation, ...rule]);

function tried([program, ...args]: string[]): string | undefined {
    const { status, stderr, error } = spawnSync(program!, args, { encoding: "utf8" });
    return status === 0 ? undefined : (error?.message ?? stderr.trim().split("\n")[0]);
}

/** Why this machine's kernel cannot hand packets to a program, tried in a network that is made for it; or undefined. */
export function enforcementUnavailable(): string | undefined {
    const [problem] = rules("-I").flatMap((rule) => tried(["unshare", "--net", ...rule]) ?? []);
    return problem && `iptables with NFQUEUE: ${problem}`;
}

/** Runs `work` while all NetworkPolicies of the cluster are enforced. */
export async function withEnforcedPolicies(work: () => Promise<void>): Promise<void> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-policies-"));
    const stop = start(folder);
    try {
        await waitFor("policies to be enforced", isEnforced, { report: () => logOf(folder) });
        const [problem] = rules("-I").flatMap((rule) => tried(rule) ?? []);
        assert.equal(problem, undefined);
        await work();
    } finally {
        await stop();
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

/** Starts the program; gives what ends it, with all that it set. It is in the cluster's groups, so that it ends with the cluster at the latest. */
function start(folder: string): () => Promise<void> {
    const { server, token, ca } = administrator();
    fs.writeFileSync(path.join(folder, "token"), token, { mode: 0o600 });
    fs.copyFileSync(ca, path.join(folder, "ca.crt"));
    const [node] = nodesOf(1);
    const flags = [
        "--hostname-override",
        node!.name,
        "--nfqueue-id",
        String(QUEUE),
        "--metrics-bind-address",
        "127.0.0.1:0",
    ];
    const script = path.join(__dirname, "enforced-policies.sh");
    const [first, ...args] = joinGroups(home(), ["/bin/sh", script, folder, PROGRAM, ...flags]);
    const log = fs.openSync(path.join(folder, "log"), "w");
    const env = {
        PATH: process.env.PATH,
        KUBERNETES_SERVICE_HOST: server.hostname,
        KUBERNETES_SERVICE_PORT: server.port,
    };
    const child = spawn(first!, args, { stdio: ["ignore", log, log], env });
    fs.closeSync(log);
    const ended = new Promise((resolve) => child.once("close", resolve));
    return async () => {
        rules("-D").forEach(tried);
        // At its own end it stays for seconds that nobody needs.
        child.kill("SIGKILL");
        await ended;
        // Where the kernel took its own rules.
        tried(["nft", "delete", "table", "inet", PROGRAM]);
    };
}

const logOf = (folder: string) => fs.readFileSync(path.join(folder, "log"), "utf8");

/** The kernel lists the queues that somebody reads. */
function isEnforced(): boolean {
    const queues = fs.readFileSync("/proc/net/netfilter/nfnetlink_queue", "utf8");
    return new RegExp(`^ *${QUEUE} `, "m").test(queues);
}

interface Kubeconfig {
    clusters: [{ cluster: { server: string; "certificate-authority": string } }];
    users: [{ user: { token: string } }];
}

function administrator(): { server: URL; token: string; ca: string } {
    const text = fs.readFileSync(process.env.TEST_KUBECONFIG!, "utf8");
    const { clusters, users } = JSON.parse(text) as Kubeconfig;
    const { server, "certificate-authority": ca } = clusters[0].cluster;
    return { server: new URL(server), token: users[0].user.token, ca };
}
