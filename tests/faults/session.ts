/**
 * One client of etcd as an application would be: an endpoint, a token that it renews, three operations, short patience. As etcd's own
 * client does, it logs in and asks again when a member refuses its token; everything else that goes wrong is the caller's.
 */
import { base64, call, decode, login, Refusal, type KeyValue } from "../support/scripts-client";
import type { Answer } from "./history";

/** Less than the seven seconds after which etcd itself gives a write up. */
const PATIENCE_MS = 5000;

export class Session {
    private token: Promise<string> | undefined;

    /**
     * Without a password, for an etcd without auth; of several, which the owner may change, it shows one after the other until one is
     * taken. `patience`: milliseconds after which no answer is waited for. `renews` is told once of each operation whose token was refused.
     */
    constructor(
        private readonly endpoint: () => string | undefined,
        private readonly passwords: readonly string[],
        private readonly patience = PATIENCE_MS,
        private readonly renews: () => void = () => undefined,
    ) {}

    /** Has a token, or gets one. Of its own, so that an operation's time begins when it is really sent. */
    async ready(): Promise<void> {
        if (this.passwords.length > 0) {
            const token = (this.token ??= this.login());
            await token.catch((error: unknown) => {
                this.forget(token);
                throw error;
            });
        }
    }

    private async login(): Promise<string> {
        const [newest, ...others] = [...this.passwords].reverse();
        // Once more the newest: the change may have come in between.
        const further = others.length > 0 ? [...others, newest!] : [];
        let answer = login(this.url(), newest!, this.patience);
        for (const password of further) {
            answer = answer.catch((error: unknown) => {
                if (error instanceof Refusal && /authentication failed/.test(error.reason)) {
                    return login(this.url(), password, this.patience);
                }
                throw error;
            });
        }
        return answer;
    }

    async put(key: string, value: string): Promise<void> {
        await this.ask("kv/put", { key: base64(key), value: base64(value) });
    }

    /** A linearizable read. */
    async get(key: string): Promise<string | null> {
        return valueOf(await this.ask("kv/range", { key: base64(key) }));
    }

    /** Replaces `expect` (null: no such key) by `value`. */
    async swap(key: string, expect: string | null, value: string): Promise<Answer> {
        const name = base64(key);
        const condition =
            expect === null
                ? { key: name, target: "CREATE", create_revision: "0" }
                : { key: name, target: "VALUE", value: base64(expect) };
        const answer = await this.ask("kv/txn", {
            compare: [{ ...condition, result: "EQUAL" }],
            success: [{ request_put: { key: name, value: base64(value) } }],
            failure: [{ request_range: { key: name } }],
        });
        if (answer.succeeded) {
            return { swapped: true };
        }
        const [{ response_range: range }] = answer.responses as [{ response_range: Record<string, unknown> }];
        return { swapped: false, found: valueOf(range) };
    }

    private async ask(method: string, body: object): Promise<Record<string, unknown>> {
        const end = performance.now() + this.patience;
        for (let tries = 1; ; tries++) {
            const used = this.token;
            try {
                return await call(this.url(), method, body, await used, this.patience);
            } catch (error) {
                // Whatever was wrong with the request may have been its token: expired, or older than a change of auth. A database that is
                // full says something else, and a login for each refusal would leave no time for anything.
                if (error instanceof Refusal && error.status < 500 && error.status !== 429) {
                    this.forget(used);
                }
                if (this.passwords.length === 0 || !isRefusedToken(error) || performance.now() >= end) {
                    throw error;
                }
                if (tries === 1) {
                    this.renews();
                }
                await this.ready();
            }
        }
    }

    /** The next one to need a token gets another, unless somebody has got one already. */
    private forget(token: Promise<string> | undefined): void {
        if (this.token === token) {
            this.token = undefined;
        }
    }

    private url(): string {
        const url = this.endpoint();
        if (!url) {
            throw new NoEndpoint("there is no endpoint");
        }
        return url;
    }
}

class NoEndpoint extends Error {}

function valueOf(range: Record<string, unknown>): string | null {
    const [pair] = (range.kvs ?? []) as KeyValue[];
    return pair ? decode(pair.value) : null;
}

/**
 * Signed with another key than that member has, or expired; or given before users or passwords were last changed. Nothing has
 * happened: the first is refused at the door, the second before it is carried out.
 */
const TOKEN = /invalid auth token|revision of auth store is old/;
const isRefusedToken = (error: unknown) => error instanceof Refusal && TOKEN.test(error.reason);

/** Answers by which etcd says that it has not written and will not. */
const REFUSED = new RegExp(`${TOKEN.source}|user name is empty|rpc not supported for learner`);

/**
 * Whether an error proves that a write did not and will not happen: it was not sent, or refused. Everything else
 * is a maybe, above all what looks like a failure: a time-out, a reset connection, "leader changed", "request timed out".
 */
export function provesNothingHappened(error: unknown): boolean {
    if (error instanceof Refusal) {
        return REFUSED.test(error.reason);
    }
    const { code, syscall } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    return error instanceof NoEndpoint || code === "ECONNREFUSED" || syscall === "connect" || syscall === "getaddrinfo";
}
