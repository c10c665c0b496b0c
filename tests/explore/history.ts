/** What was seen while a sequence ran. Plain data: the oracle judges it, and nothing else. Times are milliseconds of one clock. */

/** A write that etcd acknowledged. */
export interface Ack {
    key: string;
    /** The ordinal that it was sent to. */
    pod: number;
    begin: number;
    end: number;
    /** As the answer says. */
    cluster: string;
    revision: number;
}

export interface Entry {
    id: string;
    /** -1 for one that is not of this set. */
    ordinal: number;
    learner: boolean;
}

/** A linearizable member list, and who gave it. */
export interface ListSeen {
    at: number;
    pod: number;
    cluster: string;
    members: Entry[];
}

/** What lies on a disk, from that moment on. */
export interface DiskSeen {
    at: number;
    pod: number;
    /** The ID that is noted there; empty for none. */
    member: string;
    wal: boolean;
    /** The request that its data came of; empty for none. */
    life: string;
}

/** Data that had a log and is away from its place, by no doing of ours. */
export interface SetAside {
    at: number;
    pod: number;
    member: string;
}

/** A span of time in which something was wrong with a pod; without `to` it goes on. */
export interface Span {
    pod: number;
    from: number;
    to?: number;
    /** `frozen`, `cut` from the API server, or what is wrong with the disk. */
    how: string;
}

/** A recovery that was asked for. */
export interface Asked {
    at: number;
    pod: number;
    request: string;
    /** When the snapshot that it names began to be taken. */
    snapshot?: number;
    /** Nobody asked: an `up` after a `destroy` brought an old setting along. */
    stale: boolean;
}

/** From then on what was acknowledged before may be gone: its disks are, by our doing. */
export interface Gone {
    at: number;
    why: string;
}

export class History {
    readonly acks: Ack[] = [];
    readonly lists: ListSeen[] = [];
    readonly disks: DiskSeen[] = [];
    readonly setAsides: SetAside[] = [];
    readonly spans: Span[] = [];
    readonly asked: Asked[] = [];
    readonly gone: Gone[] = [];
    /** How many members were wanted, from when on. */
    readonly wanted: { at: number; replicas: number }[] = [];
    /** Disks that were put back in time, and whose data they then had; `unseen`: nobody can tell such a disk from the one before. */
    readonly rolledBack: { at: number; pod: number; member: string; unseen?: boolean }[] = [];

    /** When everything was last destroyed and brought up again. */
    comeBack: number | undefined;

    begin(pod: number, how: string): void {
        if (!this.spans.some((span) => span.pod === pod && span.how === how && span.to === undefined)) {
            this.spans.push({ pod, how, from: Date.now() });
        }
    }

    end(pod: number, how: string): void {
        this.spans
            .filter((span) => span.pod === pod && span.how === how && span.to === undefined)
            .forEach((span) => (span.to = Date.now()));
    }

    /** What was last seen on a disk at that moment. */
    diskAt(pod: number, at: number): DiskSeen | undefined {
        return this.disks.filter((each) => each.pod === pod && each.at <= at).at(-1);
    }

    /** The newest list of whoever gave one. */
    get lastList(): ListSeen | undefined {
        return this.lists.at(-1);
    }
}
