// Backups of the script tests: the four steps of the pod as the kubelet would run them, and a real S3 server to send them to.
import { execFile, spawn, type ChildProcess } from "child_process";
import { randomBytes } from "crypto";
import * as fs from "fs";
import * as http from "http";
import type { AddressInfo } from "net";
import * as path from "path";
import { promisify } from "util";

import { storeEnvironment } from "../../components/etcd-cluster/manifests/backup";
import type { Cluster } from "./scripts-cluster";
import { environment } from "./scripts-environment";
import type { FakePod } from "./scripts-pod";
import { waitFor } from "./scripts-wait";

export const STEPS = ["save", "copy", "verify", "publish"] as const;
export type Step = (typeof STEPS)[number];

export const BUCKET = "backups";

/** What a test may do with a request before the server gets it; true: it is never answered. */
type Intercept = (request: http.IncomingMessage) => boolean | void | Promise<boolean | void>;

/** versitygw, with a proxy before it through which all clients go. */
export class Store {
    readonly keys = { id: randomBytes(8).toString("hex"), secret: randomBytes(16).toString("hex") };
    intercept: Intercept = () => {};
    private server: ChildProcess | undefined;
    private readonly proxy = http.createServer((request, response) => void this.pass(request, response));
    private port = 0;

    /** Ready to be used, with an empty bucket. `folder`: of its own, gone with the test. */
    static async start(folder: string): Promise<Store> {
        const store = new Store(folder);
        await store.serve();
        await new Promise<void>((resolve) => store.proxy.listen(0, "127.0.0.1", resolve));
        environment().leaks.forbid(store.keys.secret);
        return store;
    }

    private constructor(private readonly folder: string) {}

    get endpoint(): string {
        return `http://127.0.0.1:${(this.proxy.address() as AddressInfo).port}`;
    }

    /** The environment that the program gives the containers that speak to it. */
    get env(): Record<string, string> {
        const s3 = { bucket: BUCKET, secret: "keys", endpoint: this.endpoint, prefix: "some/where" };
        const variables = storeEnvironment({ s3 }) as { name: string; value: string }[];
        return {
            ...Object.fromEntries(variables.map(({ name, value }) => [name, value])),
            STORE_RETRIES: "1",
        };
    }

    /** The content of its Secret. */
    get secrets(): Record<string, string> {
        return { "store/access-key-id": this.keys.id, "store/secret-access-key": this.keys.secret };
    }

    /** Where an object of that name lies on its disk. */
    file(...parts: string[]): string {
        return path.join(this.folder, "data", BUCKET, "some/where", ...parts);
    }

    /** The names of all objects, with their folders. */
    objects(): string[] {
        const root = path.join(this.folder, "data", BUCKET);
        const all = fs.readdirSync(root, { recursive: true, encoding: "utf8" });
        return all.filter((name) => fs.statSync(path.join(root, name)).isFile()).sort();
    }

    /** Writes an object as another client of the same account would. */
    async put(name: string, content: string): Promise<void> {
        await this.putAll({ [name]: content });
    }

    /** Writes several by their names. */
    async putAll(contents: Record<string, string>): Promise<void> {
        const env = {
            PATH: process.env.PATH,
            RCLONE_CONFIG_STORE_TYPE: "s3",
            RCLONE_CONFIG_STORE_PROVIDER: "Other",
            RCLONE_CONFIG_STORE_ENDPOINT: `http://127.0.0.1:${this.port}`,
            RCLONE_CONFIG_STORE_ACCESS_KEY_ID: this.keys.id,
            RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: this.keys.secret,
        };
        const folder = path.join(this.folder, "contents");
        for (const [name, content] of Object.entries(contents)) {
            fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
            fs.writeFileSync(path.join(folder, name), content);
        }
        const where = `store:${BUCKET}/some/where`;
        const argv = ["--config", "", "copy", "--ignore-times", "--s3-no-check-bucket", folder, where];
        await promisify(execFile)("rclone", argv, { env, timeout: 60_000 });
        fs.rmSync(folder, { recursive: true });
    }

    /** The server is gone; clients get no connection. */
    async stop(): Promise<void> {
        this.server?.kill("SIGKILL");
        this.server = undefined;
        this.proxy.closeAllConnections();
        await new Promise((resolve) => this.proxy.close(resolve));
    }

    private async serve(): Promise<void> {
        const data = path.join(this.folder, "data");
        const sidecar = path.join(this.folder, "sidecar");
        fs.mkdirSync(path.join(data, BUCKET), { recursive: true });
        fs.mkdirSync(sidecar, { recursive: true });
        this.port = await freePort();
        const log = fs.openSync(path.join(this.folder, "log"), "a");
        const env = { PATH: process.env.PATH, ROOT_ACCESS_KEY: this.keys.id, ROOT_SECRET_KEY: this.keys.secret };
        const argv = ["--port", `127.0.0.1:${this.port}`, "--quiet", "posix", "--sidecar", sidecar, data];
        this.server = spawn("versitygw", argv, { env, stdio: ["ignore", log, log] });
        fs.closeSync(log);
        await waitFor("the S3 server", () => fetch(`http://127.0.0.1:${this.port}/`), {
            report: () => fs.readFileSync(path.join(this.folder, "log"), "utf8"),
        });
    }

    private async pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
        if (await this.intercept(request)) {
            return;
        }
        const { method, url: target, headers } = request;
        const options = { host: "127.0.0.1", port: this.port, method, path: target, headers };
        const onward = http.request(options, (answer) => {
            response.writeHead(answer.statusCode!, answer.headers);
            answer.pipe(response);
        });
        onward.on("error", () => response.destroy());
        request.on("error", () => onward.destroy());
        request.pipe(onward);
    }
}

async function freePort(): Promise<number> {
    const server = http.createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
}

/** One backup, as the Job would make it. */
export class Backup {
    private constructor(
        private readonly cluster: Cluster,
        readonly pod: FakePod,
    ) {}

    /** Into a store, or onto the volume of the cluster's own folder. */
    static async make(cluster: Cluster, store?: Store, env: Record<string, string> = {}): Promise<Backup> {
        if (!store) {
            fs.mkdirSync(path.join(cluster.folder, "backup"), { recursive: true });
        }
        const where = store?.env ?? { DESTINATION: "/backup", STORE_RETRIES: "1" };
        const pod = await cluster.addBackup({ ...where, PATIENCE: "10", ...env }, store?.secrets ?? {});
        return new Backup(cluster, pod);
    }

    /** Runs one container to its end; gives its exit code. */
    async run(step: Step): Promise<number | null> {
        await this.begin(step);
        await this.ended(step);
        return this.pod.exit!.code;
    }

    /** Starts one container. */
    async begin(step: Step): Promise<void> {
        this.pod.spec.script = `backup-${step}.sh`;
        fs.rmSync(this.pod.path("work/verdict"), { force: true });
        await this.pod.create();
    }

    ended(step: Step): Promise<boolean> {
        return waitFor(`backup-${step}`, () => !this.pod.running, { limit: 150, report: () => this.cluster.report() });
    }

    /** Runs all containers, until one fails; gives the name of that one, or undefined. */
    async all(steps: readonly Step[] = STEPS): Promise<Step | undefined> {
        for (const step of steps) {
            if ((await this.run(step)) !== 0) {
                return step;
            }
        }
        return undefined;
    }

    /** Its termination message. */
    get verdict(): string {
        return this.pod.file("work/verdict");
    }

    fact(key: string): string {
        const lines = this.pod.file("work/facts").split("\n");
        return lines
            .reverse()
            .find((line) => line.startsWith(`${key} `))!
            .slice(key.length + 1);
    }

    /** Its name in the store, without an ending. */
    get name(): string {
        return `${this.fact("taken").replaceAll(/[-:]/g, "")}-${this.fact("revision")}-${this.fact("pod")}`;
    }

    /** Where it lies below the bucket's prefix, or on the volume. */
    get folder(): string {
        return path.join(this.cluster.set, this.fact("cluster"));
    }
}
