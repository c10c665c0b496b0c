/** Clients that put, read and swap a few keys that they share, and record what they did: one history for the judge. */
import { sleep } from "../support/scripts-wait";
import { clock, type Answer, type History, type Request } from "./history";
import { provesNothingHappened, type Session } from "./session";
import type { Tally } from "./tally";

/** Shared keys at a time, and operations after which a key gives way to a new one: short histories are judged fast. */
const KEYS = 4;
const PER_KEY = 200;
/** First and longest rest in milliseconds after an error, so that a cluster that is away does not fill the history. */
const BACK_OFF = { first: 50, longest: 250 };
const KINDS = ["put", "get", "cas"] as const;

export class Registers {
    private turn = 0;
    private values = 0;
    /** What each key held last, as far as anybody here knows: so that some swaps succeed. */
    private readonly seen = new Map<string, string | null>();

    constructor(
        readonly prefix: string,
        private readonly history: History,
        private readonly tally: Tally,
    ) {}

    /** One client; rests `pause` milliseconds after each operation. */
    async run(client: number, session: Session, pause: number, running: () => boolean): Promise<void> {
        let rest = pause;
        for (let n = client; running(); n++) {
            const done = await this.attempt(session, this.next(client, KINDS[n % KINDS.length]!));
            rest = done ? pause : Math.min(BACK_OFF.longest, Math.max(BACK_OFF.first, rest * 2));
            await sleep(rest);
        }
    }

    /** Performs and records one operation; false when it failed. */
    async attempt(session: Session, request: Request): Promise<boolean> {
        const begin = clock();
        let call: number | undefined;
        try {
            await session.ready();
            call = clock();
            const answer = await send(session, request);
            this.history.add({ ...request, ...answer, call, return: clock() });
            this.tally.succeeded(request.op === "put" || answer.swapped === true);
            this.seen.set(request.key, "found" in answer ? answer.found! : "value" in request ? request.value : null);
            return true;
        } catch (error) {
            this.tally.failed(request.client, begin, error);
            // A read that failed says nothing, and has done nothing.
            if (call !== undefined && request.op !== "get" && !provesNothingHappened(error)) {
                this.tally.maybe++;
                this.history.add({ ...request, call, return: null });
            }
            return false;
        }
    }

    private next(client: number, op: Request["op"]): Request {
        const round = Math.floor(this.turn / (KEYS * PER_KEY));
        const key = `${this.prefix}${round * KEYS + (this.turn++ % KEYS)}`;
        const value = `${client}-${this.values++}`;
        switch (op) {
            case "get":
                return { client, op, key };
            case "put":
                return { client, op, key, value };
            case "cas":
                return { client, op, key, value, expect: this.seen.get(key) ?? null };
        }
    }
}

async function send(session: Session, request: Request): Promise<Answer> {
    switch (request.op) {
        case "get":
            return { found: await session.get(request.key) };
        case "put":
            await session.put(request.key, request.value);
            return {};
        case "cas":
            return session.swap(request.key, request.expect, request.value);
    }
}
