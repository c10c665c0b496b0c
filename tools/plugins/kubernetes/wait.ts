// Waiting until an object is what it should be. Polling is used, not watching: a lost connection then needs no
// handling of its own, and half a second is soon enough for what pods take.
import { setTimeout as sleep } from "node:timers/promises";
import type { EngineLog } from "../shared/engine";

const INTERVAL_MS = 500;
const WARN_EVERY_MS = 10_000;
const EVENTS_EVERY_MS = 2000;

export interface Judgement {
    readonly done: boolean;
    /** It will never be done: there is nothing to wait for any more. */
    readonly failed?: boolean;
    /** What to show while it lasts. */
    readonly progress?: string;
    /** What its events warn of, asked for every few looks. */
    warnings?(): Promise<string[]>;
    /** Why it is not done, in words for the user; asked for seldom, since it may need more requests. */
    problems?(): Promise<string[]> | string[];
}

export interface Waiting {
    readonly urn: string;
    readonly log: EngineLog;
    readonly seconds: number;
    readonly cancelled: AbortSignal;
}

/** How the error of a wait begins. */
export interface Subject {
    readonly timedOut: string;
    readonly cancelled: string;
    readonly failed?: string;
}

export class WaitError extends Error {
    constructor(
        message: string,
        readonly problems: readonly string[],
    ) {
        super(message);
    }
}

/** Asks until done. `subject` starts the error: "'x' timed out waiting to be Ready". */
export async function waitFor(waiting: Waiting, subject: Subject, judge: () => Promise<Judgement>): Promise<void> {
    const deadline = Date.now() + waiting.seconds * 1000;
    let shown = "";
    let nextWarning = Date.now() + WARN_EVERY_MS;
    let nextEvents = Date.now();
    const told = new Set<string>();
    // The same text is shown once, as by the official plugin.
    const warn = async (texts: readonly string[]): Promise<void> => {
        for (const text of texts.filter((one) => !told.has(one))) {
            told.add(text);
            await waiting.log.status("warning", waiting.urn, text);
        }
    };
    for (;;) {
        const judgement = await judge();
        if (judgement.done) {
            return waiting.log.status("info", waiting.urn, "");
        }
        if (judgement.progress && judgement.progress !== shown) {
            shown = judgement.progress;
            await waiting.log.status("info", waiting.urn, shown);
        }
        const end = endOf(judgement, waiting, Date.now() >= deadline);
        if (end) {
            await warn((await judgement.warnings?.()) ?? []);
            throw new WaitError(subject[end] ?? subject.timedOut, (await judgement.problems?.()) ?? []);
        }
        if (Date.now() >= nextWarning) {
            nextWarning = Date.now() + WARN_EVERY_MS;
            await warn((await judgement.problems?.()) ?? []);
        }
        if (judgement.warnings && Date.now() >= nextEvents) {
            nextEvents = Date.now() + EVENTS_EVERY_MS;
            await warn(await judgement.warnings());
        }
        await sleep(INTERVAL_MS, undefined, { signal: waiting.cancelled }).catch(() => undefined);
    }
}

function endOf(judgement: Judgement, waiting: Waiting, late: boolean): keyof Subject | undefined {
    if (judgement.failed) {
        return "failed";
    }
    return waiting.cancelled.aborted ? "cancelled" : late ? "timedOut" : undefined;
}
