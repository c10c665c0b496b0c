/** Waiting for a condition, with a limit and a message that says where to look. */

export interface WaitOptions {
    /** Seconds. */
    limit?: number;
    /** Folder of logs to name when it does not come. */
    logs?: string;
}

/** Returns when `condition` holds. Errors: it did not within the limit. */
export async function waitUntil(
    what: string,
    condition: () => Promise<boolean>,
    { limit = 180, logs }: WaitOptions = {},
): Promise<void> {
    const end = Date.now() + limit * 1000;
    while (!(await condition())) {
        if (Date.now() > end) {
            throw new Error(`waited ${limit} s in vain for ${what}${logs ? `; logs are in ${logs}` : ""}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}
