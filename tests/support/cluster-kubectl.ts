// kubectl on the cluster of this run, and on no other: it is named by TEST_KUBECONFIG, never by what a user has selected.
import { execFile } from "child_process";
import { promisify } from "util";

const run = promisify(execFile);

export function kubectl(...args: string[]): Promise<string> {
    return kubectlWith("", ...args);
}

/** kubectl with something on its standard input. */
export async function kubectlWith(input: string, ...args: string[]): Promise<string> {
    const kubeconfig = process.env.TEST_KUBECONFIG;
    if (!kubeconfig) {
        throw new Error("TEST_KUBECONFIG must name the kubeconfig of a cluster for tests: run `npm run test:cluster`");
    }
    const command = run("kubectl", ["--kubeconfig", kubeconfig, ...args], { maxBuffer: 1 << 28 });
    command.child.stdin?.end(input);
    return (await command).stdout.trim();
}
