/** The member table, made by the product's own script in the first pod that answers. */
import type { Session } from "./session";

/** The table. Errors: what the last pod said, when none could make it. */
export async function memberTable({ stack }: Session): Promise<string> {
    const outputs = JSON.parse(await stack.read("stack", "output", "--json")) as {
        statefulSet?: string;
        namespace?: string;
        endpoints?: string[];
    };
    const { statefulSet, namespace, endpoints = [] } = outputs;
    if (!statefulSet || !namespace) {
        throw new Error("the stack has no cluster; `npm run up` makes one");
    }
    let problem = "";
    for (const ordinal of endpoints.keys()) {
        const pod = `${statefulSet}-${ordinal}`;
        const script = ["--", "/toolbox/sh", "/scripts/members.sh"];
        const where = ["--namespace", namespace, pod, "--container", "etcd"];
        const { status, stdout, stderr } = await stack.kubectl("exec", ...where, ...script);
        if (status === 0) {
            return stdout;
        }
        problem = `${pod}: ${stderr.trim()}`;
    }
    throw new Error(`no member could show the member table. ${problem}`);
}
