// What a test asks of the etcd cluster that a stack made: members, identity, equal data, who leads, what pods were restarted.
import type { EtcdStack } from "./cluster-stack";
import { call, login, Writer } from "./scripts-client";
import { waitFor } from "./scripts-wait";
import { trust } from "./trust";

export interface Member {
    id: string;
    name: string;
    learner: boolean;
}

export interface Pod {
    name: string;
    uid: string;
    address: string;
    node: string;
    ready: boolean;
    restarts: number;
    containerId: string;
}

interface PodObject {
    metadata: { name: string; uid: string; deletionTimestamp?: string };
    spec: { nodeName?: string };
    status: {
        podIP?: string;
        conditions?: { type: string; status: string }[];
        containerStatuses?: { restartCount: number; containerID?: string }[];
    };
}

export class EtcdView {
    private constructor(
        private readonly stack: EtcdStack,
        readonly endpoint: string,
        readonly endpoints: string[],
        readonly password: string,
    ) {}

    static async of(stack: EtcdStack): Promise<EtcdView> {
        const { endpoint, endpoints, rootPassword, caCert } = await stack.outputs();
        if (caCert) {
            trust(`${stack.namespace}/${stack.name}`, caCert as string);
        }
        return new EtcdView(stack, endpoint as string, endpoints as string[], rootPassword as string);
    }

    /** Client URL of one pod, without a name server. */
    urlOf({ address }: { address: string }): string {
        return `${new URL(this.endpoint).protocol}//${address}:2379`;
    }

    /** Logs in. Just after a fault a member may still have to find out who leads. */
    private token(url = this.endpoint): Promise<string> {
        return waitFor(`a login at ${url}`, () => login(url, this.password));
    }

    /** A linearizable member list, by name. */
    async members(): Promise<Member[]> {
        const token = await this.token();
        const { members } = (await call(this.endpoint, "cluster/member/list", { linearizable: true }, token)) as {
            members: { ID: string; name?: string; isLearner?: boolean }[];
        };
        return members
            .map(({ ID, name = "", isLearner = false }) => ({ id: ID, name, learner: isLearner }))
            .sort((a, b) => (a.name < b.name ? -1 : 1));
    }

    /** Waits for exactly the ordinals 0 to n-1, all started voters, all pods Ready; returns them. */
    async settled(replicas: number): Promise<Member[]> {
        return waitFor(`${replicas} started voters`, () => this.complete(replicas), { limit: 240, interval: 500 });
    }

    /** The members, if they are at this moment exactly the ordinals 0 to n-1, started voters with Ready pods; or an error. */
    async complete(replicas: number): Promise<Member[]> {
        const wanted = Array.from({ length: replicas }, (_, ordinal) => `${this.stack.name}-${ordinal}`);
        const members = await this.members();
        const pods = await this.pods();
        const right = members.map(({ name }) => name).join() === wanted.join();
        const voters = members.every(({ learner }) => !learner);
        if (!right || !voters || pods.length !== replicas || !pods.every(({ ready }) => ready)) {
            throw new Error(JSON.stringify({ members, pods }));
        }
        return members;
    }

    /** The cluster ID, the same on each Ready member, or an error. */
    async clusterId(): Promise<string> {
        const ids = new Set<string>();
        for (const pod of await this.pods()) {
            const url = this.urlOf(pod);
            const token = await this.token(url);
            const status = await waitFor(`the status of ${url}`, () => call(url, "maintenance/status", {}, token));
            ids.add((status as { header: { cluster_id: string } }).header.cluster_id);
        }
        if (ids.size !== 1) {
            throw new Error(`not one cluster but ${[...ids].join(", ")}`);
        }
        return [...ids][0]!;
    }

    /** Waits until all members hold the same data as of one revision; writes may go on meanwhile. */
    async sameData(): Promise<void> {
        await waitFor("equal hashkv", async () => {
            const pods = await this.pods();
            const token = await this.token();
            const { header } = (await call(this.endpoint, "kv/range", { key: "AA==" }, token)) as {
                header: { revision: string };
            };
            const hashes = await Promise.all(pods.map((pod) => this.hash(this.urlOf(pod), header.revision)));
            if (new Set(hashes).size !== 1) {
                throw new Error(hashes.join());
            }
            return true;
        });
    }

    /** The newest revision. */
    async revision(): Promise<number> {
        const token = await this.token();
        const { header } = (await call(this.endpoint, "kv/range", { key: "AA==" }, token)) as {
            header: { revision: string };
        };
        return Number(header.revision);
    }

    /** Discards all revisions but the newest. */
    async compact(): Promise<void> {
        const revision = String(await this.revision());
        await call(this.endpoint, "kv/compaction", { revision }, await this.token());
    }

    /** Rewrites the database file of one member. */
    async defragment(url: string): Promise<void> {
        await call(url, "maintenance/defragment", {}, await this.token(url));
    }

    /** Asks the leader to hand over to that ordinal. */
    async moveLeader(ordinal: number): Promise<void> {
        const target = (await this.members()).find(({ name }) => name === `${this.stack.name}-${ordinal}`);
        const leader = (await this.pods())[await this.leader()]!;
        const url = this.urlOf(leader);
        const token = await this.token(url);
        await call(url, "maintenance/transfer-leadership", { targetID: target!.id }, token);
    }

    private async hash(url: string, revision: string): Promise<string> {
        const token = await this.token(url);
        const { hash, compact_revision } = await call(url, "maintenance/hashkv", { revision }, token);
        return `${String(hash)} ${String(compact_revision)}`;
    }

    /** Ordinal of the leader. */
    async leader(): Promise<number> {
        const { ordinal } = await waitFor("a leader", async () => {
            const token = await this.token();
            const { leader } = (await call(this.endpoint, "maintenance/status", {}, token)) as { leader: string };
            const name = (await this.members()).find(({ id }) => id === leader)?.name;
            return name === undefined ? undefined : { ordinal: Number(name.split("-").pop()) };
        });
        return ordinal;
    }

    /** Pods that are not on their way out, by name. */
    async pods(): Promise<Pod[]> {
        const selector = `app=etcd,k8s-app=${this.stack.name}`;
        const { items } = JSON.parse(await this.stack.kubectl("get", "pods", "-l", selector, "-o", "json")) as {
            items: PodObject[];
        };
        return items
            .filter(({ metadata }) => !metadata.deletionTimestamp)
            .map(({ metadata, spec, status }) => ({
                name: metadata.name,
                uid: metadata.uid,
                address: status.podIP ?? "",
                node: spec.nodeName ?? "",
                ready: status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false,
                restarts: status.containerStatuses?.[0]?.restartCount ?? 0,
                containerId: status.containerStatuses?.[0]?.containerID?.replace(/^.*\/\//, "") ?? "",
            }))
            .sort((a, b) => (a.name < b.name ? -1 : 1));
    }

    /** Writes without pause to the client Service. */
    writer(): Writer {
        return new Writer(() => [this.endpoint], this.password);
    }
}
