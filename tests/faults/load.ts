/**
 * Load for a cluster that is being broken: clients whose history goes to the judge (tests/faults/verdict.ts), and beside them
 * a steady stream of writes, for the acknowledged ones that are missing and for the time in which none got through.
 */
import { randomBytes } from "crypto";

import { login, readPrefix } from "../support/scripts-client";
import { waitFor } from "../support/scripts-wait";
import { History } from "./history";
import { Registers } from "./registers";
import { Session } from "./session";
import { Stream } from "./stream";
import { Tally, type Failure, type Figures } from "./tally";

export interface LoadOptions {
    /**
     * Client URLs as of now: the client Service, and behind it the members, by ordinal. Client n keeps to number n modulo their count,
     * so some clients are balanced and some are pinned to one member each. Asked before each request, as addresses change.
     */
    targets: () => string[];
    /** Absent: an etcd without auth. Several: clients do not know which is right, see {@link Session}. */
    passwords?: string[];
    /** Where the history goes. */
    file: string;
    clients?: number;
    /** Milliseconds that a client rests after each operation. */
    pause?: number;
}

export class Load {
    private readonly history: History;
    private readonly tally: Tally;
    private readonly registers: Registers;
    private readonly stream: Stream;
    private readonly clients: number;
    private readonly work: Promise<unknown>;
    private running = true;

    private constructor(private readonly options: LoadOptions) {
        const { targets, file, clients = 6, pause = 15 } = options;
        // Keys of this load alone: the judge takes them to be absent at first.
        const name = randomBytes(4).toString("hex");
        const running = () => this.running;
        const placeOf = (n: number) => n % Math.max(1, targets().length);
        this.tally = new Tally((n) => (placeOf(n) === 0 ? undefined : placeOf(n) - 1));
        const renews = (n: number) => () => this.tally.renews(n);
        const sessions = Array.from(
            { length: clients },
            (_, n) => new Session(() => targets()[placeOf(n)], options.passwords ?? [], undefined, renews(n)),
        );
        this.clients = clients;
        this.history = new History(file);
        this.registers = new Registers(`r/${name}/`, this.history, this.tally);
        this.stream = new Stream(`w/${name}/`, sessions, this.tally);
        const loops = sessions.map((session, n) => this.registers.run(n, session, pause, running));
        this.work = Promise.all([...loops, this.stream.run(running)]);
    }

    /** Starts the clients, and waits until writes get through. */
    static async start(options: LoadOptions): Promise<Load> {
        const load = new Load(options);
        try {
            await waitFor("the first write of the load", () => load.stream.acknowledged.size > 0);
        } catch (error) {
            await load.stop();
            throw error;
        }
        load.tally.watch();
        return load;
    }

    /** So far. */
    get figures(): Figures {
        return this.tally.figures;
    }

    /** So far, one by one. */
    get failures(): readonly Failure[] {
        return this.tally.failures;
    }

    /** Ends all clients; what is under way is waited for. */
    async stop(): Promise<void> {
        this.running = false;
        await this.work;
        this.tally.end();
        this.history.flush();
    }

    /**
     * After the end: the cluster was taken back to a snapshot made between these two times. What was acknowledged before must be in
     * it, what was asked for later must not.
     */
    rewind(from: number, to: number): void {
        this.history.rewind(from, to);
        this.stream.rewind(from);
    }

    /** After the end: a linearizable read of every shared key, so that a write that was lost shows to the judge. */
    async finalReads(url: string): Promise<void> {
        const session = new Session(() => url, this.options.passwords ?? []);
        for (const key of this.history.keys) {
            const read = () => this.registers.attempt(session, { client: this.clients, op: "get", key });
            await waitFor(`the final read of ${key}`, read);
        }
        this.history.flush();
    }

    /** The streamed writes that were acknowledged and that the cluster does not hold. */
    async lost(url: string): Promise<string[]> {
        const password = this.options.passwords?.at(-1);
        const token = password === undefined ? undefined : await login(url, password);
        const found = await readPrefix(url, this.stream.prefix, token);
        return [...this.stream.acknowledged].filter(([key, value]) => found.get(key) !== value).map(([key]) => key);
    }
}
