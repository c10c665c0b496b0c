// Speaks to etcd as an application would, over its JSON gateway: log in, write, read, and write without pause while the
// cluster changes underneath, keeping account of what was acknowledged.
import { sleep } from "./scripts-wait";

export const base64 = (text: string) => Buffer.from(text).toString("base64");
export const decode = (text: string) => Buffer.from(text, "base64").toString();

export interface KeyValue {
    key: string;
    value: string;
}

/** etcd answered, and not with what it was asked for. */
export class Refusal extends Error {
    constructor(
        method: string,
        readonly status: number,
        readonly reason: string,
    ) {
        super(`${method}: ${status} ${reason}`);
    }
}

export async function call(
    url: string,
    method: string,
    body: object,
    token?: string,
    limit = 8000,
): Promise<Record<string, unknown>> {
    const response = await fetch(`${url}/v3/${method}`, {
        method: "POST",
        headers: token ? { Authorization: token } : {},
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(limit),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) {
        throw new Refusal(method, response.status, String(answer.message ?? answer.error));
    }
    return answer;
}

export async function login(url: string, password: string, limit?: number, name = "root"): Promise<string> {
    const answer = await call(url, "auth/authenticate", { name, password }, undefined, limit);
    return String(answer.token);
}

export async function put(url: string, key: string, value: string, token?: string): Promise<void> {
    await call(url, "kv/put", { key: base64(key), value: base64(value) }, token);
}

/** Every key with that prefix, read linearizably. */
export async function readPrefix(url: string, prefix: string, token?: string): Promise<Map<string, string>> {
    const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
    // All that a load has written may be much.
    const answer = await call(url, "kv/range", { key: base64(prefix), range_end: base64(end) }, token, 60_000);
    const pairs = (answer.kvs ?? []) as KeyValue[];
    return new Map(pairs.map((pair) => [decode(pair.key), decode(pair.value)]));
}

/** The longest time in milliseconds without an acknowledged write. */
export class Gap {
    longest = 0;
    private last = performance.now();

    /** Something was acknowledged, or the watch ends. */
    mark(): void {
        const now = performance.now();
        this.longest = Math.max(this.longest, now - this.last);
        this.last = now;
    }
}

/** Writes unique keys, one after the other, to whichever endpoint takes them, until stopped. */
export class Writer {
    readonly acknowledged = new Map<string, string>();
    private readonly gap = new Gap();
    private running = true;
    private readonly loop: Promise<void>;
    private token: string | undefined;

    constructor(
        private readonly endpoints: () => string[],
        private readonly password: string,
        private readonly prefix = "writer/",
        private readonly user = "root",
    ) {
        this.loop = this.run();
    }

    get longestGap(): number {
        return this.gap.longest;
    }

    async stop(): Promise<void> {
        this.running = false;
        await this.loop;
        this.gap.mark();
    }

    /** The acknowledged writes that the cluster does not hold. */
    async lost(url: string): Promise<string[]> {
        const found = await readPrefix(url, this.prefix, await this.login(url));
        return [...this.acknowledged].filter(([key, value]) => found.get(key) !== value).map(([key]) => key);
    }

    private login(url: string): Promise<string> {
        return login(url, this.password, undefined, this.user);
    }

    private async run(): Promise<void> {
        for (let i = 0; this.running; i++) {
            const endpoints = this.endpoints();
            const url = endpoints[i % Math.max(1, endpoints.length)];
            const key = `${this.prefix}${i}`;
            try {
                if (!url) {
                    throw new Error("no endpoint");
                }
                this.token ??= await this.login(url);
                await put(url, key, `value ${i}`, this.token);
                this.acknowledged.set(key, `value ${i}`);
                this.gap.mark();
                await sleep(5);
            } catch {
                // Maybe written, maybe not: it does not count as acknowledged. The token may have outlived a change of auth.
                this.token = undefined;
                await sleep(20);
            }
        }
    }
}
