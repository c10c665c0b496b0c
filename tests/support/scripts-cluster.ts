// One cluster of the script tests: its Kubernetes objects, its pods, and what a StatefulSet controller would do to them.
import { execFile } from "child_process";
import { randomBytes, randomUUID } from "crypto";
import * as fs from "fs";
import * as path from "path";
import { promisify } from "util";

import { scriptEnvironment } from "../../components/etcd-cluster/manifests/pod";
import { ACCEPT_VOLUMES, RECOVER_FROM } from "../../components/etcd-cluster/manifests/recovery-request";
import { namesOf } from "../../components/etcd-cluster/names";
import { resolve, type EtcdOptions } from "../../components/etcd-cluster/options";
import { Writer } from "./scripts-client";
import { environment } from "./scripts-environment";
import type { DnsServer } from "./scripts-dns";
import { clusterObjects, markerName } from "./scripts-objects";
import { FakePod, PodSpec, Result } from "./scripts-pod";
import { TestCa } from "./scripts-tls";
import { Proxy } from "./scripts-proxy";
import { waitFor } from "./scripts-wait";

/** Awkward on purpose: quotes of both kinds, spaces, a dollar, a percent sign, a colon, a backslash. */
export const PASSWORD = `p$a:s'"s% w0rd\\x`;

const run = promisify(execFile);
let count = 0;

export interface ClusterOptions {
    replicas: number;
    initialClusterSize?: number;
    set?: string;
    password?: string;
    token?: string;
    /** TLS; `SCRIPTS_TLS=yes` turns it on for every test that does not say otherwise. */
    tls?: boolean;
    tlsClientAuth?: boolean;
    /** Settings of the scripts that only tests override. */
    env?: Record<string, string>;
    /** Its own name server, instead of the one that all clusters share. */
    dns?: DnsServer;
    /** What runs start.sh and pre-stop.sh, when it is not the toolbox's shell alone. */
    shell?: string[];
}

export interface Member {
    id: string;
    started: boolean;
    name: string;
    peerUrl: string;
    learner: boolean;
}

export class Cluster {
    readonly pods: FakePod[] = [];
    /** Pods of Jobs, ended or not. */
    readonly jobs: FakePod[] = [];
    readonly namespace: string;
    readonly set: string;
    readonly password: string;
    token: string;
    private readonly index = ++count;
    readonly tls: boolean;
    private backups = 0;
    private authority?: TestCa;
    private serviceAccountToken = "";

    private constructor(private readonly options: ClusterOptions) {
        this.tls = options.tls ?? process.env.SCRIPTS_TLS === "yes";
        this.set = options.set ?? "infra-etcd-cluster";
        this.namespace = `test-${this.index}`;
        this.password = options.password ?? PASSWORD;
        this.token = options.token ?? randomBytes(8).toString("hex");
    }

    /** The objects exist, and a pod for each replica, none of them started. */
    static async create(options: ClusterOptions): Promise<Cluster> {
        const cluster = new Cluster(options);
        environment().leaks.forbid(cluster.password);
        await cluster.applyObjects();
        cluster.serviceAccountToken = await cluster.tokenOf(cluster.set);
        if (cluster.tls) {
            cluster.authority = await TestCa.make();
        }
        for (let i = 0; i < options.replicas; i++) {
            await cluster.addPod();
        }
        await cluster.controllerHasSeen();
        return cluster;
    }

    /** Creates a cluster, starts all pods and waits until they are ready. */
    static async ready(options: ClusterOptions): Promise<Cluster> {
        const cluster = await Cluster.create(options);
        await cluster.createPods();
        await cluster.allReady();
        return cluster;
    }

    /** Runs a test on a cluster, then ends it. What the pods said is part of a failure. */
    static async with(options: ClusterOptions, test: (cluster: Cluster) => Promise<void>): Promise<void> {
        const cluster = await Cluster.create(options);
        try {
            await test(cluster);
        } catch (error) {
            if (error instanceof Error && !error.message.includes("==== ")) {
                error.message += `\n${cluster.report()}`;
            }
            throw error;
        } finally {
            await cluster.destroy();
        }
    }

    get names(): { set: string; namespace: string } {
        return { set: this.set, namespace: this.namespace };
    }

    /** The first three parts of its addresses. */
    get network(): string {
        return `127.${this.index >> 8}.${this.index & 255}`;
    }

    get marker(): string {
        return markerName(this.names);
    }

    pod(ordinal: number): FakePod {
        const pod = this.pods[ordinal];
        if (!pod) {
            throw new Error(`the cluster has no pod ${ordinal}`);
        }
        return pod;
    }

    host(ordinal: number): string {
        return `${this.set}-${ordinal}.${this.service}`;
    }

    peerUrl(ordinal: number): string {
        return `${this.tls ? "https" : "http"}://${this.host(ordinal)}:2380`;
    }

    /** What the program would be given. */
    get programsOptions(): EtcdOptions {
        const { set: name, namespace, tls } = this;
        const tlsClientAuth = this.options.tlsClientAuth ?? false;
        return resolve({
            name,
            namespace,
            ...(tls ? { tls: "secret", tlsSecret: "mine", tlsClientAuth } : { tls: "off" }),
        });
    }

    /** The CA of the members' certificates. */
    get ca(): TestCa {
        return this.authority!;
    }

    /** Makes whatever of the cluster's objects is missing. */
    async applyObjects(): Promise<void> {
        const { replicas, initialClusterSize } = this.options;
        const objects = clusterObjects(this.names, replicas, initialClusterSize ?? Math.min(3, replicas));
        await this.api.kubectl(["apply", "-f", "-"], JSON.stringify(objects));
    }

    /** The marker as Pulumi makes it anew, e.g. by `up` after `destroy`. */
    async remakeMarker(): Promise<void> {
        await this.kubectl("delete", "configmap", this.marker);
        await this.applyObjects();
    }

    /** The marker without anything that pods wrote there. */
    async emptyMarker(): Promise<void> {
        const { initialClusterSize } = await this.readMarker();
        const patch = JSON.stringify([{ op: "replace", path: "/data", value: { initialClusterSize } }]);
        await this.kubectl("patch", "configmap", this.marker, "--type=json", "-p", patch);
    }

    /** What a pod of that account shows to the API server. Nobody renews it here, as the kubelet does, so it outlives the longest run. */
    private tokenOf(account: string): Promise<string> {
        return this.kubectl("create", "token", account, "--duration=24h");
    }

    /** kubectl as administrator in this cluster's namespace. */
    async kubectl(...args: string[]): Promise<string> {
        return (await this.api.kubectl(["--namespace", this.namespace, ...args])).trim();
    }

    async createPods(...ordinals: number[]): Promise<void> {
        const chosen = ordinals.length > 0 ? ordinals.map((ordinal) => this.pod(ordinal)) : this.pods;
        await Promise.all(chosen.map((pod) => pod.create()));
    }

    async allReady(...ordinals: number[]): Promise<void> {
        const chosen = ordinals.length > 0 ? ordinals.map((ordinal) => this.pod(ordinal)) : this.pods;
        await Promise.all(
            chosen.map((pod) =>
                this.waitFor(`${pod.name} to be ready`, async () => (await pod.ready()).code === 0, 120),
            ),
        );
    }

    waitFor<T>(what: string, condition: () => T | Promise<T>, limit = 60): Promise<NonNullable<T>> {
        return waitFor(what, condition, { limit, interval: 200, report: () => this.report() });
    }

    /** Waits until the probe is unready and says something that matches. */
    async saysUnready(pod: FakePod, pattern: RegExp, limit = 60): Promise<Result> {
        return this.waitFor(
            `${pod.name} to say ${pattern}`,
            async () => {
                const probe = await pod.ready();
                if (probe.code === 0 || !pattern.test(probe.output)) {
                    throw new Error(`it says: ${probe.code} ${probe.output}`);
                }
                return probe;
            },
            limit,
        );
    }

    /** Changes spec.replicas; the controller has not yet done anything. */
    async setReplicas(replicas: number): Promise<void> {
        await this.kubectl("scale", "statefulset", this.set, `--replicas=${replicas}`);
    }

    /** `kubectl scale`, and all that the controller does then: creates pods, or stops those above, all at once. */
    async scale(replicas: number): Promise<Result[]> {
        await this.setReplicas(replicas);
        const surplus = this.pods.slice(replicas).filter((pod) => pod.running);
        const hooks = await Promise.all(surplus.map((pod) => pod.delete()));
        while (this.pods.length < replicas) {
            await this.addPod();
        }
        await this.controllerHasSeen();
        await Promise.all(this.pods.slice(0, replicas).map((pod) => (pod.running ? undefined : pod.create())));
        return hooks.reverse();
    }

    /** The controller writes the status that belongs to the newest spec. */
    async controllerHasSeen(): Promise<void> {
        const json = await this.kubectl("get", "statefulset", this.set, "-o", "json");
        const { metadata, spec } = JSON.parse(json) as { metadata: { generation: number }; spec: { replicas: number } };
        const status = { observedGeneration: metadata.generation, replicas: spec.replicas };
        const patch = JSON.stringify({ status });
        await this.kubectl("patch", "statefulset", this.set, "--subresource=status", "--type=merge", "-p", patch);
    }

    async readMarker(): Promise<Record<string, string>> {
        const json = await this.kubectl("get", "configmap", this.marker, "-o", "json");
        return (JSON.parse(json) as { data?: Record<string, string> }).data ?? {};
    }

    /** What `pulumi up` with `recoverFrom`, and `recoverSnapshot`, does to the request: "ORDINAL NONCE", "ORDINAL NONCE FILE". */
    ask(request: string): Promise<string> {
        return this.annotateRequest(RECOVER_FROM, request);
    }

    /** What `pulumi up` with `acceptVolumes` does. */
    acceptVolumes(word: string): Promise<string> {
        return this.annotateRequest(ACCEPT_VOLUMES, word);
    }

    private annotateRequest(key: string, value: string): Promise<string> {
        const { recoveryRequest } = namesOf(this.set);
        return this.kubectl("annotate", "--overwrite", "configmap", recoveryRequest, `${key}=${value}`);
    }

    /** Takes the members' right to read the request. */
    async mayNotReadRequests(): Promise<void> {
        const { role, recoveryRequest } = namesOf(this.set);
        const { rules } = JSON.parse(await this.kubectl("get", "role", role, "-o", "json")) as {
            rules: { resourceNames: string[] }[];
        };
        const patch = JSON.stringify({ rules: rules.filter((rule) => !rule.resourceNames.includes(recoveryRequest)) });
        await this.kubectl("patch", "role", role, "--type=merge", "-p", patch);
    }

    /** The request that a pod has passed on in the marker. */
    async announced(): Promise<string | undefined> {
        const { metadata } = JSON.parse(await this.kubectl("get", "configmap", this.marker, "-o", "json")) as {
            metadata: { annotations?: Record<string, string> };
        };
        return metadata.annotations?.[RECOVER_FROM];
    }

    /** Waits until the leader has objected to that recovery. */
    async objectsTo(request: string): Promise<void> {
        await this.waitFor("the leader's objection", async () => {
            return (await this.readMarker())["recovery-refused"] === request;
        });
    }

    /** etcdctl against one pod, as root unless told otherwise. */
    async etcdctl(pod: FakePod, args: string[], password: string | undefined = this.password): Promise<string> {
        const login = password === "" ? {} : { ETCDCTL_USER: "root", ETCDCTL_PASSWORD: password };
        const env = { PATH: process.env.PATH, ...login };
        const { stdout } = await run("etcdctl", [`--endpoints=${pod.clientUrl}`, ...args], { env });
        return stdout.trim();
    }

    /** The member list as a voter sees it. */
    async memberList(pod?: FakePod): Promise<Member[]> {
        const asked = pod ?? (await this.voter());
        const output = await this.etcdctl(asked, ["member", "list"]);
        return output.split("\n").map(parseMember);
    }

    /** Waits for a member list that is settled: exactly these ordinals, all started voters. */
    async settledAt(replicas: number, limit = 120): Promise<Member[]> {
        const wanted = this.pods.slice(0, replicas).map((pod) => pod.name);
        return this.waitFor(
            `a settled list of ${replicas}`,
            async () => {
                const members = await this.memberList();
                const names = members.map((member) => member.name).sort();
                const settled = members.every((member) => member.started && !member.learner);
                if (!settled || names.join() !== wanted.join()) {
                    throw new Error(`the list is ${JSON.stringify(members)}`);
                }
                return members;
            },
            limit,
        );
    }

    /** Waits until all running members agree on the hash of their data, as of one revision: writes may go on meanwhile. */
    async sameData(): Promise<void> {
        await this.waitFor("equal hashkv", async () => {
            const status = await this.etcdctl(await this.voter(), ["endpoint", "status", "-w", "json"]);
            const [{ Status }] = JSON.parse(status) as [{ Status: { header: { revision: number } } }];
            const hashes = await Promise.all(this.live().map((pod) => this.hash(pod, Status.header.revision)));
            return new Set(hashes).size === 1;
        });
    }

    async clusterId(pod: FakePod): Promise<string> {
        // On a loaded machine one answer may not come in the time that etcdctl gives it.
        const json = await this.waitFor(`the status of ${pod.name}`, () =>
            this.etcdctl(pod, ["endpoint", "status", "-w", "json"]),
        );
        // Too long for a number of JavaScript.
        return BigInt(/"cluster_id":(\d+)/.exec(json)![1]!).toString(16);
    }

    /** The pod whose etcd leads. */
    async leader(): Promise<FakePod> {
        return this.waitFor("a leader", async () => {
            for (const pod of this.live()) {
                const metrics = await (await fetch(`${pod.metricsUrl}/metrics`)).text().catch(() => "");
                if (/^etcd_server_is_leader 1$/m.test(metrics)) {
                    return pod;
                }
            }
            return undefined;
        });
    }

    writer(): Writer {
        return new Writer(() => this.live().map((pod) => pod.clientUrl), this.password);
    }

    live(): FakePod[] {
        return this.pods.filter((pod) => pod.running);
    }

    /** What every pod printed last, and what its probe says. */
    report(): string {
        const tail = (pod: FakePod) => pod.said.split("\n").slice(-30).join("\n");
        const all = [...this.pods, ...this.jobs].map(
            (pod) => `==== ${pod.name} (${pod.file("state/status")})\n${tail(pod)}`,
        );
        return all.join("\n");
    }

    /** Ends everything at once, and checks what must hold at the end of every test: no password in any log. */
    async destroy(): Promise<void> {
        const all = [...this.pods, ...this.jobs];
        await Promise.all(all.map((pod) => pod.vanish()));
        await Promise.all(all.map((pod) => pod.api.stop()));
        const logs = all.map((pod) => pod.log).join("\n");
        fs.rmSync(this.folder, { recursive: true, force: true });
        environment().leaks.checkText(`the logs of ${this.namespace}`, logs);
    }

    async addPod(): Promise<FakePod> {
        const ordinal = this.pods.length;
        const name = `${this.set}-${ordinal}`;
        const address = `${this.network}.${10 + ordinal}`;
        const pod = await this.makePod({
            ...this.commonSpec(name, this.serviceAccountToken),
            kind: "member",
            script: "start.sh",
            ordinal,
            address,
            hosts: [this.host(ordinal), this.service],
            env: { ...this.environmentOf(name), LISTEN_ADDRESS: address, LOCAL_ADDRESS: address },
            secrets: {
                ...this.rootPassword,
                "jwt-key/jwt-key": "a shared key of thirty-two bytes.",
                ...(await this.certificateFiles()),
            },
        });
        this.pods.push(pod);
        return pod;
    }

    /** The pod of the Job that rolls out a revision, not started yet: `create` starts it. */
    async addRollout(env: Record<string, string>): Promise<FakePod> {
        const account = namesOf(this.set).rollout;
        const name = `${account}-b${this.jobs.length}`;
        const pod = await this.makePod({
            ...this.commonSpec(name, await this.tokenOf(account)),
            kind: "job",
            script: "rollout.sh",
            ordinal: -1,
            address: "",
            hosts: [],
            // The kubelet's file for a container's last words; /dev is the machine's own here.
            env: {
                ...this.environmentOf(name),
                VERDICT: "/state/verdict",
                MOST_REPLICAS: "9",
                ...jobOf(account, name),
                ...env,
            },
            secrets: { ...this.rootPassword, ...(await this.certificateFiles()) },
        });
        this.jobs.push(pod);
        return pod;
    }

    /** The pod of a Job that makes a backup: each of its containers in turn is what `create` starts. */
    async addBackup(env: Record<string, string>, secrets: Record<string, string>): Promise<FakePod> {
        const index = this.backups++;
        const name = `${namesOf(this.set).backup}-${index}`;
        const pod = await this.makePod({
            ...this.commonSpec(name, ""),
            kind: "job",
            script: "backup-save.sh",
            ordinal: -1,
            address: "",
            hosts: [],
            env: {
                ...this.environmentOf(name),
                VERDICT: "/work/verdict",
                POD_UID: randomUUID(),
                // All pods share one loopback here; the etcd of each has an address of its own.
                LOCAL_ADDRESS: `${this.network}.${100 + index}`,
                ...env,
            },
            secrets: { ...this.rootPassword, ...(await this.certificateFiles()), ...secrets },
        });
        fs.mkdirSync(pod.path("work"), { recursive: true });
        this.jobs.push(pod);
        return pod;
    }

    private get api() {
        return environment().api;
    }

    private get dns(): DnsServer {
        return this.options.dns ?? environment().dns;
    }

    private get service(): string {
        return `${this.set}.${this.namespace}.svc.cluster.local`;
    }

    /** Everything of this cluster that is on disk. */
    get folder(): string {
        return path.join(environment().root, this.namespace);
    }

    /** What the program sets for every pod; a pod's own name and namespace are Kubernetes' part. */
    private programsEnvironment(): Record<string, string> {
        const variables = scriptEnvironment(this.programsOptions, this.token) as { name: string; value?: string }[];
        return Object.fromEntries(variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
    }

    /** One certificate for all, as the program has it. */
    private async certificateFiles(): Promise<Record<string, string>> {
        if (!this.tls) {
            return {};
        }
        const first = this.pods[0]?.spec.secrets;
        const files = first ? undefined : await this.ca.issue(this.programsOptions);
        const names = ["ca.crt", "tls.crt", "tls.key"] as const;
        return Object.fromEntries(names.map((name) => [`tls/${name}`, files?.[name] ?? first![`tls/${name}`]!]));
    }

    private environmentOf(name: string): Record<string, string> {
        return {
            ...this.programsEnvironment(),
            POD_NAME: name,
            POD_NAMESPACE: this.namespace,
            ...this.options.env,
        };
    }

    private get rootPassword(): Record<string, string> {
        return { "root-password/password": this.password };
    }

    private commonSpec(name: string, token: string) {
        return {
            shell: this.options.shell ?? ["/toolbox/sh"],
            name,
            folder: path.join(this.folder, name),
            image: environment().image,
            serviceAccount: {
                token,
                "ca.crt": fs.readFileSync(this.api.certificateAuthority, "utf8"),
                namespace: this.namespace,
            },
            resolvConf: `search ${this.namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver ${this.dns.address}\noptions ndots:5\n`,
        };
    }

    private async makePod(spec: PodSpec): Promise<FakePod> {
        const proxy = new Proxy(this.api.address);
        await proxy.start();
        return new FakePod(spec, proxy, this.dns, this.tls ? 2378 : 2379);
    }

    private async voter(): Promise<FakePod> {
        for (const pod of this.live()) {
            const answer = await fetch(`${pod.metricsUrl}/readyz`).catch(() => undefined);
            if (answer?.ok) {
                return pod;
            }
        }
        throw new Error("no voter is ready");
    }

    private async hash(pod: FakePod, revision: number): Promise<number> {
        const output = await this.etcdctl(pod, ["endpoint", "hashkv", `--rev=${revision}`, "-w", "json"]);
        const [status] = JSON.parse(output) as { HashKV: { hash: number } }[];
        return status!.HashKV.hash;
    }
}

function parseMember(line: string): Member {
    const [id, state, name, peerUrl, , learner] = line.split(", ");
    return { id: id!, started: state === "started", name: name!, peerUrl: peerUrl!, learner: learner === "true" };
}

/** What the labels of its pod say of a Job; each pod is of a Job of its own. */
const jobOf = (name: string, pod: string) => ({ JOB_NAME: name, JOB_UID: `uid-of-${pod}` });
