// NetworkPolicies that are enforced: a cluster forms in a namespace that denies all traffic, with what the settings open and nothing more.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import { kubectl, kubectlWith } from "../support/cluster-kubectl";
import { changed, EtcdStack } from "../support/cluster-stack";
import { enforcementUnavailable, withEnforcedPolicies } from "../support/enforced-policies";
import { firstUp } from "../support/first-up";
import { makeReachingPods, OPEN_PORT, reached, reachingPod, type Source } from "../support/reaching-pods";
import { waitFor } from "../support/scripts-wait";

const DENY_ALL = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "deny-all" },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
};
const CLIENT = 2379;
const PEER = 2380;
const METRICS = 2381;
const API_SERVER = "kubernetes.default.svc 443";

describe("network policies", () => {
    it("that are enforced let a cluster form where all traffic is denied, and let in whom the settings name, and nobody else", async function () {
        const reason = enforcementUnavailable();
        if (reason !== undefined) {
            console.log(`      did not run: ${reason}`);
            this.skip();
        }
        await withEnforcedPolicies(() =>
            EtcdStack.with({ replicas: 2 }, (stack) =>
                withNamespaces(stack, async (namespaces) => {
                    await formsWhereAllIsDenied(stack, namespaces);
                    const members = await addressesOf(stack);
                    await letsIn(stack, namespaces, members);
                    await letsOut(stack, namespaces, members);
                    await isOpened(stack, namespaces);
                }),
            ),
        );
    });
});

interface Namespaces {
    apps: string;
    monitoring: string;
    elsewhere: string;
}

/** Clients' namespace denies all as well, but for what the documentation opens; the others deny nothing. */
async function withNamespaces(stack: EtcdStack, work: (namespaces: Namespaces) => Promise<void>): Promise<void> {
    const of = (name: string) => `${stack.namespace}-${name}`;
    const namespaces = { apps: of("apps"), monitoring: of("monitoring"), elsewhere: of("elsewhere") };
    const all = Object.values(namespaces);
    try {
        for (const namespace of all) {
            await kubectl("create", "namespace", namespace);
        }
        for (const namespace of [stack.namespace, namespaces.apps]) {
            await kubectlWith(JSON.stringify(DENY_ALL), "--namespace", namespace, "apply", "-f", "-");
        }
        await kubectlWith(documented(stack.namespace), "--namespace", namespaces.apps, "apply", "-f", "-");
        await makeReachingPods([stack.namespace, ...all]);
        await work(namespaces);
    } finally {
        await kubectl("delete", "namespace", ...all, "--ignore-not-found", "--wait=false");
    }
}

/** The NetworkPolicy of docs/clusters.md, as a person would copy it. */
function documented(namespace: string): string {
    const text = fs.readFileSync(path.join(__dirname, "../../docs/clusters.md"), "utf8");
    const section = text.split(/^## /m).find((each) => each.startsWith("A namespace that denies all traffic\n"))!;
    return /```yaml\n(.*?)```/s.exec(section)![1]!.replace("NAMESPACE", namespace);
}

/** Members, the rollout's Job, DNS and the API server, by the program's own policies. */
async function formsWhereAllIsDenied(stack: EtcdStack, { apps, monitoring }: Namespaces): Promise<void> {
    await becomes("a stranger beside the members", reachingPod(stack.namespace), [API_SERVER, "10.96.0.1 443"], []);
    await becomes("the same elsewhere", reachingPod(monitoring), [API_SERVER], [API_SERVER]);
    await stack.configureAll({ egress: "restricted", clientNamespaces: [apps], monitoringNamespace: monitoring });
    await firstUp(stack, 2);
}

/** Looks in a row that must agree: one connection that is merely slow looks like one that is dropped. */
const LOOKS = 3;

/** Waits until it reaches exactly these, and does so at several looks. */
async function becomes(what: string, source: Source, targets: string[], expected: string[]): Promise<void> {
    let agreed = 0;
    const right = async () => {
        const found = await reached(source, targets);
        agreed = JSON.stringify(found) === JSON.stringify(expected) ? agreed + 1 : 0;
        assert.deepEqual(found, expected);
        return agreed === LOOKS;
    };
    await waitFor(`${what} to reach ${expected.join(", ") || "nothing"} of ${targets.join(", ")}`, right);
}

async function addressesOf(stack: EtcdStack): Promise<string[]> {
    const addresses = await stack.kubectl(
        ...["get", "pod", "--selector", "app=etcd", "-o", "jsonpath={.items[*].status.podIP}"],
    );
    return addresses.split(" ");
}

async function letsIn(stack: EtcdStack, namespaces: Namespaces, members: string[]): Promise<void> {
    const on = (port: number) => members.map((address) => `${address} ${port}`);
    const service = `${stack.name}-client.${stack.namespace}.svc ${CLIENT}`;
    const all = [service, ...on(CLIENT), ...on(PEER), ...on(METRICS)];
    await becomes("a client", reachingPod(namespaces.apps), all, [service, ...on(CLIENT)]);
    await becomes("monitoring", reachingPod(namespaces.monitoring), all, on(METRICS));
    await becomes("a stranger elsewhere", reachingPod(namespaces.elsewhere), all, []);
    await becomes("a stranger beside the members", reachingPod(stack.namespace), all, []);
    const member = memberOf(stack);
    await becomes("a member", member, [...on(CLIENT), ...on(PEER), ...on(METRICS)], all.slice(1));
}

const memberOf = ({ namespace, name }: EtcdStack): Source => ({
    namespace,
    pod: `${name}-0`,
    busybox: "/toolbox/busybox",
});

async function letsOut(stack: EtcdStack, { monitoring, elsewhere }: Namespaces, members: string[]): Promise<void> {
    const address = await kubectl(
        ...["--namespace", elsewhere, "get", "pod", "reaching", "-o", "jsonpath={.status.podIP}"],
    );
    const stranger = `${address} ${OPEN_PORT}`;
    await becomes("monitoring", reachingPod(monitoring), [stranger], [stranger]);
    await becomes("a member", memberOf(stack), [API_SERVER, stranger], [API_SERVER]);
    // By the API server's addresses instead of its ports.
    const [api] = (
        await kubectl("get", "endpoints", "kubernetes", "-o", "jsonpath={.subsets[*].addresses[*].ip}")
    ).split(" ");
    await stack.configureAll({ apiServerCidrs: ["192.0.2.0/24"] });
    assert.deepEqual(changed(await stack.upped()), { update: 1 });
    await becomes("a member", memberOf(stack), [API_SERVER, `${members[1]} ${PEER}`], [`${members[1]} ${PEER}`]);
    await stack.configureAll({ apiServerCidrs: [`${api}/32`] });
    assert.deepEqual(changed(await stack.upped()), { update: 1 });
    await becomes("a member", memberOf(stack), [API_SERVER, stranger], [API_SERVER]);
}

/** Without the policy of its own nothing of that is left. */
async function isOpened(stack: EtcdStack, { apps }: Namespaces): Promise<void> {
    await stack.unset("apiServerCidrs");
    await stack.configure({ egress: "open" });
    assert.deepEqual(changed(await stack.upped()), { delete: 1 });
    await becomes("a member", memberOf(stack), [API_SERVER], []);
    // Who may connect to members is another matter.
    const service = `${stack.name}-client.${stack.namespace}.svc ${CLIENT}`;
    await becomes("a client", reachingPod(apps), [service], [service]);
}
