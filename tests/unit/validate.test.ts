// Bad input is refused with everything that is wrong, in one error; good input is not.
import assert from "assert";

import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";

import type { EtcdClusterArgs } from "../../components";
import { assertValid, checkedPassword, KEYS, problemsOf } from "../../components/etcd-cluster/validate";

/** For each argument: values that are fine, of a wrong type, out of range, and where a hostile text would go. */
interface Cases {
    good: unknown[];
    type: unknown[];
    range: unknown[];
    /** Values that carry the text; the text itself when left out. */
    carry?: (text: string) => unknown[];
    /** Hostile texts that are fine here, because nothing interprets them. */
    harmless?: string[];
}

const CASES: Record<keyof EtcdClusterArgs, Cases> = {
    replicas: { good: [1, 3, 9], type: ["three", "3", null, true, [3], {}], range: [0, 10, -1, 2.5, NaN, Infinity] },
    name: {
        good: ["etcd", "a", "a-1", "x".repeat(52)],
        type: [1, null, ["etcd"], {}],
        range: ["", "Etcd", "-a", "a-", "a.b", "1a", "x".repeat(53)],
    },
    namespace: {
        good: ["default", "a-b", "1", "x".repeat(63)],
        type: [1, null, ["default"]],
        range: ["", "Default", "a_b", "x".repeat(64)],
    },
    version: {
        good: ["3.6.16", "v3.5.32", "3.4.42", "3.7.1"],
        type: [3.6, null, ["3.6.16"]],
        range: ["3.3.27", "3.6.11", "3.8.0", "3.6", "latest", "", "3.6.16-rc.1"],
    },
    image: {
        good: [
            "gcr.io/etcd-development/etcd:v3.6.16",
            "localhost:5000/etcd:3.5.40",
            `etcd:v3.6.16@sha256:${"a".repeat(64)}`,
        ],
        type: [3, null, {}],
        range: ["", "etcd:latest", "etcd", "etcd:v3.3.1", "UPPER:v3.6.16", `etcd:v3.6.16@sha256:${"a".repeat(63)}`],
        carry: (text) => [text, `etcd:v3.6.16 ${text}`, `etcd:v3.6.16@${text}`],
    },
    toolboxImage: {
        good: ["busybox:1.37.0-musl", "docker.io/library/busybox"],
        type: [1, null],
        range: ["", "busybox:", "/busybox", `busybox@sha256:${"g".repeat(64)}`],
        carry: (text) => [text, `busybox:1 ${text}`, `busybox:1@${text}`],
    },
    kubectlImage: {
        good: ["registry.k8s.io/kubectl:v1.34.4"],
        type: [1, null],
        range: ["", "kubectl:", `kubectl:${"x".repeat(129)}`],
        carry: (text) => [text, `kubectl:1 ${text}`, `kubectl:1@${text}`],
    },
    imagePullPolicy: {
        good: ["Always", "IfNotPresent", "Never"],
        type: [true, null],
        range: ["always", "", "Sometimes"],
    },
    initialClusterSize: { good: [1, 3, 9], type: ["1", null, true], range: [0, 10, 1.5, -1] },
    storageClass: {
        good: ["local-path", "a.b", "x".repeat(253)],
        type: [1, null, {}],
        range: ["", "-a", "Fast", "a..b", "x".repeat(254)],
    },
    storageSize: {
        good: ["1Gi", "500M", "1e9", "8589934592", "256Mi"],
        type: [5, null, {}],
        range: ["", "big", "0", "-1Gi", "1GB", "8", "255Mi", "1e19", "1e999", "500m"],
        carry: (text) => [text, `1Gi${text}`],
    },
    storageSelector: {
        good: [{}, { "k8s.cloud/storage-type": "ceph-rbd" }, { a: "" }],
        type: [["a"], "a=b", 1, null, { a: 1 }, { a: null }],
        range: [{ "": "a" }, { a: "x".repeat(64) }, { a: "b-" }, { "a..b/c": "d" }, { "A/b": "c" }, { "a/b/c": "d" }],
        carry: (text) => [text, { a: text }, { [text]: "a" }, { [`a/${text}`]: "a" }, { [`${text}/a`]: "a" }],
    },
    resources: {
        good: [
            {},
            { requests: { cpu: "4", memory: "4Gi" } },
            { requests: { cpu: "1" }, limits: { cpu: "1", memory: "128Mi" } },
        ],
        type: ["4", 4, null, ["cpu"], { requests: "4" }, { limits: { cpu: 1 } }, { limits: null }],
        range: [
            { requests: { cpu: "fast" } },
            { requests: { gpu: "1" } },
            { limit: {} },
            { requests: { cpu: "0" } },
            { limits: { cpu: "-1" } },
            // A forgotten unit: eight bytes.
            { limits: { memory: "8" } },
            { limits: { memory: "127Mi" } },
        ],
        carry: (text) => [text, { [text]: {} }, { requests: { [text]: "1" } }, { limits: { cpu: `1${text}` } }],
    },
    affinity: { good: ["soft", "hard", "none"], type: [true, null, {}], range: ["", "Hard"] },
    clientServiceType: {
        good: ["ClusterIP", "NodePort", "LoadBalancer"],
        type: [1, null],
        range: ["clusterip", "ExternalName", ""],
    },
    nodePort: { good: [], type: ["30000", null, true], range: [29999, 32768, 0, -1, 30000.5] },
    externalHost: {
        good: ["etcd.example.org", "Node1", "10.0.0.1", "2001:db8::1", "[2001:db8::1]"],
        type: [1, null],
        range: [
            "",
            "http://a",
            "a/b",
            "a:1",
            "10.0.0.256",
            "2001:db8:::1",
            "[10.0.0.1]",
            "[]",
            `${"x".repeat(64)}.org`,
        ],
    },
    clusterDomain: {
        good: ["cluster.local", "k8s"],
        type: [1, null, ["cluster.local"]],
        range: ["", ".local", "a..b", "local.", "Cluster.local", "x".repeat(64), "a.".repeat(127) + "a"],
    },
    rootPassword: {
        good: ["12345678", `a$:'"% b`, "x".repeat(128)],
        type: [12345678, null, {}],
        range: ["short", "x".repeat(129), ""],
        carry: (text) => [`12345678${text}`],
        harmless: [
            "$(id)",
            "`id`",
            "a;b",
            "a b",
            "a'b",
            'a"b',
            "a\\b",
            "../a",
            "${HOME}",
            "$(HOME)",
            "--help",
            "{{a}}",
        ],
    },
    recoverFrom: { good: [0, 2], type: ["0", null, true], range: [-1, 3, 9, 1.5] },
    recoverSnapshot: {
        good: [],
        type: [3, null, {}],
        range: ["", "a/b", ".hidden", "-a", "x".repeat(129)],
    },
    initialClusterToken: { good: ["a", "A.b_c-1", "x".repeat(64)], type: [1, null], range: ["", "x".repeat(65)] },
};

/** What a shell, YAML, a URL, a terminal or Kubernetes' own expansion of variables would take for more than text. */
const HOSTILE = [
    "$(id)",
    "`id`",
    "a;b",
    "a b",
    "a'b",
    'a"b',
    "a\\b",
    "../a",
    "${HOME}",
    "$(HOME)",
    "--help",
    "{{a}}",
    "a\nb",
    "a\r\nb",
    "a\n",
    "a\u0000b",
    "a\u001b[2J",
    "\u202ea",
    "é",
    "ａ",
    "x".repeat(300),
];

/** Fine by itself; a member's whole name has 253 characters at most. */
const LONG_DOMAIN = `${"d".repeat(60)}.${"e".repeat(60)}.local`;

const args = (key: string, value: unknown) => ({ [key]: value }) as EtcdClusterArgs;

/** A text that is fine somewhere: a token may begin with any character that it has. */
const FINE: Partial<Record<keyof EtcdClusterArgs, string[]>> = { initialClusterToken: ["--help"] };

function refused(key: string, value: unknown): void {
    const problems = problemsOf(args(key, value));
    assert.deepEqual(
        problems.map((problem) => problem.key),
        [key],
        JSON.stringify(value),
    );
    assert.notEqual(problems[0]!.allowed, "");
}

describe("validation", () => {
    it("has cases for every argument, of every kind", () => {
        assert.deepEqual(Object.keys(CASES).sort(), [...KEYS].sort());
        for (const [key, { good, type, range }] of Object.entries(CASES)) {
            assert.ok(good.length > 0 || ["nodePort", "recoverSnapshot"].includes(key), key);
            assert.ok(type.length > 0 && range.length > 0, key);
        }
    });

    for (const [key, { good, type, range, carry = (text: string) => [text], harmless = [] }] of Object.entries(CASES)) {
        it(`of ${key}`, () => {
            for (const value of good) {
                assert.deepEqual(problemsOf(args(key, value)), [], JSON.stringify(value));
            }
            type.forEach((value) => refused(key, value));
            range.forEach((value) => refused(key, value));
        });

        it(`of ${key}, against texts that are more than text`, () => {
            for (const text of HOSTILE) {
                const fine = [...harmless, ...(FINE[key as keyof EtcdClusterArgs] ?? [])].includes(text);
                for (const value of carry(text)) {
                    if (fine) {
                        assert.deepEqual(problemsOf(args(key, value)), [], JSON.stringify(value));
                    } else {
                        refused(key, value);
                    }
                }
            }
        });
    }

    it("shows what was refused on one short line, and nothing that steers a terminal", () => {
        for (const text of HOSTILE) {
            assert.throws(
                () => assertValid({ namespace: text, [text]: 1 } as EtcdClusterArgs),
                (error: Error) => {
                    const lines = error.message.split("\n");
                    assert.equal(lines.length, 4, error.message);
                    assert.ok(lines.every((line) => line.length < 320));
                    assert.doesNotMatch(lines.join(""), /[\p{Cc}\p{Cf}]/u);
                    return true;
                },
            );
        }
    });

    it("refuses what is no argument at all", () => {
        const circle: Record<string, unknown> = {};
        circle.circle = circle;
        const odd = [null, "replicas", [1], { name: 1n }, { name: circle }, { name: () => "a" }, { name: Symbol("a") }];
        for (const value of [...odd, { name: pulumi.output("etcd") }, { name: Promise.resolve("etcd") }]) {
            assert.throws(
                () => assertValid(value as EtcdClusterArgs),
                (error: Error) => pulumi.RunError.isInstance(error) && /has 1 problem:/.test(error.message),
            );
        }
    });

    it("lists all problems in one error, with key, value and what is allowed", () => {
        const bad = { replicas: 0, storageSize: "big", clientServiceType: "Internal" } as unknown as EtcdClusterArgs;
        assert.throws(() => assertValid(bad), {
            message: [
                "the configuration of the etcd cluster has 3 problems:",
                "  replicas is 0; allowed: an integer from 1 to 9",
                '  storageSize is "big"; allowed: a positive Kubernetes quantity such as 1Gi, at least 256Mi',
                '  clientServiceType is "Internal"; allowed: ClusterIP, NodePort or LoadBalancer',
                "Nothing was changed.",
            ].join("\n"),
        });
    });

    it("refuses what is fine alone and not together", () => {
        const together: [EtcdClusterArgs, string[]][] = [
            [{ replicas: 3, initialClusterSize: 5 }, []],
            [{ replicas: 3, recoverFrom: 3 }, ["recoverFrom"]],
            [{ replicas: 4, recoverFrom: 3 }, []],
            [{ recoverFrom: 0, recoverSnapshot: "etcd-2026-11-25_03.00.db" }, []],
            [{ recoverFrom: 0, recoverSnapshot: "/var/run/etcd/a" }, ["recoverSnapshot"]],
            [{ recoverSnapshot: "snapshot.db" }, ["recoverSnapshot"]],
            [{ nodePort: 30000 }, ["nodePort"]],
            [{ nodePort: 30000, clientServiceType: "NodePort" }, []],
            [{ nodePort: 30000, clientServiceType: "LoadBalancer" }, []],
            [{ clusterDomain: LONG_DOMAIN, name: "n".repeat(52), namespace: "s".repeat(63) }, ["clusterDomain"]],
            [{ clusterDomain: LONG_DOMAIN, name: "n", namespace: "s" }, []],
            [{ image: "etcd:v3.6.16", version: "3.5.32" }, ["image"]],
            [{ image: "etcd:v3.6.16", version: "v3.6.16" }, []],
            [{ image: "mirror/etcd:prod", version: "3.6.16" }, []],
            [{ resources: { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } } }, ["resources.requests.memory"]],
            [{ resources: { requests: { cpu: "1000m" }, limits: { cpu: "1" } } }, []],
        ];
        for (const [both, keys] of together) {
            assert.deepEqual(
                problemsOf(both).map(({ key }) => key),
                keys,
                JSON.stringify(both),
            );
        }
    });

    it("names an argument that does not exist", () => {
        assert.deepEqual(problemsOf({ replica: 3 } as EtcdClusterArgs), [
            { key: "replica", value: 3, allowed: "no such argument" },
        ]);
        // Whose name is misspelt may be a secret.
        const misspelt = { rootPasword: "hidden-7d1" } as EtcdClusterArgs;
        assert.throws(
            () => assertValid(misspelt),
            (error: Error) => !error.message.includes("7d1") && error.message.includes("rootPasword"),
        );
    });

    it("never shows the password", () => {
        const secret = "päss";
        assert.throws(
            () => assertValid({ rootPassword: secret }),
            (error: Error) => !error.message.includes(secret),
        );
        assert.throws(
            () => checkedPassword(secret),
            (error: Error) => !error.message.includes(secret),
        );
        assert.equal(checkedPassword("long enough"), "long enough");
    });

    it("never breaks, whatever it is given", () => {
        const anything = fc.dictionary(fc.constantFrom(...Object.keys(CASES)), fc.jsonValue());
        fc.assert(
            fc.property(anything, (some) => Array.isArray(problemsOf(some as EtcdClusterArgs))),
            { seed: 1, numRuns: 500 },
        );
    });
});
