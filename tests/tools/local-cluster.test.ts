// The local Kubernetes leaves nothing behind, also when whoever started it, or a part of it, was killed half way; and what was
// killed does not break the next start.
import assert from "assert";
import { execFileSync, spawn } from "child_process";
import * as fs from "fs";
import * as path from "path";

import { localClusterStatus, startLocalCluster, stopLocalCluster } from "../../tools/local-cluster";
import { groupOf, groupProcesses } from "../../tools/local-cluster/cgroups";
import { daemonsOf } from "../../tools/local-cluster/daemons";
import { clusterTools } from "../../tools/toolchain/cluster";
import { waitFor } from "../support/scripts-wait";

// With several nodes there is most to leave behind.
const nodes = 3;
const home = path.join(process.env.TEST_WORK ?? "/nowhere", "other-cluster");

/** Everything of the machine that a cluster could leave something in. */
function machine(): Record<string, string[]> {
    const lines = (program: string, ...args: string[]) =>
        execFileSync(program, args, { encoding: "utf8" }).split("\n").sort();
    const mounts = fs.readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    return {
        links: lines("ip", "-o", "link").map((line) => line.split(":")[1] ?? ""),
        rules: lines("nft", "list", "tables"),
        namespaces: lines("lsns", "--noheadings", "--output", "TYPE").filter((type) => type.trim() === "net"),
        mounts: mounts.map((line) => line.split(" ")[4] ?? "").sort(),
        // Wherever they are: asking the code that removes them would find what it removes.
        groups: lines("find", "/sys/fs/cgroup", "-type", "d", "-name", groupOf(home)),
        processes: groupProcesses(home).map(String),
        sockets: fs.existsSync("/run/containerd") ? fs.readdirSync("/run/containerd") : [],
    };
}

/** Starts the cluster in another process, which is killed as soon as it has said `word`. */
async function killStarterAt(word: string): Promise<void> {
    const program = `
        const { startLocalCluster } = require(${JSON.stringify(path.join(__dirname, "../../tools/local-cluster"))});
        const { clusterTools } = require(${JSON.stringify(path.join(__dirname, "../../tools/toolchain/cluster"))});
        clusterTools().then((tools) =>
            startLocalCluster({ home: ${JSON.stringify(home)}, tools, nodes: ${nodes}, progress: (line) => console.log(line) }));`;
    const child = spawn(process.execPath, ["--require", "tsx/cjs", "--eval", program], {
        stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    let said = "";
    child.stdout.on("data", (data: Buffer) => {
        said += data;
        if (said.includes(word)) {
            child.kill("SIGKILL");
        }
    });
    await ended;
    assert.ok(said.includes(word), said);
}

function programOf(pid: number): string {
    try {
        return path.basename(fs.readlinkSync(`/proc/${pid}/exe`));
    } catch {
        return "";
    }
}

/** Daemons by process ID; what they run for a moment comes and goes. */
function daemons(): number[] {
    return groupProcesses(home)
        .filter((pid) => daemonsOf(nodes).includes(programOf(pid)))
        .sort();
}

describe("the local cluster", () => {
    afterEach(() => stopLocalCluster({ home }));

    for (const word of ["control plane", "container runtime", "node, DNS, storage"]) {
        it(`leaves nothing behind when its starter is killed at "${word}"`, async () => {
            const before = machine();
            await killStarterAt(word);
            assert.ok(groupProcesses(home).length > 0, "nothing had been started yet");
            assert.equal(await localClusterStatus({ home }), "broken");
            await stopLocalCluster({ home });
            await waitFor("the kernel to let go", () => assert.deepEqual(machine(), before) === undefined);
            assert.equal(fs.existsSync(home), false);
            assert.equal(await localClusterStatus({ home }), "absent");
        });
    }

    it("is found running, is repaired with what it stored, and goes without a trace", async () => {
        const before = machine();
        const tools = await clusterTools();
        await killStarterAt("container runtime");
        const { kubeconfig, enter } = await startLocalCluster({ home, tools, nodes });
        const run = (...args: string[]) => {
            const [program, ...rest] = [...enter, "kubectl", "--kubeconfig", kubeconfig, ...args];
            return execFileSync(program!, rest, { encoding: "utf8" }).trim();
        };
        assert.equal(run("get", "nodes", "-o", "name").split("\n").length, nodes);
        run("create", "configmap", "kept", "--from-literal", "a=b");
        const pids = daemons();
        assert.equal(pids.length, daemonsOf(nodes).length);
        await startLocalCluster({ home, tools });
        assert.deepEqual(daemons(), pids, "a running cluster was started again");

        const kubelet = pids.find((pid) => programOf(pid) === "kubelet")!;
        process.kill(kubelet, "SIGKILL");
        await waitFor("the loss to be seen", async () => (await localClusterStatus({ home })) === "broken");
        const again = await startLocalCluster({ home, tools });
        const [program, ...rest] = [...again.enter, "kubectl", "--kubeconfig", kubeconfig, "get", "configmap", "kept"];
        assert.match(execFileSync(program!, rest, { encoding: "utf8" }), /kept/);

        await stopLocalCluster({ home });
        await waitFor("the kernel to let go", () => assert.deepEqual(machine(), before) === undefined);
    });
});
