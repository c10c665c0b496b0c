// The commands' parts that need no cluster: the command line, which cluster is meant, who is asked, what a killed run left.
import assert from "assert";
import { execFileSync } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { parseCommandLine } from "../../tools/cli/arguments";
import { pulumiWithSettings } from "../../tools/cli/settings-of-stack";
import { adoptPending } from "../../tools/cli/prepare";
import { NO_KUBECTL, type Stack } from "../../tools/cli/stack";
import { confirmation, INSIDE, kubeconfigOf, targetOf } from "../../tools/cli/target";
import { loadKubeConfig, parseSettings } from "../../tools/plugins/kubernetes/config";
import type { Outcome } from "../../tools/support/run";

let folder: string;
const { KUBECONFIG } = process.env;

beforeEach(() => void (folder = fs.mkdtempSync(path.join(os.tmpdir(), "cli-"))));

afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true });
    delete process.env.KUBECONFIG;
    delete process.env[INSIDE];
    Object.assign(process.env, KUBECONFIG && { KUBECONFIG });
});

describe("the command line", () => {
    it("leaves to a program in the shell what follows its name", () => {
        const typed = (line: string) => parseCommandLine(line.split(" "));
        const events = typed("shell --context mine kubectl get events -A --context other");
        assert.deepEqual({ ...events.values }, { context: "mine" });
        assert.deepEqual(events.words, ["kubectl", "get", "events", "-A", "--context", "other"]);
        assert.equal(typed("--context mine shell env").values.context, "mine");
        assert.deepEqual(typed("shell").words, []);
        assert.deepEqual({ ...typed("test cluster --grep scaling").values }, { grep: "scaling" });
        assert.throws(() => typed("shell -A"), /Unknown option '-A'/);
        assert.throws(() => typed("up now -A"), /Unknown option '-A'/);
    });
});

describe("a cluster of the user's", () => {
    const own = { context: "it's: mine", server: "https://mine.example", kubeconfig: "" };

    it("is the one that was named for whatever reads KUBECONFIG, not the one that happens to be selected", () => {
        const kubeconfig = path.join(folder, "config");
        const names = [own.context, "elsewhere"];
        const text = JSON.stringify({
            "current-context": "elsewhere",
            clusters: names.map((name) => ({ name, cluster: { server: `https://${name.slice(-4)}.example` } })),
            contexts: names.map((name) => ({ name, context: { cluster: name, user: "u" } })),
            users: [{ name: "u", user: {} }],
        });
        fs.writeFileSync(kubeconfig, text);
        process.env.KUBECONFIG = kubeconfig;
        const target = targetOf({ context: own.context });
        process.env.KUBECONFIG = kubeconfigOf(path.join(folder, "stack"), target.own!);
        assert.equal(loadKubeConfig(parseSettings({})).getCurrentCluster()?.server, own.server);
        assert.deepEqual(targetOf({}).own!.context, own.context);
        assert.equal(fs.readFileSync(kubeconfig, "utf8"), text);
    });

    it("is not what KUBECONFIG names in the shell of the local cluster", () => {
        process.env.KUBECONFIG = path.join(folder, "local");
        process.env[INSIDE] = "yes";
        assert.throws(() => targetOf({}), /shell of the local cluster.* `exit` first/);
    });

    it("is changed only when a person at the terminal agrees, unless --yes was said", () => {
        const { isTTY } = process.stdin;
        try {
            process.stdin.isTTY = true;
            assert.deepEqual(confirmation({ folder, own }, {}), []);
            assert.deepEqual(confirmation({ folder, own }, { yes: true }), ["--yes"]);
            assert.deepEqual(confirmation({ folder }, {}), ["--yes"]);
            process.stdin.isTTY = false;
            assert.deepEqual(confirmation({ folder, own }, {}), ["--yes"]);
        } finally {
            process.stdin.isTTY = isTTY;
        }
    });
});

describe("pulumi in the shell of a target", () => {
    it("has the settings of the stack that is meant, not of the one that the shell began with", () => {
        const program = path.join(folder, "it's pulumi");
        fs.writeFileSync(
            program,
            '#!/bin/sh\n[ "$*" = "stack --show-name" ] && echo dev || echo "$PULUMI_OPTION_CONFIG_FILE"\n',
        );
        fs.chmodSync(program, 0o755);
        const bin = pulumiWithSettings(folder, program);
        const file = (line: string, env: NodeJS.ProcessEnv = {}) =>
            path.basename(
                execFileSync(path.join(bin, "pulumi"), line.split(" "), {
                    env: { PATH: process.env.PATH, ...env },
                    encoding: "utf8",
                }).trim(),
            );
        const meant: [line: string, stack: string][] = [
            ["config set replicas 5", "dev"],
            ["config -s other", "other"],
            ["-s other config set replicas 5", "other"],
            ["config set replicas 5 --stack other", "other"],
            ["up --stack=organization/etcd/other --yes", "other"],
            ["up -sother", "other"],
            ["up -s=other", "other"],
            ["config set -- -s other", "dev"],
            ["stack init other", "other"],
            ["stack rm other --yes", "other"],
            ["stack init -s other", "other"],
            ["stack output endpoint", "dev"],
        ];
        for (const [line, stack] of meant) {
            assert.equal(file(line), `Pulumi.${stack}.yaml`, line);
        }
        assert.equal(file("up", { PULUMI_STACK: "other" }), "Pulumi.other.yaml");
    });
});

describe("what a killed run was making", () => {
    const urn = "urn:pulumi:dev::etcd::kubernetes:core/v1:Service::client";
    const resource = { urn, type: "kubernetes:core/v1:Service", inputs: { metadata: { name: "a", namespace: "b" } } };
    const state = { deployment: { resources: [], pending_operations: [{ type: "creating", resource }] } };

    /** Adopts it where kubectl answers that; returns the resources that were put into the state. */
    async function adopted(kubectl: (...args: string[]) => Promise<Outcome>): Promise<{ id: string }[] | undefined> {
        let imported: { id: string }[] | undefined;
        const read = async (...args: string[]) => {
            if (args[1] === "import") {
                const text = fs.readFileSync(args[3]!, "utf8");
                imported = (JSON.parse(text) as { deployment: { resources: { id: string }[] } }).deployment.resources;
            }
            return JSON.stringify(state);
        };
        await adoptPending({ folder, read, kubectl } as unknown as Stack);
        return imported;
    }

    it("is adopted if it exists, and forgotten if not", async () => {
        const made = await adopted(async () => ({ status: 0, stdout: "service/a\n", stderr: "" }));
        assert.deepEqual(made, [{ ...resource, id: "b/a" }]);
        const absent = async (...args: string[]) => ({
            status: args.includes("--ignore-not-found") ? 0 : 1,
            stdout: "",
            stderr: 'services "a" not found',
        });
        assert.deepEqual(await adopted(absent), []);
    });

    it("is kept as it is while nobody can tell", async () => {
        const refused = async () => ({ status: 1, stdout: "", stderr: "connection refused" });
        await assert.rejects(adopted(refused), /Service b\/a exists cannot be told: connection refused/);
        await assert.rejects(
            adopted(() => Promise.reject(new Error(NO_KUBECTL))),
            /kubectl is not on PATH; install it/,
        );
        assert.deepEqual(fs.readdirSync(folder), []);
    });
});
