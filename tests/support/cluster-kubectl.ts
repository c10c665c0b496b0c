// kubectl on the cluster of this run, and on no other: it is named by TEST_KUBECONFIG, never by what a user has selected.
import { execFile } from "child_process";
import { promisify } from "util";

const run = promisify(execFile);

export async function kubectl(...args: string[]): Promise<string> {
    const kubeconfig = process.env.TEST_KUBECONFIG;
    if (!kubeconfig) {
        throw new Error("TEST_KUBECONFIG must name the kubeconfig of a cluster for tests: run `npm run test:cluster`");
    }
    const { stdout } = await run("kubectl", ["--kubeconfig", kubeconfig, ...args], { maxBuffer: 1 << 28 });
    return stdout.trim();
}
