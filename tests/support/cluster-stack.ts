// The real program, the real engine, a real Kubernetes: one stack and one namespace for a test, with settings and state in a
// temporary folder, so that the checkout is what a user has. What the engine did is read from its own events.
import { execFile, spawn } from "child_process";
import * as crypto from "crypto";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { follow, kubectl } from "./cluster-kubectl";

const CHECKOUT = path.join(__dirname, "../..");

export interface Step {
    op: string;
    type: string;
    name: string;
}

export interface Outcome {
    ok: boolean;
    /** Resources by operation; those that stayed the same included. */
    changes: Record<string, number>;
    steps: Step[];
    /** What plugins told while they worked, also what is shown for the moment only: "warning TEXT". */
    told: string[];
    /** Everything that was shown. */
    text: string;
}

export type Settings = Record<string, string | number | Record<string, unknown>>;

export class EtcdStack {
    private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-stack-"));
    private env: NodeJS.ProcessEnv;
    private program = CHECKOUT;

    private constructor(
        readonly namespace: string,
        readonly name = "infra-etcd-cluster",
    ) {
        const state = path.join(this.folder, "state");
        fs.mkdirSync(state);
        this.env = {
            ...process.env,
            PULUMI_BACKEND_URL: `file://${state}`,
            PULUMI_CONFIG_PASSPHRASE: "test",
            PULUMI_OPTION_CONFIG_FILE: path.join(this.folder, "Pulumi.test.yaml"),
            PULUMI_STACK: "test",
            PULUMI_DEBUG_COMMANDS: "true",
        };
        delete this.env.PULUMI_CONFIG_PASSPHRASE_FILE;
    }

    /** Makes a namespace that takes nothing but restricted pods, and an empty stack for it. */
    static async create(settings: Settings = {}): Promise<EtcdStack> {
        const namespace = `etcd-${crypto.randomBytes(4).toString("hex")}`;
        await kubectl("create", "namespace", namespace);
        await kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted");
        const stack = new EtcdStack(namespace);
        await stack.init(settings);
        return stack;
    }

    /** Another stack in the same namespace, whose cluster is called `name`. */
    async sibling(name: string, settings: Settings): Promise<EtcdStack> {
        const stack = new EtcdStack(this.namespace, name);
        await stack.init({ name, ...settings });
        return stack;
    }

    private async init(settings: Settings): Promise<void> {
        fs.copyFileSync(path.join(CHECKOUT, "Pulumi.yaml"), path.join(this.folder, "Pulumi.yaml"));
        await this.pulumi(["stack", "init", "test"], this.folder);
        const { TEST_TLS: tls } = process.env;
        await this.configure({
            "kubernetes:context": await kubectl("config", "current-context"),
            namespace: this.namespace,
            ...(tls && { tls }),
            ...settings,
        });
    }

    /** The engine runs the program of that folder from now on; this checkout's, if none is named. */
    programIs(folder = CHECKOUT): void {
        this.program = folder;
    }

    /** Runs `work` with a new stack, and removes stack and namespace afterwards, whatever happened. */
    static async with(settings: Settings, work: (stack: EtcdStack) => Promise<void>): Promise<void> {
        const stack = await EtcdStack.create(settings);
        try {
            await work(stack);
        } catch (error) {
            throw new Error(`${(error as Error).stack}\n${await stack.report()}`);
        } finally {
            await stack.remove();
        }
    }

    /** `pulumi config set`, as a user would type it. */
    async configure(settings: Settings): Promise<void> {
        for (const [key, value] of Object.entries(settings)) {
            if (typeof value === "object") {
                for (const [part, text] of Object.entries(value)) {
                    await this.pulumi(["config", "set", "--path", `${key}["${part}"]`, String(text)]);
                }
            } else {
                await this.pulumi(["config", "set", "--plaintext", key, String(value)]);
            }
        }
    }

    /** Settings of any depth, in one command. */
    async configureAll(settings: object): Promise<void> {
        const values = leaves("", settings).flatMap(([where, value]) => ["--plaintext", `${where}=${value}`]);
        await this.pulumi(["config", "set-all", "--path", ...values]);
    }

    /** `pulumi config set --path`. */
    async configureAt(where: string, value: string): Promise<void> {
        await this.pulumi(["config", "set", "--path", where, value]);
    }

    async configureSecret(key: string, value: string): Promise<void> {
        await this.pulumi(["config", "set", "--secret", key], this.program, value);
    }

    async unset(key: string): Promise<void> {
        await this.pulumi(["config", "rm", key]);
    }

    /** `pulumi config rm --path`. */
    async unsetAt(where: string): Promise<void> {
        await this.pulumi(["config", "rm", "--path", where]);
    }

    preview(...args: string[]): Promise<Outcome> {
        return this.operate("preview", args);
    }

    up(...args: string[]): Promise<Outcome> {
        return this.operate("up", ["--yes", "--skip-preview", ...args]);
    }

    refresh(): Promise<Outcome> {
        return this.operate("refresh", ["--yes", "--skip-preview"]);
    }

    destroy(): Promise<Outcome> {
        return this.operate("destroy", ["--yes", "--skip-preview"]);
    }

    /** `up` whose engine is killed after that many seconds. */
    async upFor(seconds: number): Promise<void> {
        const engine = this.engine();
        const timer = setTimeout(() => engine.kill(), seconds * 1000);
        await engine.ended;
        clearTimeout(timer);
    }

    /** `up` whose engine is killed when `moment` has come. */
    async upUntil(moment: () => Promise<unknown>): Promise<void> {
        const engine = this.engine();
        await moment().finally(() => engine.kill());
        await engine.ended;
    }

    /** `up` that a person ends when `moment` has come, as by Ctrl-C: the engine notes what it has made. */
    async upStoppedAt(moment: () => Promise<unknown>): Promise<void> {
        const engine = this.engine();
        await moment().finally(() => engine.kill("SIGINT"));
        await engine.ended;
    }

    /** Goes on after that, as docs/operations.md says. */
    async takenUp(): Promise<void> {
        await this.pulumi(["cancel", "--yes"]);
        await this.kubectl("delete", "job", `${this.name}-rollout`, "--ignore-not-found");
        await this.upped("--refresh");
    }

    /** `up` that must succeed. */
    async upped(...args: string[]): Promise<Outcome> {
        const outcome = await this.up(...args);
        if (!outcome.ok) {
            throw new Error(`pulumi up failed:\n${outcome.text}`);
        }
        return outcome;
    }

    async outputs(): Promise<Record<string, unknown>> {
        const { stdout } = await this.pulumi(["stack", "output", "--json", "--show-secrets"]);
        return JSON.parse(stdout) as Record<string, unknown>;
    }

    async exported(): Promise<string> {
        return (await this.pulumi(["stack", "export"])).stdout;
    }

    /** The stack's state from now on. */
    async imported(state: string): Promise<void> {
        await this.pulumi(["stack", "import"], this.program, state);
    }

    /** Another environment for the engine, e.g. a kubeconfig that leads nowhere. */
    withEnvironment(changes: Record<string, string>): EtcdStack {
        return Object.assign(Object.create(EtcdStack.prototype) as EtcdStack, this, {
            env: { ...this.env, ...changes },
        });
    }

    /** What the engine and its plugins see; see tests/support/runbook.ts. */
    get environment(): NodeJS.ProcessEnv {
        return { ...this.env };
    }

    /** kubectl in the stack's namespace. */
    kubectl(...args: string[]): Promise<string> {
        return kubectl("--namespace", this.namespace, ...args);
    }

    /** Follows the log of one member; see {@link follow}. */
    follow(ordinal: number): Promise<() => Promise<string>> {
        return follow(this.namespace, `${this.name}-${ordinal}`);
    }

    /** What a person would look at when something went wrong. */
    async report(): Promise<string> {
        const look = (...args: string[]) => this.kubectl(...args).catch((error: Error) => error.message);
        const logs = ["logs", "--selector", "app=etcd", "--container", "etcd", "--prefix", "--tail", "400"];
        const said = (await look(...logs)).split("\n").filter((line) => !/\] \{/.test(line));
        const events = await look("get", "events", "--sort-by", ".lastTimestamp");
        const marker = await look("get", "configmap", `${this.name}-formation`, "-o", "jsonpath={.data}");
        return [await look("get", "pods,pvc", "-o", "wide"), marker, ...said.slice(-80), events.slice(-4000)].join(
            "\n",
        );
    }

    /** All of it goes with its namespace, while others go on; `pulumi destroy` is what some tests are about. */
    async remove(): Promise<void> {
        await kubectl("delete", "namespace", this.namespace, "--wait=false").catch(() => undefined);
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    /** `up` on its own, to be killed. */
    private engine() {
        const args = ["up", "--yes", "--skip-preview", "--non-interactive"];
        const engine = spawn("pulumi", args, { cwd: this.program, env: this.env, stdio: "ignore" });
        const ended = new Promise((resolve) => engine.once("exit", resolve));
        return { ended, kill: (signal: NodeJS.Signals = "SIGKILL") => engine.kill(signal) };
    }

    private async operate(command: string, args: string[]): Promise<Outcome> {
        const log = path.join(this.folder, `${crypto.randomBytes(4).toString("hex")}.events`);
        const options = ["--non-interactive", "--suppress-progress", "--event-log", log];
        const { ok, stdout, stderr } = await this.run([command, ...options, ...args]);
        return { ok, text: stdout + stderr, ...readEvents(log) };
    }

    private async pulumi(args: string[], cwd = this.program, input?: string): Promise<{ stdout: string }> {
        const { ok, stdout, stderr } = await this.run([...args, "--non-interactive"], cwd, input);
        if (!ok) {
            throw new Error(`pulumi ${args.join(" ")} failed: ${stdout}${stderr}`);
        }
        return { stdout };
    }

    private run(
        args: string[],
        cwd = this.program,
        input?: string,
    ): Promise<{ ok: boolean; stdout: string; stderr: string }> {
        return new Promise((resolve) => {
            const options = { cwd, env: this.env, maxBuffer: 1 << 28 };
            const child = execFile("pulumi", args, options, (error, stdout, stderr) => {
                resolve({ ok: error === null, stdout, stderr });
            });
            child.stdin!.end(input);
        });
    }
}

/** Each value with the path to it. */
function leaves(where: string, value: unknown): [where: string, value: string][] {
    if (typeof value !== "object" || value === null) {
        return [[where, String(value)]];
    }
    return Object.entries(value).flatMap(([key, part]) => {
        const step = Array.isArray(value) ? `[${key}]` : where === "" ? key : `["${key}"]`;
        return leaves(`${where}${step}`, part);
    });
}

interface EngineEvent {
    diagnosticEvent?: { message: string; severity: string };
    resourcePreEvent?: { metadata: { op: string; type: string; urn: string } };
    summaryEvent?: { resourceChanges?: Record<string, number> };
}

function readEvents(log: string): Omit<Outcome, "ok" | "text"> {
    const text = fs.existsSync(log) ? fs.readFileSync(log, "utf8") : "";
    const events = text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as EngineEvent);
    const steps = events.flatMap(({ resourcePreEvent: event }) =>
        event ? [{ ...event.metadata, name: event.metadata.urn.split("::").pop()! }] : [],
    );
    const told = events.flatMap(({ diagnosticEvent: event }) =>
        event && event.severity !== "debug"
            ? [`${event.severity} ${event.message.replaceAll(/<\{%.*?%\}>/g, "").trim()}`]
            : [],
    );
    return { steps, told, changes: events.find((event) => event.summaryEvent)?.summaryEvent?.resourceChanges ?? {} };
}

/** Operations other than "nothing to do". */
export function changed(outcome: Outcome): Record<string, number> {
    return Object.fromEntries(Object.entries(outcome.changes).filter(([op]) => op !== "same"));
}
