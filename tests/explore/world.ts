/** A cluster with all that surrounds it, and all that a sequence may do to it. */
import * as fs from "fs";
import * as path from "path";

import { Cluster, PASSWORD } from "../support/scripts-cluster";
import { DnsServer } from "../support/scripts-dns";
import { environment } from "../support/scripts-environment";
import type { FakePod } from "../support/scripts-pod";
import { sleep } from "../support/scripts-wait";
import { Client } from "./clients";
import { Clock, CLOCK_ENVIRONMENT, SHELL, SPEED } from "./clock";
import { Disk } from "./disks";
import { History } from "./history";
import { Kubelet } from "./kubelet";
import { ordinals } from "./model";
import { Objects, type Data } from "./objects";
import { OF_BEFORE } from "./of-before";
import { Watch } from "./watch";

let count = 0;

/** Real seconds, in those of the scripts. */
const OBJECTION_SECONDS = 12 * SPEED;
/** Of scripts of before, which give their calls time by that same clock. */
const PRE_STOP_SECONDS = 24 * SPEED;

export class World {
    readonly disks: Disk[] = [];
    readonly clients: Client[] = [];
    /** What the marker was, one after the other. */
    readonly markers: Data[] = [];
    /** Lines of the marker that a sequence changed, and what they were. */
    readonly edited = new Map<string, { now: string | null; before: string | null }>();
    /** Passwords of user root, the newest first. */
    readonly passwords = [PASSWORD];
    /** What is still going on beside the sequence. */
    readonly background: Promise<unknown>[] = [];
    /** The clusters' tokens, the newest last. */
    readonly tokens: string[];
    /** When the snapshot that everybody has began to be taken. */
    snapshotAt: number | undefined;
    ended = false;
    private requests = 0;

    private constructor(
        readonly cluster: Cluster,
        readonly dns: DnsServer,
        readonly kubelet: Kubelet,
        readonly objects: Objects,
        readonly clock: Clock,
        readonly watch: Watch,
        readonly history: History,
    ) {
        this.tokens = [cluster.token];
    }

    static async make(size: number): Promise<World> {
        const dns = new DnsServer(`127.200.${++count >> 8}.${count & 255}`);
        await dns.start();
        const cluster = await Cluster.create({
            replicas: 0,
            initialClusterSize: size,
            shell: SHELL,
            dns,
            env: {
                OBJECTION_SECONDS: String(OBJECTION_SECONDS),
                ...(OF_BEFORE && { LIMIT: String(PRE_STOP_SECONDS) }),
                ...CLOCK_ENVIRONMENT,
            },
        });
        const clock = new Clock(path.join(cluster.folder, "points"));
        fs.writeFileSync(path.join(cluster.folder, "file-modes"), "");
        const objects = new Objects(cluster, size);
        await objects.deleteMarker();
        await objects.up(size);
        let world: World | undefined = undefined;
        const firstPod = (pod: FakePod, ordinal: number) => world!.attach(pod, ordinal);
        const history = new History();
        const watch = new Watch(history, () => cluster.pods);
        // Its loop begins with the next turn of the event loop, when there is a world.
        const kubelet = new Kubelet(cluster, size, firstPod);
        world = new World(cluster, dns, kubelet, objects, clock, watch, history);
        kubelet.onGone = (ordinal) => history.end(ordinal, "frozen");
        world.wants(size);
        return world;
    }

    /** How many members are wanted from now on. */
    wants(replicas: number): void {
        this.kubelet.replicas = replicas;
        this.history.wanted.push({ at: Date.now(), replicas });
    }

    /** Ordinals that have a disk. */
    get ordinals(): number[] {
        return ordinals(this.disks.length);
    }

    pod(ordinal: number): FakePod {
        return this.cluster.pod(ordinal);
    }

    has(ordinal: number): boolean {
        return ordinal < this.disks.length;
    }

    /** Whether the pod is Ready, as the kubelet finds. */
    async isReady(ordinal: number): Promise<boolean> {
        const running = this.kubelet.up.includes(ordinal) && !this.kubelet.isFrozen(ordinal);
        return running && (await this.pod(ordinal).ready()).code === 0;
    }

    /** Whether all are Ready but those that have no node, or are frozen. */
    async allReady(): Promise<boolean> {
        const able = ordinals(this.kubelet.replicas).filter((each) => !this.kubelet.pending.has(each));
        for (const ordinal of able.filter((each) => !this.kubelet.isFrozen(each))) {
            if (!(await this.isReady(ordinal).catch(() => false))) {
                return false;
            }
        }
        return able.length > 0;
    }

    /** Waits until all whose pods can run are Ready, no longer than that many seconds. */
    async settle(limit: number): Promise<boolean> {
        const deadline = Date.now() + limit * 1000;
        while (Date.now() < deadline && !this.ended) {
            if (await this.allReady()) {
                return true;
            }
            await sleep(500);
        }
        return false;
    }

    /** The snapshot that is put onto volumes: taken now, if anybody can. */
    async takeSnapshot(): Promise<void> {
        const at = Date.now();
        const part = `${this.snapshot}.part`;
        for (const ordinal of this.kubelet.up) {
            try {
                await this.cluster.etcdctl(this.pod(ordinal), ["snapshot", "save", part], this.passwords[0]);
                fs.renameSync(part, this.snapshot);
                this.snapshotAt = at;
                return;
            } catch {
                fs.rmSync(part, { force: true });
            }
        }
    }

    get snapshot(): string {
        return path.join(this.cluster.folder, "snapshot.db");
    }

    /** Whether a disk has the data of that member. */
    holds(ordinal: number, member: string): boolean {
        if (!this.has(ordinal)) {
            return false;
        }
        const wal = this.pod(ordinal).path("data/default.etcd/member/wal");
        const logs = fs.existsSync(wal) ? fs.readdirSync(wal).filter((name) => name.endsWith(".wal")) : [];
        return logs.length > 0 && this.pod(ordinal).file("data/member-id") === member;
    }

    /** The identity of the cluster is another one from now on. */
    newToken(): void {
        this.useToken(`${this.tokens[0]}-${this.tokens.length}`);
    }

    useToken(token: string): void {
        this.tokens.push(token);
        this.ordinals.forEach((ordinal) => (this.pod(ordinal).spec.env.INITIAL_CLUSTER_TOKEN = token));
    }

    /** A request that nobody made before. */
    newRequest(ordinal: number, file?: string): string {
        return [ordinal, `r${++this.requests}`, ...(file ? [file] : [])].join(" ");
    }

    /** A word that nobody said before. */
    newWord(): string {
        return `w${++this.requests}`;
    }

    async rememberMarker(): Promise<void> {
        const data = await this.objects.marker().catch(() => undefined);
        if (data && JSON.stringify(data) !== JSON.stringify(this.markers.at(-1))) {
            this.markers.push(data);
        }
    }

    /** Something that goes on beside the sequence. */
    beside(work: Promise<unknown>): void {
        this.background.push(work.catch(() => undefined));
    }

    /** The data of a disk is lost. */
    wiped(ordinal: number): void {
        this.history.begin(ordinal, "wiped");
        this.history.end(ordinal, "wiped");
    }

    async end(): Promise<void> {
        this.ended = true;
        this.watch.stop();
        this.clock.stop();
        await this.kubelet.stop();
        await Promise.all(this.clients.map((client) => client.stop()));
        await Promise.all(this.ordinals.map((ordinal) => this.kubelet.vanish(ordinal)));
        await Promise.all(this.background);
        await Promise.all(this.disks.map((disk) => disk.detach()));
        this.dns.stop();
        await this.cluster.destroy();
    }

    private async attach(pod: FakePod, ordinal: number): Promise<void> {
        const disk = new Disk(pod);
        await disk.attach();
        this.disks.push(disk);
        pod.spec.env.INITIAL_CLUSTER_TOKEN = this.tokens.at(-1)!;
        this.giveSecrets(pod);
        await this.objects.claim(ordinal);
        const isThere = () => this.kubelet.up.includes(ordinal);
        this.clients.push(
            new Client(ordinal, pod.clientUrl, isThere, () => this.passwords, this.history, this.cluster.set),
        );
    }

    /** The Secret of the root password, as it is now. */
    giveSecrets(pod: FakePod): void {
        const [password = "", previous] = this.passwords;
        pod.mountSecrets({
            "root-password/password": password,
            ...(previous !== undefined && { "root-password/previous": previous }),
        });
    }

    forbid(password: string): void {
        environment().leaks.forbid(password);
    }
}
