// kubectl on the cluster of this run, and on no other: it is named by TEST_KUBECONFIG, never by what a user has selected.
import { execFile, spawn } from "child_process";
import { promisify } from "util";

const run = promisify(execFile);

export function kubectl(...args: string[]): Promise<string> {
    return kubectlWith("", ...args);
}

/** kubectl with something on its standard input. */
export async function kubectlWith(input: string | Buffer, ...args: string[]): Promise<string> {
    const command = run("kubectl", [...onTestCluster(), ...args], { maxBuffer: 1 << 28 });
    command.child.stdin?.end(input);
    return (await command).stdout.trim();
}

/**
 * Follows the log of a pod's etcd container; a pod that is deleted takes its log along. Returns once something has been read;
 * the call of what it returns waits for the container's end and gives all that it has logged.
 */
export async function follow(namespace: string, pod: string): Promise<() => Promise<string>> {
    const argv = [...onTestCluster(), "--namespace", namespace, "logs", "--follow", pod, "--container", "etcd"];
    const child = spawn("kubectl", argv, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (data: Buffer) => (text += data));
    const ended = new Promise<void>((resolve) => child.once("close", resolve));
    await Promise.race([ended, new Promise((resolve) => child.stdout.once("data", resolve))]);
    return () => ended.then(() => text);
}

function onTestCluster(): string[] {
    const kubeconfig = process.env.TEST_KUBECONFIG;
    if (!kubeconfig) {
        throw new Error("TEST_KUBECONFIG must name the kubeconfig of a cluster for tests: run `npm run test:cluster`");
    }
    return ["--kubeconfig", kubeconfig];
}
