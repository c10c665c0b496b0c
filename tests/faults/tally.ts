/** What became of a load's operations, in numbers, and what was wrong with those that failed. */
import { Gap } from "../support/scripts-client";
import { clock } from "./history";

/** One number for clients of the client Service, one for clients that keep to one member. */
export interface ByKind {
    balanced: number;
    pinned: number;
}

export interface Figures {
    /** Operations that were answered as asked, reads and streamed writes included. */
    acknowledged: number;
    /** Operations that were not. */
    failed: number;
    /** Failed writes to shared keys that may have happened all the same. */
    maybe: number;
    /** The longest time in milliseconds in which no write of any client was acknowledged. */
    gap: number;
    /** Operations whose token a member refused, and that were asked again with another one: they are no failures by that. */
    renewed: ByKind;
}

/** One operation that was not answered as asked. */
export interface Failure {
    /** The member that the client keeps to; undefined: it goes through the client Service. */
    ordinal?: number;
    /** Times by {@link clock}. */
    from: number;
    to: number;
    reason: string;
}

export class Tally {
    acknowledged = 0;
    maybe = 0;
    readonly failures: Failure[] = [];
    private readonly renewed: ByKind = { balanced: 0, pinned: 0 };
    private gap = new Gap();

    /** `ordinalOf`: the member that a client keeps to at this moment; undefined: none. */
    constructor(private readonly ordinalOf: (client: number) => number | undefined) {}

    get figures(): Figures {
        const { acknowledged, maybe, gap, renewed, failures } = this;
        return { acknowledged, failed: failures.length, maybe, gap: Math.round(gap.longest), renewed: { ...renewed } };
    }

    succeeded(wrote: boolean): void {
        this.acknowledged++;
        if (wrote) {
            this.gap.mark();
        }
    }

    failed(client: number, from: number, error: unknown): void {
        this.failures.push({ ordinal: this.ordinalOf(client), from, to: clock(), reason: reasonOf(error) });
    }

    /** An operation of that client met a token that is no longer good. */
    renews(client: number): void {
        this.renewed[this.ordinalOf(client) === undefined ? "balanced" : "pinned"]++;
    }

    /** From now on, the clients being logged in. */
    watch(): void {
        this.gap = new Gap();
    }

    /** A gap that still goes on counts as well. */
    end(): void {
        this.gap.mark();
    }
}

/** What `fetch` itself says is always the same; why is in its cause. */
function reasonOf(error: unknown): string {
    const { code, message } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    return [String(error), code, message].filter(Boolean).join(", ");
}

/** Whether client and member did not take each other for what they are, by OpenSSL's and Node's own names for it. */
export const isDistrust = ({ reason }: Pick<Failure, "reason">): boolean =>
    /CERT|ERR_TLS|ERR_SSL|EPROTO|SIGNATURE|ALTNAME/.test(reason);
