// The Pod objects of a cluster, and what controllers and kubelet would write about them. Nobody here does so by itself: an
// object says what the test writes, and need not be true of the container of that name.
import { labelsOf, namesOf } from "../../components/etcd-cluster/names";
import { Cluster } from "./scripts-cluster";
import { environment } from "./scripts-environment";

interface PodObject {
    metadata: { name: string; uid: string; deletionTimestamp?: string };
}

export class PodObjects {
    constructor(private readonly cluster: Cluster) {}

    /** Of three members that serve, with that revision the newest one. */
    static async ofThree(revision: string): Promise<{ cluster: Cluster; pods: PodObjects }> {
        const cluster = await Cluster.ready({ replicas: 3 });
        await cluster.settledAt(3);
        const pods = new PodObjects(cluster);
        await pods.newest(revision);
        return { cluster, pods };
    }

    /** The StatefulSet controller: which revision is the newest. */
    async newest(revision: string): Promise<void> {
        const patch = JSON.stringify({ status: { updateRevision: revision } });
        await this.patchStatus("statefulset", this.cluster.set, patch);
    }

    /** The StatefulSet controller and the kubelet: a Pod on a node, with all its containers ready. */
    async add(ordinal: number, revision: string): Promise<void> {
        const { set, namespace } = this.cluster;
        const labels = { ...labelsOf(set), "controller-revision-hash": revision };
        const object = {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: this.name(ordinal), namespace, labels },
            // With a node its end is the kubelet's to tell: until then it is only marked.
            spec: { nodeName: "node", serviceAccountName: set, containers: [{ name: "etcd", image: "etcd" }] },
        };
        await environment().api.kubectl(["create", "-f", "-"], JSON.stringify(object));
        await this.condition(ordinal, "True");
    }

    /** The kubelet: whether the pod is Ready, what it says about that, and whether its container runs. */
    async condition(ordinal: number, status: "True" | "False", message = "", runs = true): Promise<void> {
        const state = runs ? { running: { startedAt: "2026-01-01T00:00:00Z" } } : { waiting: { reason: message } };
        const container = {
            name: "etcd",
            image: "etcd",
            imageID: "",
            ready: status === "True",
            restartCount: 0,
            state,
        };
        const conditions = [{ type: "Ready", status, message }];
        const patch = JSON.stringify({ status: { phase: "Running", conditions, containerStatuses: [container] } });
        await this.patchStatus("pod", this.name(ordinal), patch);
    }

    /** The kubelet or the scheduler: anything else. */
    async status(ordinal: number, status: object): Promise<void> {
        await this.patchStatus("pod", this.name(ordinal), JSON.stringify({ status }));
    }

    /** The kubelet: the pod is gone. */
    async remove(...ordinals: number[]): Promise<void> {
        const chosen = ordinals.length > 0 ? ordinals.map((ordinal) => this.name(ordinal)) : ["--all"];
        await this.cluster.kubectl("delete", "pod", ...chosen, "--force", "--grace-period=0");
    }

    /** Pods of these revisions, ordinal by ordinal, and no others. */
    async reset(...revisions: string[]): Promise<void> {
        await this.remove();
        await Promise.all(revisions.map((revision, ordinal) => this.add(ordinal, revision)));
    }

    /** The disruption controller: how many pods may be evicted. */
    async allow(disruptions: number): Promise<void> {
        const name = namesOf(this.cluster.set).disruptionBudget;
        const generation = await this.cluster.kubectl("get", "pdb", name, "-o", "jsonpath={.metadata.generation}");
        const numbers = { disruptionsAllowed: disruptions, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3 };
        const status = { observedGeneration: Number(generation), disruptedPods: null, ...numbers };
        await this.patchStatus("pdb", name, JSON.stringify({ status }));
    }

    async uid(ordinal: number): Promise<string> {
        return this.cluster.kubectl("get", "pod", this.name(ordinal), "-o", "jsonpath={.metadata.uid}");
    }

    /** The ordinals of pods that somebody asked to end. */
    async stopping(): Promise<number[]> {
        const { items } = JSON.parse(await this.cluster.kubectl("get", "pods", "-o", "json")) as { items: PodObject[] };
        const marked = items.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
        return marked.map(({ metadata }) => Number(metadata.name.split("-").at(-1))).sort();
    }

    private name(ordinal: number): string {
        return `${this.cluster.set}-${ordinal}`;
    }

    private async patchStatus(kind: string, name: string, patch: string): Promise<void> {
        await this.cluster.kubectl("patch", kind, name, "--subresource=status", "--type=merge", "-p", patch);
    }
}
