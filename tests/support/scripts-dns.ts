// The cluster's name server for the script tests. Answers the way CoreDNS does for a headless Service: A for pods that
// exist, an empty answer (not NXDOMAIN) for any other type of an existing name, NXDOMAIN with the zone's SOA for the rest.
import * as dgram from "dgram";
import * as dnsPacket from "dns-packet";

type Question = dnsPacket.Question;

const TTL = 1;
/** Response codes are the low bits of the flags in dns-packet. */
const NXDOMAIN = 3;
const SERVFAIL = 2;

export class DnsServer {
    /** What happens to queries: answered, refused with SERVFAIL, or dropped. */
    mode: "answer" | "fail" | "silent" = "answer";
    /** Names that it denies, as one does that has not heard of a pod yet. */
    readonly denied = new Set<string>();
    private readonly records = new Map<string, string[]>();
    private readonly socket = dgram.createSocket("udp4");

    /** `address`: where it listens, on port 53. */
    constructor(readonly address = "127.0.0.1") {}

    async start(): Promise<void> {
        this.socket.on("message", (message, from) => this.handle(message, from));
        await new Promise<void>((resolve, reject) => {
            this.socket.once("error", reject);
            this.socket.bind(53, this.address, resolve);
        });
    }

    stop(): void {
        this.socket.close();
    }

    /** Adds an address to a name; several pods share the name of their Service. */
    publish(name: string, address: string): void {
        const known = this.records.get(name) ?? [];
        this.records.set(name, [...known.filter((other) => other !== address), address]);
    }

    /** Takes an address from a name; the name is gone with its last address. */
    unpublish(name: string, address: string): void {
        const rest = (this.records.get(name) ?? []).filter((other) => other !== address);
        if (rest.length > 0) {
            this.records.set(name, rest);
        } else {
            this.records.delete(name);
        }
    }

    private handle(message: Buffer, from: dgram.RemoteInfo): void {
        if (this.mode === "silent") {
            return;
        }
        const query = dnsPacket.decode(message);
        const question = query.questions?.[0];
        if (query.type !== "query" || !question) {
            return;
        }
        const flags = dnsPacket.AUTHORITATIVE_ANSWER | dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE;
        const answer = this.mode === "fail" ? { rcode: SERVFAIL, answers: [] } : this.lookUp(question);
        const reply = dnsPacket.encode({
            type: "response",
            id: query.id,
            flags: flags | answer.rcode,
            questions: query.questions,
            answers: answer.answers,
            authorities: answer.answers.length === 0 ? [startOfAuthority(question.name)] : [],
        });
        this.socket.send(reply, from.port, from.address);
    }

    private lookUp(question: Question): { rcode: number; answers: dnsPacket.Answer[] } {
        const name = question.name.toLowerCase();
        const addresses = this.records.get(name);
        if (!addresses || this.denied.has(name)) {
            return { rcode: NXDOMAIN, answers: [] };
        }
        if (question.type !== "A") {
            return { rcode: 0, answers: [] };
        }
        const answers = addresses.map((data) => ({ type: "A" as const, name: question.name, ttl: TTL, data }));
        return { rcode: 0, answers };
    }
}

function startOfAuthority(name: string): dnsPacket.Answer {
    const zone = name.split(".").slice(-2).join(".") || "local";
    const data = { mname: `ns.dns.${zone}`, rname: `hostmaster.${zone}`, serial: 1, refresh: 7200, retry: 1800 };
    return { type: "SOA", name: zone, ttl: TTL, data: { ...data, expire: 86400, minimum: TTL } };
}
