// The password must never be on a command line. This watches /proc/*/cmdline all through the tests, in a thread of its
// own, and knows the forms in which a shell script might pass a password on.
import * as path from "path";
import { Worker } from "worker_threads";

import { waitFor } from "./scripts-wait";

/** Every form of a secret that counts as the secret. */
export function formsOf(secret: string): string[] {
    const base64 = Buffer.from(secret).toString("base64");
    const withNewline = Buffer.from(`${secret}\n`).toString("base64");
    const forms = [secret, base64.replace(/=+$/, ""), withNewline.replace(/=+$/, ""), encodeURIComponent(secret)];
    return [...new Set([...forms, JSON.stringify(secret).slice(1, -1)])];
}

export class LeakWatch {
    private readonly leaks = new Set<string>();
    private readonly worker = new Worker(path.join(__dirname, "scripts-leak-sampler.mjs"));
    private readonly needles = new Set<string>();
    private samples = 0;

    constructor() {
        this.worker.unref();
        this.worker.on("message", (message: { leak?: string; samples?: number }) => {
            if (message.leak !== undefined) {
                this.leaks.add(message.leak);
            }
            this.samples = message.samples ?? this.samples;
        });
    }

    /** From now on, none of the forms of this secret may be seen. */
    forbid(secret: string): void {
        formsOf(secret).forEach((form) => this.needles.add(form));
        this.worker.postMessage([...this.needles]);
    }

    /** The command lines with a secret since the last call; waits until a look that began after the call is done. */
    async take(): Promise<string[]> {
        this.worker.postMessage("count");
        const before = this.samples;
        await waitFor("the sampler of command lines", () => {
            this.worker.postMessage("count");
            return this.samples > before + 1;
        });
        const found = [...this.leaks];
        this.leaks.clear();
        return found;
    }

    /** Throws when the text holds one of the forbidden strings. */
    checkText(what: string, text: string): void {
        for (const needle of this.needles) {
            if (text.includes(needle)) {
                throw new Error(
                    `the password is in ${what}: ${text.split("\n").find((line) => line.includes(needle))}`,
                );
            }
        }
    }

    async stop(): Promise<void> {
        await this.worker.terminate();
    }
}
