// Waiting for a condition, with a generous limit, and a report of what was there instead when it runs out.

export interface WaitOptions {
    /** Seconds. Generous on purpose: a slow machine must not fail a test that is about order, not speed. */
    limit?: number;
    /** Milliseconds between two looks. */
    interval?: number;
    /** Shown when the limit is reached, e.g. the tail of every log. */
    report?: () => string;
}

export function sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Polls until `condition` gives something truthy, and returns it. An error counts as "not yet". */
export async function waitFor<T>(
    what: string,
    condition: () => T | Promise<T>,
    options: WaitOptions = {},
): Promise<NonNullable<T>> {
    const limit = options.limit ?? 60;
    const deadline = Date.now() + limit * 1000;
    let last = "the condition was false";
    do {
        try {
            const result = await condition();
            if (result) {
                return result;
            }
            last = "the condition was false";
        } catch (error) {
            last = String(error);
        }
        await sleep(options.interval ?? 100);
    } while (Date.now() < deadline);
    throw new Error(`waited ${limit} s for: ${what} (last: ${last})\n${options.report?.() ?? ""}`);
}
