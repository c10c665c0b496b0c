/** Progress of long steps on standard error: what runs, and for how long so far. Standard output stays for results. */

/** How often a step that goes on says so. */
const EVERY_MS = 10_000;

/** "75 s", or "3 min 05 s". */
export function duration(ms: number): string {
    const seconds = Math.round(ms / 1000);
    const rest = String(seconds % 60).padStart(2, "0");
    return seconds < 100 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${rest} s`;
}

/** One line for the user. */
export function say(line: string): void {
    process.stderr.write(`${line}\n`);
}

/** What a step may report while it runs: how far it is. */
export type Report = (detail: string) => void;

/** Runs one step, names it at its start, says every ten seconds how far it is, and how long it took at its end. */
export async function step<T>(label: string, work: (report: Report) => Promise<T>): Promise<T> {
    const start = Date.now();
    let detail = "";
    say(`- ${label}`);
    const timer = setInterval(() => say(`  ... ${label}: ${detail ? `${detail}, ` : ""}${since(start)}`), EVERY_MS);
    try {
        const result = await work((text) => (detail = text));
        if (Date.now() - start > EVERY_MS) {
            say(`  ${label}: done in ${since(start)}`);
        }
        return result;
    } finally {
        clearInterval(timer);
    }
}

const since = (start: number) => duration(Date.now() - start);
