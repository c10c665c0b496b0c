// Faults on the local test cluster: a container's process killed, the pods' way to the API server cut. Only what this run's own
// network namespace and containers hold is touched.
import { execFileSync } from "child_process";

import { containerProcesses } from "./cluster-processes";

/** Kills all processes of one container with SIGKILL; kubelet starts it again in the same pod. */
export function killContainer(id: string): void {
    const pids = containerProcesses(id);
    if (pids.length === 0) {
        throw new Error(`no process belongs to container ${id}`);
    }
    for (const pid of pids) {
        try {
            process.kill(pid, "SIGKILL");
        } catch {
            // Its parent took it along.
        }
    }
}

/** Runs `work` while packets from pods to the API server are dropped. The rules live in this network namespace only. */
export async function withoutApiServer(work: () => Promise<void>): Promise<void> {
    const nft = (rules: string) => execFileSync("nft", ["-f", "-"], { input: rules });
    nft(`table inet etcd_test_cut {
        chain input { type filter hook input priority -10; ip saddr 10.244.0.0/16 tcp dport 6443 drop; }
    }`);
    try {
        await work();
    } finally {
        nft("delete table inet etcd_test_cut");
    }
}
