// Bad input is refused with everything that is wrong, in one error; good input is not.
import assert from "assert";

import * as fc from "fast-check";

import type { EtcdClusterArgs } from "../../components";
import { assertValid, checkedPassword, problemsOf } from "../../components/etcd-cluster/validate";

/** For each argument: values that are fine, and values that are not. */
const CASES: Record<keyof EtcdClusterArgs, { good: unknown[]; bad: unknown[] }> = {
    replicas: { good: [1, 3, 9], bad: [0, 10, -1, 2.5, "three", "3", null, NaN] },
    name: {
        good: ["etcd", "a", "a-1", "x".repeat(52)],
        bad: ["", "Etcd", "-a", "a-", "a.b", "a b", "é", "x".repeat(53), 1],
    },
    namespace: { good: ["default", "a-b"], bad: ["", "Default", "a_b", "x".repeat(64), "a\nb"] },
    version: {
        good: ["3.6.16", "v3.5.32", "3.4.42", "3.7.1"],
        bad: ["3.3.27", "3.6.11", "3.8.0", "3.6", "latest", ""],
    },
    image: {
        good: [
            "gcr.io/etcd-development/etcd:v3.6.16",
            "localhost:5000/etcd:3.5.40",
            `etcd:v3.6.16@sha256:${"a".repeat(64)}`,
        ],
        bad: ["", "etcd:latest", "etcd", "etcd:v3.3.1", "UPPER:v3.6.16", "a b:v3.6.16", 3],
    },
    toolboxImage: { good: ["busybox:1.37.0-musl", "docker.io/library/busybox"], bad: ["", "busybox:", "a b", "$(id)"] },
    kubectlImage: { good: ["registry.k8s.io/kubectl:v1.34.4"], bad: ["", "kubectl;rm"] },
    imagePullPolicy: { good: ["Always", "IfNotPresent", "Never"], bad: ["always", "", "Sometimes"] },
    initialClusterSize: { good: [1, 3, 9], bad: [0, 10, 1.5, "1"] },
    storageClass: { good: ["local-path", "a.b"], bad: ["", "a b", "-a"] },
    storageSize: { good: ["1Gi", "500M", "1e9", "8589934592"], bad: ["", "big", "0", "-1Gi", "1GB", "1 Gi", 5] },
    storageSelector: {
        good: [{}, { "k8s.cloud/storage-type": "ceph-rbd" }, { a: "" }],
        bad: [{ "a b": "c" }, { a: "b c" }, { a: 1 }, ["a"], "a=b", { "": "a" }, { a: "x".repeat(64) }],
    },
    resources: {
        good: [{}, { requests: { cpu: "4", memory: "4Gi" } }, { requests: { cpu: "1" }, limits: { cpu: "1" } }],
        bad: [
            { requests: { cpu: "fast" } },
            { requests: { gpu: "1" } },
            { limit: {} },
            "4",
            { limits: { memory: "0" } },
        ],
    },
    affinity: { good: ["soft", "hard", "none"], bad: ["", "Hard", true] },
    clientServiceType: { good: ["ClusterIP", "NodePort", "LoadBalancer"], bad: ["clusterip", "ExternalName", ""] },
    nodePort: { good: [], bad: [29999, 32768, 0, "30000"] },
    externalHost: { good: ["etcd.example.org", "10.0.0.1", "2001:db8::1"], bad: ["", "a b", "http://a", "a/b"] },
    clusterDomain: { good: ["cluster.local", "k8s"], bad: ["", ".local", "a..b", "a b"] },
    rootPassword: {
        good: ["12345678", `a$:'"% b`, "x".repeat(128)],
        bad: ["short", "x".repeat(129), "pässword", "a\nbcdefgh", 12345678],
    },
    recoverFrom: { good: [0, 2], bad: [-1, 3, 9, "0", 1.5] },
    recoverSnapshot: {
        good: [],
        bad: ["", "a/b", "../a", ".hidden", "-a", "a b", 'a"b', "a\nb", "x".repeat(129), 3],
    },
    initialClusterToken: { good: ["a", "A.b_c-1"], bad: ["", "a b", "x".repeat(65)] },
};

const args = (key: string, value: unknown) => ({ [key]: value }) as EtcdClusterArgs;

describe("validation", () => {
    for (const [key, { good, bad }] of Object.entries(CASES)) {
        it(`of ${key}`, () => {
            for (const value of good) {
                assert.deepEqual(problemsOf(args(key, value)), [], JSON.stringify(value));
            }
            for (const value of bad) {
                const problems = problemsOf(args(key, value));
                assert.deepEqual(
                    problems.map((problem) => problem.key),
                    [key],
                    JSON.stringify(value),
                );
                assert.notEqual(problems[0]!.allowed, "");
            }
        });
    }

    it("lists all problems in one error, with key, value and what is allowed", () => {
        const bad = { replicas: 0, storageSize: "big", clientServiceType: "Internal" } as unknown as EtcdClusterArgs;
        assert.throws(() => assertValid(bad), {
            message: [
                "the configuration of the etcd cluster has 3 problems:",
                "  replicas is 0; allowed: an integer from 1 to 9",
                '  storageSize is "big"; allowed: a positive Kubernetes quantity such as 1Gi',
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
