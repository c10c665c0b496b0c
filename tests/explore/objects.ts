/** Kubernetes objects as Pulumi makes, deletes and changes them; for scripts of before as well, whose request and size lay elsewhere. */
import { ACCEPT_VOLUMES, RECOVER_FROM } from "../../components/etcd-cluster/manifests/recovery-request";
import { namesOf } from "../../components/etcd-cluster/names";
import type { Cluster } from "../support/scripts-cluster";
import { environment } from "../support/scripts-environment";
import { clusterObjects } from "../support/scripts-objects";
import { OF_BEFORE } from "./of-before";

export type Data = Record<string, string>;

export class Objects {
    /** The request in the config, as it is written there. */
    request: string | undefined;

    constructor(
        private readonly cluster: Cluster,
        public size: number,
    ) {}

    /** `pulumi up`: what is missing is made. */
    async up(replicas: number): Promise<void> {
        const had = await this.marker().catch(() => undefined);
        const objects = clusterObjects(this.cluster.names, replicas, this.size);
        await environment().api.kubectl(["apply", "-f", "-"], JSON.stringify(objects));
        if (OF_BEFORE && !had) {
            await this.patchMarker({ initialClusterSize: String(this.size) });
        }
        await this.ask(this.request);
    }

    /** `pulumi destroy`, which leaves the volumes and their claims. */
    async destroy(): Promise<void> {
        const { recoveryRequest } = namesOf(this.cluster.set);
        await this.deleteSet();
        await this.cluster.kubectl("delete", "configmap", this.cluster.marker, recoveryRequest, "--ignore-not-found");
    }

    async deleteSet(): Promise<void> {
        await this.cluster.kubectl(
            ...["delete", "statefulset", this.cluster.set, "--cascade=background", "--ignore-not-found"],
        );
    }

    /** A claim for the volume of that ordinal. */
    async claim(ordinal: number): Promise<void> {
        const claim = {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: {
                name: this.claimName(ordinal),
                labels: { "k8s-app": this.cluster.set, app: "etcd" },
            },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        };
        const { namespace } = this.cluster;
        await environment().api.kubectl(["--namespace", namespace, "apply", "-f", "-"], JSON.stringify(claim));
    }

    async unclaim(...ordinals: number[]): Promise<void> {
        for (const name of ordinals.map((ordinal) => this.claimName(ordinal))) {
            // A controller would take that away, which does not run here.
            const patch = JSON.stringify({ metadata: { finalizers: null } });
            await this.cluster.kubectl("patch", "pvc", name, "--type=merge", "-p", patch);
            await this.cluster.kubectl("delete", "pvc", name, "--wait=false");
        }
    }

    /** `recoverFrom` and `recoverSnapshot` in the config, or out of it. */
    async ask(request: string | undefined): Promise<void> {
        this.request = request;
        const holder = OF_BEFORE ? this.cluster.marker : namesOf(this.cluster.set).recoveryRequest;
        const change = request === undefined ? `${RECOVER_FROM}-` : `${RECOVER_FROM}=${request}`;
        await this.cluster.kubectl("annotate", "--overwrite", "configmap", holder, change);
    }

    /** `acceptVolumes` in the config; scripts of before know of no such thing. */
    async accept(word: string): Promise<void> {
        const holder = namesOf(this.cluster.set).recoveryRequest;
        if (!OF_BEFORE) {
            await this.cluster.kubectl("annotate", "--overwrite", "configmap", holder, `${ACCEPT_VOLUMES}=${word}`);
        }
    }

    /** The lines of the marker; fails when there is none. */
    marker(): Promise<Data> {
        return this.cluster.readMarker();
    }

    /** A line that is null goes. */
    async patchMarker(lines: Record<string, string | null>): Promise<void> {
        const patch = JSON.stringify({ data: lines });
        await this.cluster.kubectl("patch", "configmap", this.cluster.marker, "--type=merge", "-p", patch);
    }

    /** All lines at once, as from a backup. */
    async replaceMarker(data: Data): Promise<void> {
        const now = await this.marker();
        const gone = Object.keys(now).filter((key) => !(key in data));
        await this.patchMarker({ ...Object.fromEntries(gone.map((key) => [key, null])), ...data });
    }

    async deleteMarker(): Promise<void> {
        await this.cluster.kubectl("delete", "configmap", this.cluster.marker, "--ignore-not-found");
    }

    private claimName(ordinal: number): string {
        return `datadir-${this.cluster.set}-${ordinal}`;
    }
}
