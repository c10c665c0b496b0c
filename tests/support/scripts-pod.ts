// One pod as the kubelet would run it: a shipped script as process 1 of its own namespaces, in a read-only root that
// holds nothing but the toolbox, etcd and the scripts; hooks and probes run inside it.
import { ChildProcess, spawn } from "child_process";
import * as fs from "fs";
import * as path from "path";

import type { DnsServer } from "./scripts-dns";
import type { Proxy } from "./scripts-proxy";
import { waitFor } from "./scripts-wait";

const CONTAINER = path.join(__dirname, "scripts-container.sh");
/** Seconds that the kubelet gives a probe, and a pod to stop (preStop included). */
const PROBE_LIMIT = 8;
const GRACE = 180;

export interface PodSpec {
    name: string;
    ordinal: number;
    /** Its loopback address. */
    address: string;
    /** Its DNS names: its own, and its Service's. */
    hosts: string[];
    folder: string;
    image: string;
    env: Record<string, string>;
    secrets: Record<string, string>;
    serviceAccount: Record<string, string>;
    resolvConf: string;
    /** What process 1 runs. */
    script: string;
    /** A member, whose container is always started again and which has a volume; or a Job's pod, which has neither. */
    kind: "member" | "job";
    /** What runs its script, and pre-stop.sh; the toolbox's shell. */
    shell: string[];
}

export interface Result {
    code: number | null;
    output: string;
    milliseconds: number;
}

export interface Process {
    pid: number;
    name: string;
    state: string;
}

export class FakePod {
    /** How often the kubelet had to start the container again. */
    restarts = 0;
    /** How the container last ended. */
    exit: { code: number | null; signal: NodeJS.Signals | null } | undefined;
    private container: ChildProcess | undefined;
    private init = 0;
    private wanted = false;

    constructor(
        readonly spec: PodSpec,
        readonly api: Proxy,
        private readonly dns: DnsServer,
        /** Where it serves without TLS; with TLS that is for the pod itself and for these tests. */
        private readonly plainPort = 2379,
    ) {}

    get name(): string {
        return this.spec.name;
    }

    /** What the containers of this pod printed, over all their starts. */
    get log(): string {
        return this.file("log");
    }

    /** What the scripts said of that, without etcd's own log. */
    get said(): string {
        const lines = this.log.split("\n").filter((line) => !line.startsWith("{"));
        return lines.join("\n");
    }

    get running(): boolean {
        return this.container !== undefined;
    }

    get clientUrl(): string {
        return `http://${this.spec.address}:${this.plainPort}`;
    }

    get metricsUrl(): string {
        return `http://${this.spec.address}:2381`;
    }

    path(...parts: string[]): string {
        return path.join(this.spec.folder, ...parts);
    }

    /** A new pod: name published, memory empty, container started. The volume is what it was. */
    async create(): Promise<void> {
        fs.rmSync(this.path("state"), { recursive: true, force: true });
        this.spec.hosts.forEach((host) => this.dns.publish(host, this.spec.address));
        await this.start();
    }

    /** Starts the container of an existing pod. */
    async start(): Promise<void> {
        this.writeFiles();
        this.wanted = this.spec.kind === "member";
        const env = {
            ...this.spec.env,
            KUBERNETES_SERVICE_HOST: "127.0.0.1",
            KUBERNETES_SERVICE_PORT: String(this.api.port),
        };
        const namespaces = ["--mount", "--pid", "--fork", "--kill-child"];
        const command = [
            "/bin/sh",
            CONTAINER,
            this.spec.image,
            this.spec.folder,
            ...this.spec.shell,
            `/scripts/${this.spec.script}`,
        ];
        // A file, because Node's own pipes are sockets, which nobody can open again through /proc/1/fd/2 as hooks do.
        const log = fs.openSync(this.path("log"), "a");
        const container = spawn("unshare", [...namespaces, ...command], { env, stdio: ["ignore", log, log] });
        fs.closeSync(log);
        this.container = container;
        this.init = 0;
        this.exit = undefined;
        container.on("exit", (code, signal) => this.ended(code, signal));
        await this.findInit(container);
    }

    /** The kubelet stops the container: TERM, and KILL when the grace period is over. Gives the milliseconds it took. */
    async term(grace = GRACE): Promise<number> {
        this.wanted = false;
        const began = Date.now();
        this.signal("SIGTERM");
        const late = setTimeout(() => this.signal("SIGKILL"), grace * 1000);
        await this.gone(grace + 10);
        clearTimeout(late);
        return Date.now() - began;
    }

    /** SIGKILL to process 1, and with it to everything in the container. */
    async kill9(): Promise<void> {
        this.wanted = false;
        this.signal("SIGKILL");
        await this.gone(60);
    }

    /**
     * Process 1 is killed, by nobody's wish: the kubelet starts the container again, unless the pod is being stopped. Gives false
     * when there is no process 1 yet.
     */
    crash(): boolean {
        const begun = this.running && this.init > 0;
        this.signal("SIGKILL");
        return begun;
    }

    /** `kubectl delete pod`: preStop, TERM; the name and the memory go, the volume stays. */
    async delete(): Promise<Result> {
        const began = Date.now();
        const hook = await this.preStop();
        await this.term(Math.max(2, GRACE - (Date.now() - began) / 1000));
        this.forget();
        return hook;
    }

    /** Force deletion or the loss of the node: no preStop, no TERM. */
    async vanish(): Promise<void> {
        if (this.running) {
            await this.kill9();
        }
        this.forget();
    }

    preStop(): Promise<Result> {
        return this.exec([...this.spec.shell, "/scripts/pre-stop.sh"], GRACE);
    }

    ready(): Promise<Result> {
        return this.script("ready.sh", PROBE_LIMIT);
    }

    live(): Promise<Result> {
        return this.script("live.sh", PROBE_LIMIT);
    }

    members(): Promise<Result> {
        return this.script("members.sh", 60);
    }

    script(name: string, limit: number): Promise<Result> {
        return this.exec(["/toolbox/sh", `/scripts/${name}`], limit);
    }

    /** `kubectl exec`: a command inside the running container, killed when the limit (seconds) is over; `-i` with a file. */
    exec(argv: string[], limit: number, input = "/dev/null"): Promise<Result> {
        const began = Date.now();
        const enter = ["--target", String(this.init), "--mount", "--pid", "--root", "--wd", "--"];
        const env = {
            ...this.spec.env,
            KUBERNETES_SERVICE_HOST: "127.0.0.1",
            KUBERNETES_SERVICE_PORT: String(this.api.port),
        };
        const stdin = fs.openSync(input, "r");
        const child = spawn("nsenter", [...enter, ...argv], { env, stdio: [stdin, "pipe", "pipe"], detached: true });
        fs.closeSync(stdin);
        let output = "";
        for (const stream of [child.stdout!, child.stderr!]) {
            stream.setEncoding("utf8").on("data", (text: string) => (output += text));
        }
        const late = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), limit * 1000);
        return new Promise((resolve, reject) => {
            child.on("error", reject);
            child.on("close", (code) => {
                clearTimeout(late);
                resolve({ code, output, milliseconds: Date.now() - began });
            });
        });
    }

    /** Everything that runs in the container, zombies included. */
    processes(): Process[] {
        const namespace = link(`/proc/${this.init}/ns/pid`);
        return fs
            .readdirSync("/proc")
            .filter((pid) => /^\d+$/.test(pid) && namespace !== undefined && link(`/proc/${pid}/ns/pid`) === namespace)
            .flatMap((pid) => describeProcess(Number(pid)));
    }

    /** The process that is etcd, if it runs. */
    get etcd(): number | undefined {
        return this.processes().find((each) => each.name === "etcd")?.pid;
    }

    /** A signal to etcd alone, not to the script that runs it. */
    signalEtcd(signal: NodeJS.Signals): void {
        const { etcd } = this;
        if (!etcd) {
            throw new Error(`no etcd runs in ${this.name}`);
        }
        process.kill(etcd, signal);
    }

    /** Other content of its Secrets, from now on. */
    mountSecrets(secrets: Record<string, string>): void {
        Object.assign(this.spec.secrets, secrets);
        this.writeFiles();
    }

    /** Other files in the service account's volume, from now on. */
    mount(serviceAccount: Record<string, string>): void {
        this.spec.serviceAccount = serviceAccount;
        this.writeFiles();
    }

    wipeData(): void {
        for (const entry of fs.existsSync(this.path("data")) ? fs.readdirSync(this.path("data")) : []) {
            fs.rmSync(this.path("data", entry), { recursive: true, force: true });
        }
    }

    /** The content of a file that the scripts keep ("data/member-id", "state/status"), or "". */
    file(name: string): string {
        return fs.existsSync(this.path(name)) ? fs.readFileSync(this.path(name), "utf8").trim() : "";
    }

    /** Path and content of the files whose path begins like this ("state/gone-"). */
    files(begin: string): string[] {
        const folder = path.dirname(begin);
        const found = fs.existsSync(this.path(folder)) ? fs.readdirSync(this.path(folder)) : [];
        const paths = found.map((name) => path.join(folder, name)).filter((name) => name.startsWith(begin));
        return paths.map((name) => `${this.path(name)}: ${this.file(name)}`);
    }

    private signal(signal: NodeJS.Signals): void {
        if (this.running && this.init > 0 && fs.existsSync(`/proc/${this.init}`)) {
            process.kill(this.init, signal);
        }
    }

    private async gone(limit: number): Promise<void> {
        await waitFor(`${this.name} to end`, () => !this.running, { limit, interval: 10, report: () => this.log });
    }

    private forget(): void {
        this.spec.hosts.forEach((host) => this.dns.unpublish(host, this.spec.address));
        fs.rmSync(this.path("state"), { recursive: true, force: true });
    }

    /** The kubelet starts a container again that ended by itself. */
    private ended(code: number | null, signal: NodeJS.Signals | null): void {
        this.container = undefined;
        this.exit = { code, signal };
        fs.appendFileSync(this.path("log"), `--- container ended: ${code ?? signal}\n`);
        if (this.wanted) {
            this.restarts += 1;
            setTimeout(() => void (this.wanted && !this.running && this.start()), 1000);
        }
    }

    private writeFiles(): void {
        for (const folder of this.spec.kind === "member" ? ["data", "state"] : ["state"]) {
            fs.mkdirSync(this.path(folder), { recursive: true });
        }
        const files = {
            ...prefixed("secrets", this.spec.secrets),
            ...prefixed("serviceaccount", this.spec.serviceAccount),
            "resolv.conf": this.spec.resolvConf,
        };
        for (const [name, content] of Object.entries(files)) {
            fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
            fs.writeFileSync(this.path(name), content);
        }
    }

    /**
     * Process 1 of the container is the one child of unshare; it has begun once it sees the container's root and hears TERM. A
     * script that is done already has begun as well.
     */
    private async findInit(container: ChildProcess): Promise<void> {
        const children = `/proc/${container.pid}/task/${container.pid}/children`;
        this.init = await waitFor(
            `${this.name} to start`,
            () => {
                if (this.exit) {
                    return -1;
                }
                const pid = Number(fs.readFileSync(children, "utf8").trim());
                return link(`/proc/${pid}/root`) === this.spec.image && hearsTerm(pid) ? pid : 0;
            },
            { limit: 60, interval: 5, report: () => this.log },
        );
    }
}

function prefixed(folder: string, files: Record<string, string>): Record<string, string> {
    return Object.fromEntries(Object.entries(files).map(([name, content]) => [path.join(folder, name), content]));
}

/** Whether the process has a handler for TERM: without one, process 1 of a namespace never hears of it. */
function hearsTerm(pid: number): boolean {
    const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
    const caught = BigInt(`0x${/^SigCgt:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
    return (caught & (1n << 14n)) !== 0n;
}

function link(file: string): string | undefined {
    try {
        return fs.readlinkSync(file);
    } catch {
        return undefined;
    }
}

function describeProcess(pid: number): Process[] {
    try {
        const [, name, state] = /^\d+ \((.*)\) (\S)/.exec(fs.readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
        return [{ pid, name: name ?? "", state: state ?? "" }];
    } catch {
        return [];
    }
}
