// The list of etcd's flags against etcd itself: every flag that its help names is free or owned, every free one is there, and it starts with all
// of them, as the pods give them to it.
import assert from "assert";
import { execFileSync, spawn } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { flagVariables } from "../../components/etcd-cluster/manifests/etcd-flags";
import { flagConflicts, flagProblem, FREE_FLAGS } from "../../components/etcd-cluster/validation/etcd-flags";
import { waitFor } from "../support/scripts-wait";

const [, VERSION] = /etcd Version: (\S+)/.exec(execFileSync("etcd", ["--version"], { encoding: "utf8" }))!;
const LINE = VERSION!.split(".").slice(0, 2).join(".");
const UNKNOWN = flagProblem("no-such-flag", "", VERSION!);

/** Fine values, by the end of the name. */
const VALUES: [end: RegExp, value: string][] = [
    [/^bcrypt-cost$/, "10"],
    [/^cipher-suites$/, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"],
    [/^(cors|host-whitelist)$/, "*"],
    [/^election-timeout$/, "2000"],
    [/^heartbeat-interval$/, "200"],
    [/^log-level$/, "warn"],
    [/^logger$/, "zap"],
    [/^log-format$/, "json"],
    [/^max-(snapshots|wals)$/, "5"],
    [/^max-request-bytes$/, "3145728"],
    [/^metrics$/, "extensive"],
    [/^tls-(min|max)-version$/, "TLS1.2"],
    [/freelist-type$/, "map"],
    [/^feature-gates$/, "InitialCorruptCheck=true,CompactHashCheck=true"],
    [/tracing-address$/, "127.0.0.1:4317"],
    [/service-name$|instance-id$/, "etcd"],
    [/(interval|time|timeout|duration)$/, "10s"],
    [
        /^(experimental-)?enable-|tick-advance$|socket-reuse-address$|check-enabled$|shared-buffer$|on-defrag$|corrupt-check$/,
        "true",
    ],
    [/limit$|count$|ops$|entries$|streams$|megabytes$|rate$/, "1000"],
];

/** Of two that are the same, and of switches that are gates, one: a start with the others is the second. */
function flagsOf(old: boolean): Record<string, string> {
    const here = FREE_FLAGS.filter(([, lines]) => lines.includes(LINE)).map(([name]) => name);
    const isOld = (name: string) => name.startsWith("experimental-");
    const hasNew = here.includes("feature-gates");
    const chosen = here.filter((name) =>
        old
            ? isOld(name) || !(here.includes(`experimental-${name}`) || name === "feature-gates")
            : !hasNew || !isOld(name),
    );
    // It asks a collector that is not there, for a minute, before it starts.
    return Object.fromEntries(
        chosen
            .filter((name) => !name.endsWith("enable-distributed-tracing"))
            .map((name) => {
                const value = VALUES.find(([end]) => end.test(name))?.[1];
                assert.ok(value !== undefined, `no value to try ${name} with`);
                return [name, value];
            }),
    );
}

/** Starts etcd with these flags by its environment, until it is ready; what it said. */
async function started(flags: Record<string, string>): Promise<string> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-flags-"));
    const variables = flagVariables(flags) as { name: string; value: string }[];
    const env = { PATH: process.env.PATH, ...Object.fromEntries(variables.map(({ name, value }) => [name, value])) };
    const own = ["client", "peer"].map((kind, n) => `--listen-${kind}-urls=http://127.0.0.1:${24790 + n}`);
    const advertised = [
        "--advertise-client-urls=http://127.0.0.1:24790",
        "--initial-advertise-peer-urls=http://127.0.0.1:24791",
    ];
    const cluster = "--initial-cluster=default=http://127.0.0.1:24791";
    const etcd = spawn("etcd", [`--data-dir=${folder}/data`, cluster, ...own, ...advertised], { env });
    let said = "";
    for (const stream of [etcd.stdout, etcd.stderr]) {
        stream.on("data", (text: Buffer) => (said += String(text)));
    }
    const ended = new Promise<void>((resolve) => etcd.once("exit", () => resolve()));
    try {
        const health = () =>
            execFileSync("busybox", ["wget", "-qO-", "http://127.0.0.1:24790/health"], {
                encoding: "utf8",
                stdio: "pipe",
            });
        await waitFor("etcd to serve", () => etcd.exitCode !== null || /"health":"true"/.test(health()), {
            report: () => said,
        });
        assert.equal(etcd.exitCode, null, said);
    } finally {
        etcd.kill("SIGKILL");
        await ended;
        fs.rmSync(folder, { recursive: true, force: true });
    }
    return said;
}

describe("flags of etcd", () => {
    it(`are all known: each that its help names is free or owned, and each that is free is there (${LINE})`, () => {
        const help = execFileSync("etcd", ["--help"], { encoding: "utf8", stdio: "pipe" });
        const named = [...help.matchAll(/^\s+--([a-z0-9-]+)/gm)].map(([, name]) => name!);
        assert.ok(named.length > 60);
        for (const name of named) {
            assert.notEqual(flagProblem(name, "\n", VERSION!), UNKNOWN, name);
        }
        const free = FREE_FLAGS.filter(([, lines]) => lines.includes(LINE)).map(([name]) => name);
        const has = (name: string) => {
            try {
                execFileSync("etcd", [`--${name}=1`, "--version"], { stdio: ["ignore", "pipe", "pipe"] });
                return true;
            } catch (error) {
                return !/not defined|unknown flag/.test(String((error as { stderr: Buffer }).stderr));
            }
        };
        assert.deepEqual(
            free.filter((name) => !has(name)),
            [],
        );
        const others = FREE_FLAGS.filter(([, lines]) => !lines.includes(LINE)).map(([name]) => name);
        const left = LINE === "3.4" ? ["enable-pprof"] : [];
        assert.deepEqual(others.filter(has), left);
    });

    for (const old of [false, true]) {
        it(`are taken by it all at once, ${old ? "under the names of before" : "under the names of today"}`, async () => {
            const flags = flagsOf(old);
            for (const [name, value] of Object.entries(flags)) {
                assert.equal(flagProblem(name, value, VERSION!), undefined, name);
            }
            assert.deepEqual(flagConflicts(flags, true), []);
            const said = await started(flags);
            assert.doesNotMatch(said, /unrecognized environment variable/);
        });
    }
});
