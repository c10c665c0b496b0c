// Pulumi.yaml and stacks/config.ts mean the same; values reach the component as a user wrote them.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { resolve } from "../../components/etcd-cluster/options";
import { EACH_SETTING, KEYS } from "../../components/etcd-cluster/settings";
import { problemsOf } from "../../components/etcd-cluster/validation/validate";
import { clusterArgs } from "../../stacks/config";

const ROOT = path.join(__dirname, "../..");
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), "utf8");

interface Key {
    type: string;
    default: unknown;
    description: string;
}
const project = parse(read("Pulumi.yaml")) as { name: string; runtime: unknown; config: Record<string, Key> };

const TEXT_KINDS = ["text", "integer", "boolean"];
const OBJECT_KEYS = EACH_SETTING.filter(([, { kind }]) => !TEXT_KINDS.includes(kind)).map(([key]) => key as string);

function configured(settings: Record<string, string>): object {
    const full = Object.entries(settings).map(([key, value]) => [`etcd:${key}`, value]);
    pulumi.runtime.setAllConfig(Object.fromEntries(full));
    return clusterArgs(new pulumi.Config("etcd"));
}

/** The defaults as the engine hands them to the program. */
const DEFAULTS = Object.fromEntries(
    Object.entries(project.config).map(([key, { default: value }]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
    ]),
);

describe("configuration", () => {
    it("describes each key, with type and default", () => {
        assert.equal(project.name, "etcd");
        const options = { packagemanager: "npm", tsconfig: "tsconfig.pulumi.json" };
        assert.deepEqual(project.runtime, { name: "nodejs", options });
        for (const [key, { type, default: value, description }] of Object.entries(project.config)) {
            assert.ok(["string", "integer", "boolean", "object", "array"].includes(type), key);
            assert.notEqual(value, undefined, key);
            assert.ok(description.length > 20, key);
        }
    });

    it("has every key that the component knows, and no other", () => {
        const bad = Object.fromEntries(Object.keys(project.config).map((key) => [key, "\u0000"]));
        const args = configured(bad);
        assert.deepEqual(Object.keys(args).sort(), Object.keys(project.config).sort());
        // Each of them reaches validation under the name of the key, so none is unknown to the component.
        const problems = problemsOf(args);
        assert.deepEqual(problems.map(({ key }) => key).sort(), Object.keys(project.config).sort());
        assert.ok(problems.every(({ allowed }) => allowed !== "no such argument"));
    });

    it("leaves what is not set to the component", () => {
        // Only a default of a key's own comes through; all else stands for "not set".
        const own = EACH_SETTING.filter(([, setting]) => setting.default !== undefined);
        assert.deepEqual(configured(DEFAULTS), Object.fromEntries(own.map(([key, setting]) => [key, setting.default])));
        assert.deepEqual(resolve(configured(DEFAULTS)), resolve({}));
        assert.deepEqual(problemsOf(configured(DEFAULTS)), []);
        assert.deepEqual(configured({}), {});
    });

    it("converts numbers, switches and objects", () => {
        const settings = {
            replicas: "5",
            nodePort: "30001",
            tlsClientAuth: "true",
            storageSelector: '{"a":"b"}',
            resources: '{"limits":{"cpu":"1"}}',
            tlsCaGenerations: "[2,1]",
            tolerations: '[{"key":"a","operator":"Exists","effect":"NoExecute","tolerationSeconds":30}]',
            pod: '{"hostUsers":false,"priority":1}',
            etcdFlags: '{"snapshot-count":5000,"enable-pprof":true}',
        };
        assert.deepEqual(configured(settings), {
            replicas: 5,
            nodePort: 30001,
            tlsClientAuth: true,
            storageSelector: { a: "b" },
            resources: { limits: { cpu: "1" } },
            tlsCaGenerations: [2, 1],
            // As Kubernetes takes them, with numbers and switches.
            tolerations: [{ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 30 }],
            pod: { hostUsers: false, priority: 1 },
            etcdFlags: { "snapshot-count": "5000", "enable-pprof": "true" },
        });
    });

    it("takes quantities and labels that look like numbers", () => {
        const args = configured({ resources: '{"requests":{"cpu":4}}', storageSelector: '{"fast":true,"tier":1}' });
        assert.deepEqual(args, {
            resources: { requests: { cpu: "4" } },
            storageSelector: { fast: "true", tier: "1" },
        });
        assert.deepEqual(problemsOf(args), []);
    });

    it("passes on what cannot be converted, to be refused with everything else", () => {
        const args = configured({ replicas: "three", storageSelector: "{a", nodePort: "x" });
        assert.deepEqual(args, { replicas: "three", storageSelector: "{a", nodePort: "x" });
        assert.deepEqual(
            problemsOf(args).map(({ key }) => key),
            ["replicas", "storageSelector", "nodePort"],
        );
        assert.deepEqual(configured({ replicas: "0" }), { replicas: 0 });
    });

    it("has no key that nobody reads", () => {
        const problems = problemsOf(configured({ replica: "5", replicas: "5" }));
        assert.deepEqual(problems, [{ key: "replica", value: "(not shown)", allowed: "no such argument" }]);
    });

    it("makes no hostile text harmless, nor an error of another kind", () => {
        const never = ["$(id)", "a\nb", "a'b", "é", "x".repeat(300), '{"a', "[]", " ", "\u0000"];
        // What is a text like any other to a password.
        const fine = ["rootPassword"];
        for (const key of KEYS) {
            for (const text of never) {
                const problems = problemsOf(configured({ [key]: text })).map((problem) => problem.key);
                const unset = OBJECT_KEYS.includes(key) && text === "[]";
                assert.ok(
                    unset ||
                        fine.includes(key) ||
                        (problems.length > 0 && problems.every((each) => each.split(".")[0] === key)),
                    `${key}: ${JSON.stringify(text)}`,
                );
            }
        }
    });

    it("holds no secret and no salt in the committed stack", () => {
        assert.deepEqual(parse(read("Pulumi.dev.yaml")), { config: { "etcd:replicas": "3" } });
    });
});
