// `pulumi up` on clusters on which etcd cannot come up: it says what it waits for while it does, and ends when that will not change.
// All of them wait most of the time, so they do so side by side.
import assert from "assert";

import { installDefinitions, issuerIsMissing, removeDefinitions } from "../support/cert-manager";
import { kubectl, kubectlWith } from "../support/cluster-kubectl";
import { EtcdStack, type Settings } from "../support/cluster-stack";

const NAME = "infra-etcd-cluster";
const CLASS = "local-path";
const DEFAULT = "storageclass.kubernetes.io/is-default-class";

interface Case {
    what: string;
    settings: Settings;
    /** What is in the way. */
    says: RegExp;
    /** Puts something in the way; `meanwhile` does so while `up` runs. */
    before?: (stack: EtcdStack) => Promise<unknown>;
    meanwhile?: (stack: EtcdStack) => Promise<unknown>;
}

const cases: Case[] = [
    {
        what: "no default StorageClass",
        settings: {},
        says: /PersistentVolumeClaim datadir-\S+-0 names no StorageClass, and this Kubernetes cluster has no default one/,
    },
    {
        what: "members that may not be made",
        settings: { storageClass: CLASS },
        says: /maximum memory usage per Container is 512Mi, but limit is 1Gi/,
        before: (stack) =>
            kubectlWith(
                JSON.stringify({
                    apiVersion: "v1",
                    kind: "LimitRange",
                    metadata: { name: "small", namespace: stack.namespace },
                    spec: { limits: [{ type: "Container", max: { memory: "512Mi" } }] },
                }),
                ...["create", "-f", "-"],
            ),
    },
    {
        what: "an image that is not there and may not be pulled",
        settings: { storageClass: CLASS, version: "3.6.16", image: "etcd.invalid/etcd:none", imagePullPolicy: "Never" },
        says: /the image of etcd cannot be pulled: .*etcd\.invalid\/etcd:none.* is not present with pull policy of Never/,
    },
    {
        what: "an issuer that does not exist",
        settings: { storageClass: CLASS, tls: "cert-manager", tlsIssuer: "ClusterIssuer/company" },
        says: /Certificate \S+-tls is not issued: Pending: Referenced "ClusterIssuer" not found: \S+ "company" not found/,
        meanwhile: ({ namespace }) => issuerIsMissing(namespace, `${NAME}-tls`, "company"),
    },
    {
        what: "a domain that is not the cluster's",
        settings: { storageClass: CLASS, clusterDomain: "elsewhere.example" },
        says: /no name in the domain "elsewhere\.example" exists, .* which is "cluster\.local" here/,
    },
];

async function tries({ what, settings, says, before, meanwhile }: Case): Promise<void> {
    await EtcdStack.with({ replicas: 1, ...settings }, async (stack) => {
        await before?.(stack);
        const [outcome] = await Promise.all([stack.up(), meanwhile?.(stack)]);
        assert.ok(!outcome.ok, what);
        const warnings = outcome.told.filter((text) => text.startsWith("warning Waiting: "));
        const told = [...new Set(warnings.filter((text) => says.test(text)))];
        // Each time with how long it has lasted.
        assert.ok(told.length >= 2, `${what}: ${outcome.told.join("\n")}`);
        const last = outcome.told.find((text) => text.startsWith("warning Failed: gave up: "));
        assert.match(last ?? "", says, outcome.told.join("\n"));
        assert.match(last!, /run pulumi up again/);
        assert.doesNotMatch(outcome.text, /timed out/);
    });
}

describe("pulumi up where etcd cannot come up", () => {
    const setDefault = (value: boolean) =>
        kubectl("annotate", "--overwrite", "storageclass", CLASS, `${DEFAULT}=${value}`);

    before(async () => {
        await setDefault(false);
        await installDefinitions();
    });
    after(async () => {
        await setDefault(true);
        await removeDefinitions();
    });

    it("says why, again and again, and ends by itself", async () => {
        const ended = await Promise.allSettled(cases.map(tries));
        const failed = ended.flatMap((one) => (one.status === "rejected" ? [one.reason as Error] : []));
        assert.deepEqual(
            failed.map(({ message }) => message),
            [],
        );
    });
});
