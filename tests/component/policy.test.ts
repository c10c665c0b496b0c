// The policy pack passes what the program makes, and each rule finds what it is for.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import type {
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
} from "@pulumi/policy";

import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { EtcdCluster, type EtcdClusterArgs } from "../../components";
import { validated } from "../../components/etcd-cluster/validation/validate";
import { warningsOf } from "../../components/etcd-cluster/validation/warnings";
import { clusterArgs } from "../../stacks/config";
import { policies } from "../../stacks/policy/policies";
import { EVERY_SHAPE } from "../support/every-shape";
import { mockEngine, settled } from "./mocks";

interface Resource {
    type: string;
    props: object;
}

/** What all rules say to these resources, as "rule: sentence". */
function violations(resources: Resource[], config: object = {}): string[] {
    const said: string[] = [];
    for (const policy of policies) {
        const report = (sentence: string) => said.push(`${policy.name}: ${sentence}`);
        const getConfig = () => config;
        const { validateResource } = policy as ResourceValidationPolicy;
        const { validateStack } = policy as StackValidationPolicy;
        for (const validate of [validateResource ?? []].flat()) {
            resources.forEach((each) => validate({ ...each, getConfig } as ResourceValidationArgs, report));
        }
        validateStack?.({ resources, getConfig } as unknown as StackValidationArgs, report);
    }
    return said;
}

const RESOURCES = { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } };
const container = (more: object) => ({ name: "main", image: "etcd:v3.6.16", resources: RESOURCES, ...more });
const pod = (more: object) => ({ type: "kubernetes:core/v1:Pod", props: { spec: { containers: [container(more)] } } });
const labels = { app: "etcd" };
const SPEAKS_TLS = { containers: [container({ env: [{ name: "TLS_DIR", value: "/tls" }] })] };
const set = (replicas: number) => ({
    type: "kubernetes:apps/v1:StatefulSet",
    props: {
        metadata: { name: "etcd", labels },
        spec: { replicas, template: { metadata: { labels }, spec: SPEAKS_TLS } },
    },
});
const budget = (matchLabels: object, namespace = "default") => ({
    type: "kubernetes:policy/v1:PodDisruptionBudget",
    props: { metadata: { namespace }, spec: { selector: { matchLabels } } },
});
const balanced = (spec: object, annotations: object = {}) => ({
    type: "kubernetes:core/v1:Service",
    props: { metadata: { annotations }, spec: { type: "LoadBalancer", ...spec } },
});
const config = (data: object) => ({ type: "kubernetes:core/v1:ConfigMap", props: { data } });

describe("the policy pack", () => {
    it("passes what the program makes, in production too", async () => {
        const made = async (args: EtcdClusterArgs) => {
            const registered = mockEngine();
            new EtcdCluster("etcd", args);
            await settled();
            return registered.map(({ type, inputs }) => ({ type, props: inputs }));
        };
        const resources = [...(await made({})), ...(await made({ tls: "cert-manager" })), ...(await made(EVERY_SHAPE))];
        assert.ok(resources.length > 15);
        assert.deepEqual(violations(resources, { production: true }), []);
        const plain = await made({ tls: "off" });
        assert.deepEqual(violations(plain, { production: false }), []);
        assert.deepEqual(violations(plain, { production: true }), [
            "tls-in-production: tls is off; in production it is generated, secret or cert-manager",
        ]);
    });

    it("finds secrets in plain text", () => {
        for (const name of ["ROOT_PASSWORD", "DB_PASS", "API_KEY", "AUTH_TOKEN", "clientSecret"]) {
            const [said, ...more] = violations([pod({ env: [{ name, value: "x" }] })]);
            assert.match(said!, new RegExp(`^no-plain-text-secrets: .*${name}`));
            assert.deepEqual(more, []);
            assert.deepEqual(violations([pod({ env: [{ name, valueFrom: {} }] })]), []);
        }
        assert.match(violations([config({ "root-password": "x" })]).join(), /^no-plain-text-secrets: root-password/);
        const fine = ["INITIAL_CLUSTER_TOKEN", "PATH", "COMPASS", "PASSIVE"];
        assert.deepEqual(violations([pod({ env: fine.map((name) => ({ name, value: "x" })) })]), []);
        assert.deepEqual(violations([config({ initialClusterSize: "3" })]), []);
    });

    it("finds images that may change", () => {
        const digest = `@sha256:${"a".repeat(64)}`;
        for (const image of ["etcd", "etcd:latest", "localhost:5000/etcd", "localhost:5000/etcd:latest"]) {
            assert.match(violations([pod({ image })]).join(), new RegExp(`^images-pinned: .*${image}`));
        }
        for (const image of ["etcd:v3.6.16", `etcd${digest}`, `etcd:latest${digest}`, "localhost:5000/etcd:1"]) {
            assert.deepEqual(violations([pod({ image })]), []);
        }
        const first = { type: "kubernetes:batch/v1:Job", props: { spec: { template: { spec: {} } } } };
        Object.assign(first.props.spec.template.spec, { initContainers: [container({ image: "busybox" })] });
        assert.match(violations([first]).join(), /^images-pinned: .*busybox/);
    });

    it("finds too few and even members in production, and only there", () => {
        for (const replicas of [1, 2, 4]) {
            const said = violations([set(replicas), budget(labels)], { production: true }).join();
            assert.match(said, new RegExp(`^odd-replicas-in-production: replicas is ${replicas}`));
            assert.deepEqual(violations([set(replicas), budget(labels)], { production: false }), []);
        }
        assert.deepEqual(violations([set(5), budget(labels)], { production: true }), []);
    });

    it("takes the stack's name for its purpose when nothing else is said", () => {
        for (const [stack, count] of [
            ["prod", 1],
            ["eu-production", 1],
            ["dev", 0],
            ["reproduce", 0],
        ] as const) {
            mockEngine({}, false, stack);
            assert.equal(violations([set(2), budget(labels)]).length, count, stack);
        }
    });

    it("passes what Pulumi.production.yaml makes, which is fine and warns of nodes alone", async () => {
        const text = fs.readFileSync(path.join(__dirname, "../../Pulumi.production.yaml"), "utf8");
        const { config: values } = parse(text) as { config: Record<string, unknown> };
        const asText = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
        const registered = mockEngine({}, false, "production");
        pulumi.runtime.setAllConfig(
            Object.fromEntries(Object.entries(values).map(([key, value]) => [key, asText(value)])),
        );
        const args = clusterArgs(new pulumi.Config("etcd"));
        pulumi.runtime.setAllConfig({});
        assert.ok(Object.keys(args).length >= 8);
        const [warning, ...more] = warningsOf(validated(args), args);
        assert.match(warning!, /^affinity is hard: 3 members need 3 nodes/);
        assert.deepEqual(more, []);
        new EtcdCluster("etcd", args);
        await settled();
        const resources = registered.map(({ type, inputs }) => ({ type, props: inputs }));
        assert.deepEqual(violations(resources), []);
    });

    it("finds containers without requests or a limit", () => {
        const said = (resources?: object) => violations([pod({ resources })]).join();
        assert.match(said(), /^resources-set: container main has no request of cpu, no request of memory, no limit/);
        assert.match(
            said({ ...RESOURCES, limits: { cpu: "1" } }),
            /^resources-set: container main has no limit of memory;/,
        );
        assert.equal(said(RESOURCES), "");
    });

    it("finds balancers for everybody", () => {
        const found = /^load-balancer-inside: /;
        for (const each of [
            balanced({}),
            balanced({ loadBalancerSourceRanges: ["0.0.0.0/0"] }),
            balanced({}, { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing" }),
        ]) {
            assert.match(violations([each]).join(), found);
        }
        for (const each of [
            balanced({ type: "ClusterIP" }),
            balanced({ loadBalancerSourceRanges: ["10.0.0.0/8"] }),
            balanced({ loadBalancerClass: "inside" }),
            balanced({}, { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal" }),
        ]) {
            assert.deepEqual(violations([each]), []);
        }
    });

    it("finds a StatefulSet without a budget for its pods", () => {
        const missing = /^disruption-budget-present: no PodDisruptionBudget .* of etcd$/;
        assert.match(violations([set(3)]).join(), missing);
        assert.match(violations([set(3), budget({ app: "other" })]).join(), missing);
        assert.match(violations([set(3), budget(labels, "other")]).join(), missing);
        assert.match(violations([set(3), budget({})]).join(), missing);
        assert.deepEqual(violations([set(3), budget(labels)]), []);
    });
});
