/** The programs of a run: each with a process group of its own, so that a request to stop reaches all of it, and once. */
import { spawn } from "child_process";

import { say } from "../support/progress";

/** How long a program that was asked to end may take. */
const GRACE_MS = 10_000;
/** Signals that reach us within this time are one request: a terminal, a shell and npm each pass it on. */
const ONE_REQUEST_MS = 2000;

export interface Started {
    /** Its status. */
    ended: Promise<number>;
    stop(): void;
}

/** Whether somebody wants the run to end, and who must hear of it. */
export class Stopping {
    requested = false;
    /** Fulfilled when it is requested. */
    readonly request: Promise<void>;
    private readonly running = new Set<() => void>();
    private announce = () => {};
    private last = 0;

    constructor() {
        this.request = new Promise((resolve) => (this.announce = resolve));
    }

    /** Runs `work` while SIGINT and SIGTERM end what {@link start} has started; somebody who asks again wants no cleaning up. */
    async during<T>(work: () => Promise<T>): Promise<T> {
        const onSignal = (signal: NodeJS.Signals) => {
            if (this.requested && Date.now() - this.last > ONE_REQUEST_MS) {
                process.exit(130);
            }
            this.last = Date.now();
            if (!this.requested) {
                say(`\n${signal}: ending what runs, and cleaning up`);
                this.stop();
            }
        };
        process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
        try {
            return await work();
        } finally {
            process.removeListener("SIGINT", onSignal).removeListener("SIGTERM", onSignal);
        }
    }

    stop(): void {
        this.requested = true;
        this.announce();
        this.running.forEach((stop) => stop());
    }

    /** Starts a program; `output` is the descriptor of a file for what it prints, instead of our terminal. */
    start(argv: string[], options: { cwd: string; env: NodeJS.ProcessEnv; output?: number }): Started {
        const { cwd, env, output } = options;
        const shown = output ?? "inherit";
        const child = spawn(argv[0]!, argv.slice(1), { cwd, env, stdio: ["ignore", shown, shown], detached: true });
        const kill = (signal: NodeJS.Signals) => killGroup(child.pid, signal);
        const killNow = () => kill("SIGKILL");
        let late: NodeJS.Timeout | undefined;
        const stop = () => {
            kill("SIGTERM");
            late ??= setTimeout(killNow, GRACE_MS);
        };
        this.running.add(stop);
        process.once("exit", killNow);
        const ended = new Promise<number>((resolve, reject) => {
            child.on("error", reject);
            child.on("close", (status) => resolve(status ?? 130));
        }).finally(() => {
            clearTimeout(late);
            this.running.delete(stop);
            process.removeListener("exit", killNow);
        });
        return { ended, stop };
    }
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
    try {
        if (pid !== undefined) {
            process.kill(-pid, signal);
        }
    } catch {
        // It has ended meanwhile.
    }
}
