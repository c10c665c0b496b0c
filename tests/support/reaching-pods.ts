// Pods that do nothing but connect where a test says, and take connections on one port: who reaches whom, with names that stay the same.
import { kubectl, kubectlWith } from "./cluster-kubectl";

/** The port on which such a pod takes connections. */
export const OPEN_PORT = 8080;

const BUSYBOX = "/bin/busybox";

/** Makes them, one in each of these namespaces, and waits until they run. */
export async function makeReachingPods(namespaces: string[]): Promise<void> {
    const items = namespaces.map((namespace) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "reaching", namespace },
        spec: {
            terminationGracePeriodSeconds: 1,
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
            containers: [
                {
                    name: "main",
                    image: "docker.io/library/busybox:1.37.0-musl",
                    command: [BUSYBOX, "nc", "-ll", "-p", String(OPEN_PORT), "-e", BUSYBOX, "true"],
                    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                },
            ],
        },
    }));
    await kubectlWith(JSON.stringify({ apiVersion: "v1", kind: "List", items }), "apply", "-f", "-");
    for (const namespace of namespaces) {
        const wait = ["wait", "--for=condition=Ready", "--timeout=120s", "pod/reaching"];
        await kubectl("--namespace", namespace, ...wait);
    }
}

/** A pod, and where its container has busybox. */
export interface Source {
    namespace: string;
    pod: string;
    busybox: string;
}

export const reachingPod = (namespace: string): Source => ({ namespace, pod: "reaching", busybox: BUSYBOX });

/** Which of these targets, "HOST PORT", it can connect to, in their order. One that cannot be resolved is not reached. */
export async function reached({ namespace, pod, busybox }: Source, targets: string[]): Promise<string[]> {
    const script = `b=$1; shift
for target; do ( $b nc -w 2 $target -e $b true </dev/null >/dev/null 2>&1 && echo "$target" ) & done; wait`;
    const exec = ["exec", pod, "--", busybox, "sh", "-c", script, "sh", busybox, ...targets];
    const out = await kubectl("--namespace", namespace, ...exec);
    const found = out.split("\n");
    return targets.filter((target) => found.includes(target));
}
