// A real API server for the script tests: etcd and kube-apiserver, no kubelet and no controllers. What controllers would
// write (a StatefulSet's status) the tests write themselves.
import { ChildProcess, execFile, spawn } from "child_process";
import { generateKeyPairSync, randomBytes } from "crypto";
import * as fs from "fs";
import * as path from "path";
import { promisify } from "util";

import { waitFor } from "./scripts-wait";

const HOST = "127.0.0.1";
const STORE_CLIENT = `http://${HOST}:12379`;
const STORE_PEER = `http://${HOST}:12380`;

export class ApiServer {
    readonly address: { host: string; port: number };
    private readonly children: ChildProcess[] = [];

    constructor(
        private readonly folder: string,
        port = 6443,
    ) {
        this.address = { host: HOST, port };
    }

    /** The bundle that a pod verifies the server with. */
    get certificateAuthority(): string {
        return path.join(this.folder, "certs", "apiserver.crt");
    }

    async start(): Promise<void> {
        fs.mkdirSync(this.folder, { recursive: true });
        this.writeCredentials();
        this.spawnLogged("etcd", [
            `--data-dir=${path.join(this.folder, "store")}`,
            `--listen-client-urls=${STORE_CLIENT}`,
            `--advertise-client-urls=${STORE_CLIENT}`,
            `--listen-peer-urls=${STORE_PEER}`,
            `--initial-advertise-peer-urls=${STORE_PEER}`,
            `--initial-cluster=default=${STORE_PEER}`,
            "--unsafe-no-fsync",
        ]);
        this.spawnLogged("kube-apiserver", [
            `--etcd-servers=${STORE_CLIENT}`,
            `--bind-address=${HOST}`,
            `--advertise-address=${HOST}`,
            `--secure-port=${this.address.port}`,
            `--cert-dir=${path.join(this.folder, "certs")}`,
            `--token-auth-file=${path.join(this.folder, "tokens.csv")}`,
            `--service-account-key-file=${path.join(this.folder, "service-account.pem")}`,
            `--service-account-signing-key-file=${path.join(this.folder, "service-account.pem")}`,
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.96.0.0/24",
            "--authorization-mode=RBAC",
        ]);
        await waitFor("the API server", () => this.kubectl(["get", "--raw", "/readyz"]), {
            limit: 120,
            report: () => this.logs(),
        });
    }

    stop(): void {
        this.children.forEach((child) => child.kill("SIGKILL"));
    }

    /** kubectl as administrator. */
    async kubectl(args: string[], input?: string): Promise<string> {
        const command = promisify(execFile)("kubectl", ["--kubeconfig", this.kubeconfig, ...args], {
            maxBuffer: 1 << 26,
        });
        command.child.stdin?.end(input);
        return (await command).stdout;
    }

    get kubeconfig(): string {
        return path.join(this.folder, "kubeconfig");
    }

    private writeCredentials(): void {
        const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
        const pem = privateKey.export({ type: "pkcs1", format: "pem" });
        fs.writeFileSync(path.join(this.folder, "service-account.pem"), pem);
        const token = randomBytes(16).toString("hex");
        fs.writeFileSync(path.join(this.folder, "tokens.csv"), `${token},admin,admin,system:masters\n`);
        const cluster = {
            server: `https://${HOST}:${this.address.port}`,
            "certificate-authority": this.certificateAuthority,
        };
        const kubeconfig = {
            apiVersion: "v1",
            kind: "Config",
            clusters: [{ name: "test", cluster }],
            users: [{ name: "admin", user: { token } }],
            contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
            "current-context": "test",
        };
        fs.writeFileSync(this.kubeconfig, JSON.stringify(kubeconfig), { mode: 0o600 });
    }

    private spawnLogged(command: string, args: string[]): void {
        const log = fs.openSync(path.join(this.folder, `${command}.log`), "a");
        const child = spawn(command, args, { stdio: ["ignore", log, log] });
        fs.closeSync(log);
        this.children.push(child);
    }

    private logs(): string {
        const tail = (name: string) => fs.readFileSync(path.join(this.folder, name), "utf8").split("\n").slice(-15);
        return ["etcd.log", "kube-apiserver.log"].flatMap(tail).join("\n");
    }
}
