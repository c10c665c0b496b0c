/** A cluster whose scripts note their points, used by one run after the other, and what must hold of it after each. */
import assert from "assert";

import { Writer, login, put, readPrefix } from "../support/scripts-client";
import { Cluster } from "../support/scripts-cluster";
import { Points, SHELL } from "./points";

export class World {
    /** What was acknowledged since the cluster formed, by all writers. */
    private readonly acknowledged = new Map<string, string>();
    private writers = 0;
    private current: Writer | undefined;
    private formed = false;
    /** The cluster's ID since it formed. */
    private identity: string | undefined;

    private constructor(
        readonly cluster: Cluster,
        readonly points: Points,
        readonly replicas: number,
    ) {}

    static async make(replicas: number): Promise<World> {
        const options = { replicas, initialClusterSize: replicas, shell: SHELL, env: { OBJECTION_SECONDS: "1" } };
        const cluster = await Cluster.create(options);
        return new World(cluster, new Points(cluster), replicas);
    }

    /** Everything as before the first start of the first pod. */
    async unformed(): Promise<void> {
        const { cluster } = this;
        await Promise.all(cluster.pods.map((pod) => pod.vanish()));
        cluster.pods.forEach((pod) => pod.wipeData());
        await cluster.emptyMarker();
        this.acknowledged.clear();
        this.identity = undefined;
        this.formed = false;
    }

    /** A healthy cluster of that many; the disk of whoever is too many is `kept` or wiped. */
    async healthy(size: number, kept = false): Promise<void> {
        const { cluster } = this;
        if (!this.formed) {
            await this.form();
        }
        if (cluster.live().length > size) {
            await this.throwOut(size);
        }
        if (cluster.live().length < size) {
            await cluster.scale(size);
        }
        if (!kept) {
            cluster.pods.slice(size).forEach((pod) => pod.wipeData());
        }
        await this.settled(size);
    }

    /** A writer that goes on until the run is judged. */
    writer(): Writer {
        const urls = () => this.cluster.live().map((pod) => pod.clientUrl);
        return (this.current = new Writer(urls, this.cluster.password, `writer/${this.writers++}/`));
    }

    /** Nobody writes any more. */
    async end(): Promise<void> {
        await this.current?.stop();
    }

    async form(): Promise<void> {
        await this.cluster.createPods(...this.ordinals(this.replicas));
        await this.settled(this.replicas);
        this.formed = true;
    }

    /** A snapshot becomes a cluster of its own, with the same data. */
    expectAnotherIdentity(): void {
        this.identity = undefined;
    }

    async settled(size: number): Promise<void> {
        await this.cluster.allReady(...this.ordinals(size));
        await this.cluster.settledAt(size);
    }

    async convergedAt(size: number): Promise<void> {
        const look = async () => (await this.cluster.memberList()).length === size;
        await this.cluster.waitFor(`a list of ${size}`, look, 150);
        await this.settled(size);
    }

    /** What must hold at the end of every run, whoever was killed on the way. */
    async judge(size: number, writer: Writer): Promise<void> {
        const { cluster } = this;
        await this.settled(size);
        const before = writer.acknowledged.size;
        await cluster.waitFor("a write to be acknowledged", () => writer.acknowledged.size > before);
        await this.collect(writer);
        const pods = cluster.pods.slice(0, size);
        const url = pods[0]!.clientUrl;
        const found = await readPrefix(url, "writer/", await login(url, cluster.password));
        const lost = [...this.acknowledged].filter(([key, value]) => found.get(key) !== value);
        assert.deepEqual(lost, [], "acknowledged writes were lost");

        const marker = await cluster.readMarker();
        this.identity ??= marker.formed;
        assert.match(this.identity ?? "", /^[0-9a-f]+$/, "the marker does not say that the cluster formed");
        const identities = await Promise.all(pods.map((pod) => cluster.clusterId(pod)));
        assert.deepEqual(
            new Set([marker.formed, ...identities]),
            new Set([this.identity]),
            "there is a second cluster",
        );
        assert.equal(marker.root, "made");
        for (const ordinal of this.ordinals(this.replicas)) {
            assert.match(marker[`member-${ordinal}`] ?? "", /^started [0-9a-f]{32}$/);
        }
        const running = cluster.live().map(({ name }) => name);
        assert.deepEqual(
            running,
            pods.map(({ name }) => name),
        );
        for (const pod of pods) {
            await assert.rejects(
                put(pod.clientUrl, "key", "value"),
                /user name is empty/,
                `auth is off at ${pod.name}`,
            );
        }
        await cluster.sameData();
    }

    /** Ends a writer and keeps what was acknowledged to it. */
    async collect(writer: Writer): Promise<void> {
        await writer.stop();
        writer.acknowledged.forEach((value, key) => this.acknowledged.set(key, value));
    }

    /** By hand, because that is not what is tried here. */
    private async throwOut(size: number): Promise<void> {
        const { cluster } = this;
        await cluster.setReplicas(size);
        const members = await cluster.memberList(cluster.pod(0));
        for (const pod of cluster.pods.slice(size).filter(({ running }) => running)) {
            const { id } = members.find(({ name }) => name === pod.name)!;
            await cluster.etcdctl(cluster.pod(0), ["member", "remove", id]);
            await pod.vanish();
        }
        await cluster.controllerHasSeen();
    }

    private ordinals(size: number): number[] {
        return [...Array(size).keys()];
    }
}
