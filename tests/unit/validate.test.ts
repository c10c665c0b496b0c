// Bad input is refused with everything that is wrong, in one error; good input is not.
import assert from "assert";

import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";

import type { EtcdClusterArgs } from "../../components";
import { KEYS, SETTINGS } from "../../components/etcd-cluster/settings";
import { problemsOf, validated, problemsLater } from "../../components/etcd-cluster/validation/validate";
import { CASES, HOSTILE } from "../support/argument-cases";

/** Fine by itself; a member's whole name has 253 characters at most. */
const LONG_DOMAIN = `${"d".repeat(60)}.${"e".repeat(60)}.local`;

const args = (key: string, value: unknown) => ({ [key]: value }) as EtcdClusterArgs;

function refused(key: string, value: unknown): void {
    const problems = problemsOf(args(key, value));
    // Of a value with parts each bad one is told by its own key.
    const keys = new Set(problems.map((problem) => problem.key.split(".")[0]));
    assert.deepEqual([...keys], [key], JSON.stringify(value));
    assert.ok(SETTINGS[key as keyof EtcdClusterArgs].problems !== undefined || problems.length === 1);
    assert.ok(problems.every(({ allowed }) => allowed !== ""));
}

describe("validation", () => {
    it("has cases for every argument, of every kind", () => {
        assert.deepEqual(Object.keys(CASES).sort(), [...KEYS].sort());
        for (const [key, { good, together = [], type, range }] of Object.entries(CASES)) {
            assert.ok(good.length + together.length > 0, key);
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
                const fine = harmless.includes(text);
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
                () => validated({ namespace: text, [text]: 1 } as EtcdClusterArgs),
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
        for (const value of [...odd, { name: pulumi.output("etcd") }, { storageSize: Promise.resolve("1Gi") }]) {
            assert.throws(
                () => validated(value as EtcdClusterArgs),
                (error: Error) => pulumi.RunError.isInstance(error) && /has 1 problem:/.test(error.message),
            );
        }
    });

    it("lists all problems in one error, with key, value and what is allowed", () => {
        const bad = { replicas: 0, storageSize: "big", clientServiceType: "Internal" } as unknown as EtcdClusterArgs;
        assert.throws(() => validated(bad), {
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
            [{ quotaBackendBytes: "1Gi" }, ["quotaBackendBytes"]],
            [{ quotaBackendBytes: "1024M", storageSize: "1Gi" }, []],
            [{ quotaBackendBytes: "2Gi", storageSize: "2048Mi" }, ["quotaBackendBytes"]],
            [{ quotaBackendBytes: "2Gi", storageSize: "1900Mi" }, ["quotaBackendBytes"]],
            [{ quotaBackendBytes: "2Gi", storageSize: "5Gi" }, []],
            [{ quotaBackendBytes: "2Gi", storageSize: "big" }, ["storageSize"]],
            [{ quotaBackendBytes: "1Mi", storageSize: "5Gi" }, ["quotaBackendBytes"]],
            [{ nodePort: 30000 }, ["nodePort"]],
            [{ tls: "secret" }, ["tlsSecret"]],
            [{ tlsSecret: "a" }, ["tlsSecret"]],
            [{ tls: "generated", tlsSecret: "a" }, ["tlsSecret"]],
            [{ tls: "secret", tlsSecret: "a.b-c" }, []],
            [{ tls: "cert-manager", tlsSecret: "a" }, ["tlsSecret"]],
            [{ tls: "cert-manager", tlsClientAuth: true }, []],
            [{ tls: "cert-manager", tlsIssuer: "ClusterIssuer/a" }, []],
            [{ tls: "generated", tlsIssuer: "a" }, ["tlsIssuer"]],
            [{ tlsIssuer: "a" }, ["tlsIssuer"]],
            [{ tls: "off", tlsClientAuth: true }, ["tlsClientAuth"]],
            [{ version: "3.5.32" }, ["version"]],
            [{ version: "3.5.33" }, []],
            [{ version: "3.4.45" }, ["version"]],
            [{ version: "3.4.45", allowVulnerableVersion: true }, []],
            [{ image: "mirror/etcd:v3.6.13" }, ["image"]],
            [{ image: "mirror/etcd:v3.6.13", allowVulnerableVersion: true }, []],
            [{ image: `mirror/etcd@sha256:${"a".repeat(64)}`, version: "3.6.13" }, ["version"]],
            [{ tlsClientAuth: true }, []],
            [{ tlsCaGenerations: [1, 2] }, []],
            [{ tlsCaGenerations: [2], tls: "off" }, ["tlsCaGenerations"]],
            [{ tlsCaGenerations: [1, 2], tls: "secret", tlsSecret: "a" }, ["tlsCaGenerations"]],
            [{ tlsCaGenerations: [1, 2], tls: "cert-manager" }, ["tlsCaGenerations"]],
            [{ nodePort: 30000, clientServiceType: "NodePort" }, []],
            [{ nodePort: 30000, clientServiceType: "LoadBalancer" }, []],
            [{ clusterDomain: LONG_DOMAIN, name: "n".repeat(52), namespace: "s".repeat(63) }, ["clusterDomain"]],
            [{ clusterDomain: LONG_DOMAIN, name: "n", namespace: "s" }, []],
            [{ clientNamespaces: ["a"], clientServiceType: "NodePort" }, ["clientNamespaces"]],
            [{ clientNamespaces: [], clientServiceType: "LoadBalancer" }, []],
            [{ apiServerCidrs: ["192.0.2.10/32"] }, ["apiServerCidrs"]],
            [{ apiServerCidrs: ["192.0.2.10/32"], egress: "restricted" }, []],
            [{ image: "etcd:v3.6.16", version: "3.5.33" }, ["image"]],
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

    it("checks what is known only later when it is, all of it in one error, and shows nothing that is secret", async () => {
        const later = (value: unknown) => pulumi.output(Promise.resolve(value)) as pulumi.Output<never>;
        const bad: EtcdClusterArgs = {
            namespace: later("Apps"),
            image: later("etcd:v3.5.32"),
            version: "3.6.16",
            storageClass: pulumi.secret("Fast"),
            clientNamespaces: ["a", later("B")],
            tlsSecret: later(undefined),
            tls: "secret",
            rootPassword: later("short"),
        };
        assert.deepEqual(problemsOf(bad), [], "nothing is known yet");
        const told = (await problemsLater(bad))!;
        assert.match(told, /has 6 problems:\n/);
        for (const line of [
            /namespace is "Apps"; allowed: a DNS label/,
            /image is "etcd:v3.5.32"; allowed: an image of `version`, which is 3.6.16/,
            /storageClass is "\(not shown\)"/,
            /clientNamespaces is \["a","B"\]/,
            /tlsSecret is null; allowed: the name of a Secret/,
            /rootPassword is "\(not shown\)"/,
        ]) {
            assert.match(told, line);
        }
        assert.doesNotMatch(told, /Fast|short/);
        const fine = await problemsLater({
            ...bad,
            namespace: later("apps"),
            image: later("etcd:v3.6.16"),
            storageClass: later("fast"),
            clientNamespaces: later(["b"]),
            tlsSecret: later("a"),
            rootPassword: later("long enough"),
        });
        assert.equal(fine, undefined);
    });

    it("refuses at once what is wrong whatever an output comes to", () => {
        const one = pulumi.output("a");
        const keys = (args: EtcdClusterArgs) => problemsOf(args).map(({ key }) => key);
        assert.deepEqual(keys({ image: one }), ["version"]);
        assert.deepEqual(keys({ image: one, version: "3.6.16" }), []);
        assert.deepEqual(keys({ tlsSecret: one }), ["tlsSecret"]);
        assert.deepEqual(keys({ tlsIssuer: one }), ["tlsIssuer"]);
        assert.deepEqual(keys({ rootPasswordSecret: one, rootPassword: one, previousRootPassword: one }), [
            "rootPassword",
            "previousRootPassword",
        ]);
        assert.deepEqual(keys({ rootPasswordSecret: "a", initialClusterToken: "b" }), []);
    });

    it("names an argument that does not exist", () => {
        assert.deepEqual(problemsOf({ replica: 3 } as EtcdClusterArgs), [
            { key: "replica", value: 3, allowed: "no such argument" },
        ]);
        // Whose name is misspelt may be a secret.
        const misspelt = { rootPasword: "hidden-7d1" } as EtcdClusterArgs;
        assert.throws(
            () => validated(misspelt),
            (error: Error) => !error.message.includes("7d1") && error.message.includes("rootPasword"),
        );
    });

    it("takes a new password that etcdctl can set, and that is new", () => {
        const problems = (rootPassword: string) =>
            problemsOf({ rootPassword, previousRootPassword: "the old one" }).map(({ key }) => key);
        assert.deepEqual(problems("the-new-one"), []);
        assert.deepEqual(problems("the new one"), ["rootPassword"]);
        assert.deepEqual(problems("the old one"), ["rootPassword"]);
        assert.deepEqual(
            problemsOf({ rootPassword: "the-old-one", previousRootPassword: "the-old-one" }).map(({ key }) => key),
            ["previousRootPassword"],
        );
        assert.deepEqual(problemsOf({ previousRootPassword: "the old one" }), []);
    });

    it("never shows the password", () => {
        const secret = "päss";
        assert.throws(
            () => validated({ rootPassword: secret, previousRootPassword: secret }),
            (error: Error) => /2 problems/.test(error.message) && !error.message.includes(secret),
        );
    });

    it("never breaks, whatever it is given", () => {
        const anything = fc.dictionary(fc.constantFrom(...Object.keys(CASES)), fc.jsonValue());
        fc.assert(
            fc.property(anything, (some) => Array.isArray(problemsOf(some as EtcdClusterArgs))),
            { seed: 1, numRuns: 500 },
        );
    });
});
