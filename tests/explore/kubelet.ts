/** Plays the StatefulSet controller and the kubelets: pods follow `replicas`, each in its own time. */
import type { Cluster } from "../support/scripts-cluster";
import type { FakePod } from "../support/scripts-pod";
import { sleep } from "../support/scripts-wait";

interface Slot {
    pod: FakePod;
    state: "none" | "starting" | "running" | "stopping";
    frozen: boolean;
    /** What is being done about the pod; one thing at a time. */
    work: Promise<unknown>;
}

/** Milliseconds between two looks of the controller. */
const LOOK = 200;

export class Kubelet {
    readonly slots: Slot[] = [];
    /** Ordinals whose pods find no node. */
    readonly pending = new Set<number>();
    /** Whether there is a StatefulSet. */
    exists = true;
    /** Told of each pod that was made to vanish. */
    onGone: (ordinal: number) => void = () => undefined;
    private told = "";
    private running = true;
    private readonly loop: Promise<void>;

    constructor(
        private readonly cluster: Cluster,
        public replicas: number,
        private readonly firstPod: (pod: FakePod, ordinal: number) => Promise<void>,
    ) {
        this.loop = this.run();
    }

    /** Ordinals whose containers run. */
    get up(): number[] {
        return this.slots.flatMap(({ state, pod }, ordinal) => (state === "running" && pod.running ? [ordinal] : []));
    }

    /** Ordinals that have a pod. */
    get present(): number[] {
        return this.slots.flatMap(({ state }, ordinal) => (state === "none" ? [] : [ordinal]));
    }

    isFrozen(ordinal: number): boolean {
        return this.slots[ordinal]?.frozen ?? false;
    }

    /** `kubectl delete pod`. What is frozen hears of it later. */
    delete(ordinal: number): void {
        const slot = this.slots[ordinal];
        if (slot?.state !== "running" || slot.frozen) {
            return;
        }
        slot.state = "stopping";
        slot.work = slot.pod
            .delete()
            .catch(() => undefined)
            .then(() => void (slot.state = "none"));
    }

    /** The pod's node is lost, or it is deleted by force: no preStop, no TERM. */
    async vanish(ordinal: number): Promise<void> {
        const slot = this.slots[ordinal];
        if (!slot || slot.state === "none") {
            return;
        }
        if (slot.state === "starting") {
            await slot.work;
        }
        slot.state = "stopping";
        slot.frozen = false;
        await slot.pod.vanish().catch(() => undefined);
        await slot.work;
        await slot.pod.vanish().catch(() => undefined);
        slot.state = "none";
        this.onGone(ordinal);
    }

    freeze(ordinal: number, signal: "SIGSTOP" | "SIGCONT" = "SIGSTOP"): void {
        const slot = this.slots[ordinal];
        if (slot?.state !== "running" || !slot.pod.running) {
            return;
        }
        slot.frozen = signal === "SIGSTOP";
        // Twice: a shell may have begun another process meanwhile.
        for (const { pid } of [...slot.pod.processes(), ...slot.pod.processes()]) {
            try {
                process.kill(pid, signal);
            } catch {
                // It has ended.
            }
        }
    }

    thaw(ordinal: number): void {
        if (this.isFrozen(ordinal)) {
            this.freeze(ordinal, "SIGCONT");
        }
    }

    /** Waits until no pod is being started or stopped. */
    async rest(limit = 90): Promise<void> {
        const deadline = Date.now() + limit * 1000;
        const busy = () => this.slots.some(({ state }) => state === "starting" || state === "stopping");
        while (busy() && Date.now() < deadline) {
            await sleep(LOOK);
        }
    }

    /** Everything ends; the pods stay as they are. */
    async stop(): Promise<void> {
        this.running = false;
        await this.loop;
    }

    private async run(): Promise<void> {
        while (this.running) {
            await this.reconcile().catch(() => undefined);
            await sleep(LOOK);
        }
    }

    private async reconcile(): Promise<void> {
        if (!this.exists) {
            return;
        }
        for (let ordinal = 0; ordinal < Math.max(this.replicas, this.slots.length); ordinal++) {
            const slot = this.slots[ordinal];
            if (ordinal >= this.replicas) {
                this.delete(ordinal);
            } else if ((!slot || slot.state === "none") && !this.pending.has(ordinal)) {
                await this.create(ordinal);
            }
        }
        await this.tell();
    }

    private async create(ordinal: number): Promise<void> {
        if (!this.slots[ordinal]) {
            // Pods that are there already, and one by one those below.
            for (let next = this.slots.length; next <= ordinal; next++) {
                const pod = this.cluster.pods[next] ?? (await this.cluster.addPod());
                await this.firstPod(pod, next);
                this.slots.push({ pod, state: "none", frozen: false, work: Promise.resolve() });
            }
        }
        const slot = this.slots[ordinal]!;
        slot.state = "starting";
        slot.frozen = false;
        slot.work = slot.pod.create().then(
            () => void (slot.state = "running"),
            () => void (slot.state = "none"),
        );
    }

    /** The status that belongs to the newest spec. */
    private async tell(): Promise<void> {
        const { set, cluster } = { set: this.cluster.set, cluster: this.cluster };
        const pods = this.present.length;
        const wanted = `${this.replicas} ${pods} ${this.set}`;
        if (this.told === wanted) {
            return;
        }
        const generation = await cluster.kubectl("get", "statefulset", set, "-o", "jsonpath={.metadata.generation}");
        const status = { observedGeneration: Number(generation), replicas: pods };
        const patch = JSON.stringify({ status });
        await cluster.kubectl("patch", "statefulset", set, "--subresource=status", "--type=merge", "-p", patch);
        this.told = wanted;
    }

    /** Which StatefulSet it is: another number for one that was made anew. */
    set = 0;
}
