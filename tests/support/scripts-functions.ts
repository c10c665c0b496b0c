// Functions of the scripts called one by one, in the shell of the pods, with answers of etcd and Kubernetes that the test makes up.
// That the real ones answer like that is what the other script tests are about; here are the answers that they rarely give.
import { spawnSync } from "child_process";
import * as fs from "fs";
import * as path from "path";

import { scriptNames, SCRIPTS } from "./scripts-folder";
import { sandboxRoot } from "./scripts-sandbox";

export interface Called {
    status: number | null;
    /** Standard output, by line. */
    out: string[];
    /** Standard error: the log. */
    said: string;
}

/** Three started voters and a learner, as `etcdctl member list` prints them. */
export const HOSTS = "set-%.svc.default.svc.cluster.local";
export const url = (ordinal: number) => `http://${HOSTS.replace("%", String(ordinal))}:2380`;
export const client = (ordinal: number) => `http://${HOSTS.replace("%", String(ordinal))}:2379`;
export const voter = (ordinal: number, id = `a${ordinal}`) =>
    `${id}, started, set-${ordinal}, ${url(ordinal)}, ${client(ordinal)}, false`;
export const learner = (ordinal: number, id = `a${ordinal}`) => voter(ordinal, id).replace(/false$/, "true");
/** Added, and never heard of. */
export const fresh = (ordinal: number, id = `a${ordinal}`) => `${id}, unstarted, , ${url(ordinal)}, , true`;

let toolbox = "";
let count = 0;

function tools(): string {
    if (toolbox === "") {
        const folder = path.join(sandboxRoot(), "functions", "toolbox");
        fs.mkdirSync(folder, { recursive: true });
        const { status, stderr } = spawnSync("busybox", ["--install", "-s", folder], { encoding: "utf8" });
        if (status !== 0) {
            throw new Error(stderr);
        }
        toolbox = folder;
    }
    return toolbox;
}

/** The text of a library, or of a script after that of its libraries, without the line that runs it. */
function sources(name: string): string[] {
    const file = [`lib/${name}.sh`, `${name}.sh`].find((each) => scriptNames().includes(each));
    const text = fs.readFileSync(path.join(SCRIPTS, file ?? `${name}.sh`), "utf8");
    const [loop = "", libraries = ""] = /^for library in (.*); do$[^]*?^done$/m.exec(text) ?? [];
    const shared = libraries.split(" ").filter((each) => each !== "");
    return [...shared.flatMap(sources), text.replace(loop, "").replace(/^main "\$@"$/m, "")];
}

/** A pod's folders, and a shell in which the functions of a script are there and the script itself has not run. */
export class Shell {
    readonly folder = path.join(sandboxRoot(), "functions", String(++count));
    private readonly env: Record<string, string> = {};

    /** `scripts`: libraries in their order, or a script that names its own. `ordinal`: whose pod this is. */
    constructor(
        private readonly scripts: string[],
        private readonly ordinal = 0,
    ) {
        for (const name of ["data", "state", "secrets"]) {
            fs.mkdirSync(path.join(this.folder, name), { recursive: true });
        }
    }

    /** Gives the scripts an environment variable of the pod template that is not always there. */
    with(env: Record<string, string>): this {
        Object.assign(this.env, env);
        return this;
    }

    /** Writes a file of the pod ("data/formed", "state/leaving"). */
    has(name: string, text = "yes"): this {
        fs.mkdirSync(path.dirname(path.join(this.folder, name)), { recursive: true });
        fs.writeFileSync(path.join(this.folder, name), `${text}\n`);
        return this;
    }

    /** The content of a file, or undefined. */
    file(name: string): string | undefined {
        const file = path.join(this.folder, name);
        return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : undefined;
    }

    /** What read_marker is to find, one key a line. */
    marker(...lines: string[]): this {
        const text = lines.map((line) => `${line}\n`).join("");
        fs.writeFileSync(path.join(this.folder, "state/marker"), text);
        return this;
    }

    /**
     * Runs code after the functions are there; it may replace some of them. The marker is the one given, STS_… are those of
     * three replicas, and no function waits.
     */
    run(code: string, list: string[] = []): Called {
        const parts = this.scripts.flatMap(sources);
        const given = `
            sleep() { :; }
            read_marker() { if [ ! -e "$STATE_DIR/marker" ]; then KUBE_ERROR=unreadable; return 1; fi; cp "$STATE_DIR/marker" "$STATE_DIR/marker.$$"; }
            read_statefulset() { :; }
            marker_set() { echo "marker_set $*"; }
            marker_swap() { echo "marker_swap $*"; }
            cluster_id() { echo id; }
            STS_UID=uid STS_LIVE=yes STS_REPLICAS=3 STS_PODS=3 STS_SETTLED=yes
            KUBE_ERROR='' CTL_ERROR='' VOTER=voter SERVER_ID=a${this.ordinal} SERVER_VERSION=3.5.0
        `;
        const { status, stdout, stderr } = spawnSync("busybox", ["ash", "-s"], {
            input: `${parts.join("\n")}\n${given}\n${code}\n`,
            encoding: "utf8",
            timeout: 60_000,
            // start.sh would go on after TERM.
            killSignal: "SIGKILL",
            env: {
                PATH: tools(),
                ...{ POD_NAME: `set-${this.ordinal}`, POD_NAMESPACE: "default", SET_NAME: "set", SERVICE_NAME: "svc" },
                ...{
                    CLUSTER_DOMAIN: "cluster.local",
                    MARKER_NAME: "marker",
                    REQUEST_NAME: "request",
                    INITIAL_CLUSTER_TOKEN: "token",
                    MOST_REPLICAS: "9",
                },
                DATA_ROOT: path.join(this.folder, "data"),
                STATE_DIR: path.join(this.folder, "state"),
                REAL_KUBE: path.join(SCRIPTS, "lib/kube.sh"),
                SCRIPTS_DIR: SCRIPTS,
                // What preStop writes to instead, where it can.
                CONSOLE: path.join(this.folder, "nowhere", "console"),
                SECRETS_DIR: path.join(this.folder, "secrets"),
                LIST: list.join("\n"),
                ...this.env,
            },
        });
        return { status, out: stdout.split("\n").filter((line) => line !== ""), said: stderr };
    }

    /** Whether a function, or any code, succeeds. */
    succeeds(code: string, list: string[] = []): boolean {
        const { out, said } = this.run(`if { ${code}; } >/dev/null; then echo yes; else echo no; fi`, list);
        if (!["yes", "no"].includes(out.at(-1) ?? "")) {
            throw new Error(`no answer: ${said}`);
        }
        return out.at(-1) === "yes";
    }
}
