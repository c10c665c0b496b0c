/** Writes keys that nobody overwrites, for two plain questions: is one missing, and how long did none get through? */
import { sleep } from "../support/scripts-wait";
import type { Session } from "./session";
import { clock } from "./history";
import type { Tally } from "./tally";

/**
 * Milliseconds between two writes, whatever became of those before: clients that all wait for the answer of a dead leader
 * would see a gap as long as their patience.
 */
const EVERY_MS = 25;

export class Stream {
    /** What the cluster must hold. */
    readonly acknowledged = new Map<string, string>();
    private readonly times = new Map<string, number>();

    /** Writes `<prefix><client>/<n>` over the clients' own sessions, in turn. */
    constructor(
        readonly prefix: string,
        private readonly sessions: Session[],
        private readonly tally: Tally,
    ) {}

    async run(running: () => boolean): Promise<void> {
        const pending = new Set<Promise<void>>();
        for (let n = 0; running(); n++) {
            const write = this.write(n).finally(() => pending.delete(write));
            pending.add(write);
            await sleep(EVERY_MS);
        }
        await Promise.all(pending);
    }

    /** The cluster need not hold what was acknowledged after that time. */
    rewind(to: number): void {
        [...this.times].filter(([, time]) => time >= to).forEach(([key]) => this.acknowledged.delete(key));
    }

    private async write(n: number): Promise<void> {
        const client = n % this.sessions.length;
        const key = `${this.prefix}${client}/${n}`;
        const begin = clock();
        try {
            await this.sessions[client]!.ready();
            await this.sessions[client]!.put(key, String(n));
            this.acknowledged.set(key, String(n));
            this.times.set(key, clock());
            this.tally.succeeded(true);
        } catch (error) {
            // Maybe written, maybe not: either is right.
            this.tally.failed(client, begin, error);
        }
    }
}
