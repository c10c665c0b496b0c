/** Two pods that are the same member, on one disk or on two sides of a cut: one of them may vote, never both. */
import assert from "assert";

import { etcdOf, nodeCutOff, seconds } from "../../support/cluster-processes";
import { kubectlWith } from "../../support/cluster-kubectl";
import { waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { nameOf, podOf, replaced } from "../pods";
import type { World } from "../world";

interface PodObject {
    metadata: { annotations: Record<string, string> };
    spec: { containers: { env: { name: string }[] }[] };
}

/** Makes a second pod for a member that runs: the same claim, the same node, the same name in its environment. */
async function makeTwin({ stack }: World, name: string): Promise<string> {
    const { metadata, spec } = JSON.parse(await stack.kubectl("get", "pod", name, "-o", "json")) as PodObject;
    const [etcd] = spec.containers;
    etcd!.env = etcd!.env.map((each) => (each.name === "POD_NAME" ? { name: each.name, value: name } : each));
    const twin = `${name}-twin`;
    // No labels: neither the Services nor the StatefulSet take it for one of theirs.
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: twin, annotations: metadata.annotations }, spec };
    await kubectlWith(JSON.stringify(pod), "--namespace", stack.namespace, "create", "-f", "-");
    return twin;
}

export const BESIDE: Case[] = [
    {
        id: "47",
        title: "a second pod runs as the same member, on the same disk",
        injected: "a copy of a member's pod on its claim and node, with its name in the environment, for 20 s",
        run: async (world) => {
            const ordinal = ((await world.view.leader()) + 1) % world.replicas;
            const before = await world.view.pods();
            const twin = await makeTwin(world, nameOf(world, ordinal));
            const look = (where: string) =>
                world.stack.kubectl("get", "pod", twin, "-o", `jsonpath={.status.${where}}`);
            await waitFor(
                "an etcd in the second pod",
                async () => etcdOf((await look("containerStatuses[0].containerID")).replace(/^.*\/\//, "")) > 0,
                { limit: 120, interval: 50 },
            );
            await seconds(20);
            // The lock on the files lets one of them at the disk.
            assert.equal(await answers(world.view.urlOf({ address: await look("podIP") })), false, "both serve");
            assert.equal(await look("containerStatuses[0].ready"), "false");
            assert.deepEqual(await world.view.pods(), before, "the member's own pod was disturbed");
            await world.stack.kubectl("delete", "pod", twin, "--grace-period=0", "--force");
            await world.kept();
        },
    },
    {
        id: "47b",
        title: "a node is cut off and its pod force-deleted, while its etcd runs on",
        injected: "the node's link down for 60 s, kubectl delete pod --force meanwhile",
        run: async (world) => {
            const pods = await world.view.pods();
            const ordinal = pods.findIndex(({ node }) => node !== "node-1");
            const old = pods[ordinal]!;
            await nodeCutOff(old.node, async () => {
                await seconds(5);
                await world.stack.kubectl("delete", "pod", nameOf(world, ordinal), "--grace-period=0", "--force");
                await seconds(55);
                // A volume of this kind binds the successor to the node that nobody reaches.
                assert.equal((await podOf(world, ordinal)).containerId, "", "the successor runs elsewhere");
                etcdOf(old.containerId);
            });
            await replaced(world, ordinal, old.uid);
            await world.kept();
        },
    },
];

/** Whether an etcd serves at that URL. */
async function answers(url: string): Promise<boolean> {
    try {
        await fetch(`${url}/version`, { signal: AbortSignal.timeout(3000) });
        return true;
    } catch {
        return false;
    }
}
