/** Clients: one for each pod, which write all the time and note what was acknowledged, and by whom. */
import { base64, call, decode, login, type KeyValue } from "../support/scripts-client";
import { sleep } from "../support/scripts-wait";
import type { History } from "./history";

const PREFIX = "explore/";
/** Milliseconds. */
const PATIENCE = 2500;
const PAUSE = { written: 120, refused: 400 };

interface Header {
    cluster_id: string;
    revision: string;
}

interface MemberOfList {
    ID: string;
    name?: string;
    peerURLs?: string[];
    isLearner?: boolean;
}

const hex = (decimal: string) => BigInt(decimal).toString(16);

export class Client {
    /** When it was last told that a write is there. */
    lastAck = 0;
    private token: string | undefined;
    private running = true;
    private readonly loop: Promise<void>;

    constructor(
        private readonly ordinal: number,
        private readonly url: string,
        private readonly isThere: () => boolean,
        /** Passwords to try, the newest first. */
        private readonly passwords: () => string[],
        private readonly history: History,
        private readonly set: string,
    ) {
        this.loop = this.run();
    }

    async stop(): Promise<void> {
        this.running = false;
        await this.loop;
    }

    /** Writes a key; throws when that is not acknowledged. */
    async write(key: string, patience = PATIENCE): Promise<void> {
        const begin = Date.now();
        const { header } = (await this.ask("kv/put", { key: base64(key), value: base64("x") }, patience)) as {
            header: Header;
        };
        const end = Date.now();
        this.history.acks.push({
            key,
            pod: this.ordinal,
            begin,
            end,
            cluster: hex(header.cluster_id),
            revision: Number(header.revision),
        });
        this.lastAck = end;
    }

    /** All keys of all clients, read linearizably. */
    async keys(patience = 20_000): Promise<Set<string>> {
        const range = { key: base64(PREFIX), range_end: base64(PREFIX.replace(/\/$/, "0")), keys_only: true };
        const { kvs } = (await this.ask("kv/range", range, patience)) as { kvs?: KeyValue[] };
        return new Set((kvs ?? []).map(({ key }) => decode(key)));
    }

    async has(key: string): Promise<boolean> {
        const { kvs } = (await this.ask("kv/range", { key: base64(key) }, PATIENCE)) as { kvs?: KeyValue[] };
        return (kvs ?? []).length > 0;
    }

    /** The member list, linearizably, and into the history. */
    async list(): Promise<void> {
        const { header, members } = (await this.ask("cluster/member/list", { linearizable: true }, PATIENCE)) as {
            header: Header;
            members: MemberOfList[];
        };
        const ordinalOf = ({ name, peerURLs }: MemberOfList) => {
            const [, ordinal] = new RegExp(`${this.set}-(\\d+)`).exec(`${peerURLs?.[0]} ${name}`) ?? [];
            return ordinal === undefined ? -1 : Number(ordinal);
        };
        this.history.lists.push({
            at: Date.now(),
            pod: this.ordinal,
            cluster: hex(header.cluster_id),
            members: members.map((each) => ({
                id: hex(each.ID),
                ordinal: ordinalOf(each),
                learner: each.isLearner ?? false,
            })),
        });
    }

    private async run(): Promise<void> {
        let listed = 0;
        for (let i = 0; this.running; i++) {
            try {
                if (!this.isThere()) {
                    throw new Error("no pod");
                }
                await this.write(`${PREFIX}${this.ordinal}/${i}`);
                if (Date.now() - listed > 1000) {
                    listed = Date.now();
                    await this.list();
                }
                await sleep(PAUSE.written);
            } catch {
                this.token = undefined;
                await sleep(PAUSE.refused);
            }
        }
    }

    private async ask(method: string, body: object, patience: number): Promise<Record<string, unknown>> {
        this.token ??= await this.login(patience);
        return call(this.url, method, body, this.token, patience);
    }

    private async login(patience: number): Promise<string> {
        let reason: unknown;
        for (const password of this.passwords()) {
            try {
                return await login(this.url, password, patience);
            } catch (error) {
                reason = error;
            }
        }
        throw reason;
    }
}
