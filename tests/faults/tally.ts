/** What became of a load's operations, in numbers. */
import { Gap } from "../support/scripts-client";

export interface Figures {
    /** Operations that were answered as asked, reads and streamed writes included. */
    acknowledged: number;
    /** Operations that were not. */
    failed: number;
    /** Failed writes to shared keys that may have happened all the same. */
    maybe: number;
    /** The longest time in milliseconds in which no write of any client was acknowledged. */
    gap: number;
}

export class Tally {
    acknowledged = 0;
    failed = 0;
    maybe = 0;
    private gap = new Gap();

    get figures(): Figures {
        const { acknowledged, failed, maybe, gap } = this;
        return { acknowledged, failed, maybe, gap: Math.round(gap.longest) };
    }

    succeeded(wrote: boolean): void {
        this.acknowledged++;
        if (wrote) {
            this.gap.mark();
        }
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
