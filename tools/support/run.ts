/** Running other programs: with their output shown, or collected. */
import { spawn, type SpawnOptions, type StdioOptions } from "child_process";

export interface Outcome {
    status: number;
    stdout: string;
    stderr: string;
}

export interface RunOptions {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    /** Milliseconds after which the program and all that it started are killed. */
    timeout?: number;
    input?: string;
    /** Called for each complete line of standard error. */
    onLine?: (line: string) => void;
}

/** Runs a program to its end and returns what it printed. Errors: only when it cannot be started. */
export function collect(argv: string[], options: RunOptions = {}): Promise<Outcome> {
    return new Promise((resolve, reject) => {
        const child = start(argv, { cwd: options.cwd, env: options.env, stdio: "pipe", detached: true });
        const outcome: Outcome = { status: 1, stdout: "", stderr: "" };
        let line = "";
        child.stdout!.on("data", (data: Buffer) => (outcome.stdout += data));
        child.stderr!.on("data", (data: Buffer) => {
            outcome.stderr += data;
            const lines = (line + data).split("\n");
            line = lines.pop()!;
            lines.forEach((each) => options.onLine?.(each));
        });
        const kill = () => killGroup(child.pid);
        const timer = options.timeout ? setTimeout(kill, options.timeout) : undefined;
        // The child has a process group of its own, so that a time-out ends all of it; our own end must reach it too.
        process.once("exit", kill);
        child.on("error", reject);
        child.on("close", (status) => {
            clearTimeout(timer);
            process.removeListener("exit", kill);
            resolve({ ...outcome, status: status ?? 1 });
        });
        child.stdin!.on("error", () => undefined);
        child.stdin!.end(options.input);
    });
}

function killGroup(pid: number | undefined): void {
    try {
        if (pid !== undefined) {
            process.kill(-pid, "SIGKILL");
        }
    } catch {
        // It has ended meanwhile.
    }
}

export interface ShowOptions {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    /** Called with the process ID. */
    onStart?: (pid: number) => void;
    /** Descriptor of a file that gets what it prints, instead of our terminal. */
    output?: number;
}

/** Signals that reach us within this time are one request to stop: a terminal, a shell and npm each pass it on. */
const ONE_REQUEST_MS = 2000;

/**
 * Runs a program with our terminal; returns its status. A request to stop reaches it exactly once, for the Pulumi engine takes a
 * second one as leave to abandon what it is making. At a terminal the keyboard's interrupt reaches it by itself; without one it
 * has a process group of its own, and we pass requests on.
 */
export function show(argv: string[], { cwd, env, onStart, output }: ShowOptions = {}): Promise<number> {
    return new Promise((resolve, reject) => {
        const alone = !process.stdin.isTTY;
        const stdio: StdioOptions = output === undefined ? "inherit" : ["ignore", output, output];
        const child = start(argv, { cwd, env, stdio, detached: alone });
        onStart?.(child.pid ?? 0);
        let last = 0;
        const pass = (signal: NodeJS.Signals) => {
            if (Date.now() - last > ONE_REQUEST_MS && (alone || signal !== "SIGINT")) {
                child.kill(signal);
            }
            last = Date.now();
        };
        process.on("SIGINT", pass).on("SIGTERM", pass);
        child.on("error", reject);
        child.on("close", (status) => {
            process.removeListener("SIGINT", pass).removeListener("SIGTERM", pass);
            resolve(status ?? 130);
        });
    });
}

/** Like {@link collect}, but a status other than 0 is an error that shows the end of what was printed. */
export async function must(argv: string[], options: RunOptions = {}): Promise<string> {
    const { status, stdout, stderr } = await collect(argv, options);
    if (status !== 0) {
        const end = (stderr.trim() || stdout.trim()).split("\n").slice(-15).join("\n");
        throw new Error(`\`${argv.join(" ")}\` failed with status ${status}:\n${end}`);
    }
    return stdout;
}

const start = (argv: string[], options: SpawnOptions) => spawn(argv[0]!, argv.slice(1), options);
