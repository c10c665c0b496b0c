// The component in a program with other resources: a namespace and a Secret that the same program makes, and what is wrong with an
// output is told before anything of the cluster is made.
import assert from "assert";
import { randomBytes } from "crypto";

import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { EtcdCluster, type EtcdClusterArgs } from "../../components";
import { kubectl } from "../support/cluster-kubectl";
import { TestStack } from "../support/engine";
import { waitFor } from "../support/scripts-wait";

const IMAGE = "gcr.io/etcd-development/etcd:v3.6.16";
const NAMES = [0, 1].map((n) => `composed-${randomBytes(4).toString("hex")}-${n}`);

/** Its own namespace, password and image, all of them known only when they are made. */
const program = (name: string, image: string, more: EtcdClusterArgs, opts?: pulumi.ComponentResourceOptions) => () => {
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    const namespace = new k8s.core.v1.Namespace("apps", { metadata: { name, labels } });
    const password = new k8s.core.v1.Secret("password", {
        metadata: { name: "root", namespace: namespace.metadata.name },
        stringData: { password: "first-password" },
    });
    const args: EtcdClusterArgs = {
        replicas: 1,
        tls: "off",
        version: "3.6.16",
        namespace: namespace.metadata.name,
        // No preview knows it, as with what a registry of the same program would tell.
        image: namespace.metadata.uid.apply(() => image),
        rootPasswordSecret: password.metadata.name,
        ...more,
    };
    const cluster = new EtcdCluster("etcd", args, opts);
    return { endpoint: cluster.endpoint, password: cluster.rootPassword.apply((text) => text ?? "not read") };
};

/** What a team lays over the component from outside: it changes the StatefulSet, and the component never hears of it. */
const tolerates: pulumi.ResourceTransform = ({ type, props, opts }) => {
    if (type !== "kubernetes:apps/v1:StatefulSet") {
        return undefined;
    }
    props.spec.template.spec.tolerations = [{ key: "team", operator: "Exists" }];
    return { props, opts };
};

const madeBy = ({ steps }: { steps: readonly { op: string; name: string }[] }) =>
    steps.filter(({ op }) => op === "create").map(({ name }) => name);

describe("outputs of other resources as arguments", () => {
    after(() =>
        Promise.all(NAMES.map((name) => kubectl("delete", "namespace", name, "--wait=false", "--ignore-not-found"))),
    );

    it("are checked before anything of the cluster is made, and then used; what is frozen stays so", async () => {
        const [name, other] = NAMES as [string, string];
        const later = (text: string) => new Promise<string>((resolve) => setImmediate(() => resolve(text)));
        const bad: EtcdClusterArgs = { storageClass: later("Fast") as pulumi.Input<string> };
        const stack = await TestStack.create(program(name, "UPPER:v3.6.16", bad));
        try {
            const preview = await stack.preview();
            assert.match(preview.text, /has 1 problem:\s+storageClass is "Fast"; allowed: the name of a StorageClass/);
            const refused = await stack.up();
            assert.ok(!refused.ok);
            assert.match(refused.text, /has 2 problems:\s+image is "UPPER:v3.6.16"; .*\s+storageClass is "Fast"; /);
            // The last one is the component itself, at which it was refused.
            const made = madeBy(refused).filter((each) => !each.startsWith("default_"));
            assert.deepEqual(made, ["apps", "password", "etcd"]);
            assert.doesNotMatch(stack.stateFile(), /EtcdCluster|random/);

            stack.program = program(name, IMAGE, {});
            const up = await stack.up();
            assert.ok(up.ok, up.text);
            assert.equal(up.outputs.endpoint!.value, `http://infra-etcd-cluster-client.${name}.svc.cluster.local:2379`);
            assert.equal(up.outputs.password!.value, "not read");
            await rotatesIn(name);

            stack.program = program(name, IMAGE, {}, { transforms: [tolerates] });
            const transformed = await stack.up();
            assert.ok(transformed.ok, transformed.text);
            const pod = ["get", "pod", "infra-etcd-cluster-0", "-o", "jsonpath={.spec.tolerations[*].key}"];
            assert.match(await kubectl("--namespace", name, ...pod), /\bteam\b/, "the pod was not rolled");

            stack.program = program(other, IMAGE, {});
            const moved = await stack.up();
            assert.ok(!moved.ok);
            assert.match(moved.text, new RegExp(`namespace cannot be changed from "${name}" to "${other}"`));
            assert.equal(
                await kubectl("--namespace", name, "get", "statefulset", "-o", "name"),
                "statefulset.apps/infra-etcd-cluster",
            );
        } finally {
            stack.remove();
        }
    });
});

/** The password of the user's Secret, which is written without Pulumi: the new one beside the one before. */
async function rotatesIn(namespace: string): Promise<void> {
    const etcdctl = (user: string) => {
        const script = `ETCDCTL_USER=root ETCDCTL_PASSWORD=${user} etcdctl get --limit=1 --keys-only /`;
        return kubectl(
            "--namespace",
            namespace,
            "exec",
            "infra-etcd-cluster-0",
            "--container",
            "etcd",
            "--",
            "/toolbox/sh",
            "-c",
            script,
        );
    };
    await etcdctl("first-password");
    const patch = { stringData: { password: "second-password", previous: "first-password" } };
    await kubectl(
        "--namespace",
        namespace,
        "patch",
        "secret",
        "root",
        "--type",
        "merge",
        "--patch",
        JSON.stringify(patch),
    );
    await waitFor("the new password to open the cluster", () => etcdctl("second-password").then(() => true), {
        limit: 240,
        interval: 2000,
    });
    await assert.rejects(etcdctl("first-password"), /authentication failed/);
}
