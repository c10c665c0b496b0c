// The CronJob that makes backups: what it may see, and that no member sees anything of it.
import assert from "assert";

import type { EtcdClusterArgs } from "../../components";
import { backupCronJob, storeEnvironment } from "../../components/etcd-cluster/manifests/backup";
import { networkPolicy } from "../../components/etcd-cluster/manifests/network-policy";
import { hashOf, readBackupScripts, readScripts } from "../../components/etcd-cluster/manifests/scripts";
import { podTemplate } from "../../components/etcd-cluster/manifests/stateful-set";
import { resolve } from "../../components/etcd-cluster/options";
import { problemsOf, validated } from "../../components/etcd-cluster/validation/validate";

/* eslint-disable @typescript-eslint/no-explicit-any -- plain objects, read at any depth */
const S3 = { bucket: "bucket", secret: "store-keys", region: "eu-central-1", prefix: "a/b" };
const INTO_S3: EtcdClusterArgs = { backup: { schedule: "0 * * * *", s3: S3 } };
const ONTO_VOLUME: EtcdClusterArgs = { backup: { schedule: "0 * * * *", volume: "claim" } };

/** The CronJob of these arguments, as plain objects. */
const cronJob = (args: EtcdClusterArgs) => {
    const options = resolve(args);
    return backupCronJob(options, options.backup!, readBackupScripts(), "token") as any;
};
const podOf = (args: EtcdClusterArgs) => cronJob(args).spec.jobTemplate.spec.template.spec;
const steps = (args: EtcdClusterArgs) => [...podOf(args).initContainers, ...podOf(args).containers] as any[];
const mountsOf = (container: any) => container.volumeMounts.map(({ name }: any) => name) as string[];

describe("the backups", () => {
    it("are one at a time, end by themselves, and are left out when they are late", () => {
        const { schedule, timeZone, concurrencyPolicy, startingDeadlineSeconds, jobTemplate } = cronJob(INTO_S3).spec;
        assert.deepEqual([schedule, timeZone, concurrencyPolicy], ["0 * * * *", "Etc/UTC", "Forbid"]);
        assert.equal(startingDeadlineSeconds, 600);
        const { backoffLimit, activeDeadlineSeconds, template } = jobTemplate.spec;
        assert.deepEqual([backoffLimit, activeDeadlineSeconds, template.spec.restartPolicy], [2, 3600, "Never"]);
    });

    it("run their steps in this order, confined, and ask nothing of Kubernetes", () => {
        assert.deepEqual(
            steps(INTO_S3).map(({ name, image }) => [name, image.replace(/:.*/, "")]),
            [
                ["toolbox", "docker.io/library/busybox"],
                ["save", "gcr.io/etcd-development/etcd"],
                ["copy", "docker.io/rclone/rclone"],
                ["verify", "gcr.io/etcd-development/etcd"],
                ["publish", "docker.io/rclone/rclone"],
            ],
        );
        const { automountServiceAccountToken, serviceAccountName, securityContext } = podOf(INTO_S3);
        assert.equal(automountServiceAccountToken, false);
        assert.equal(serviceAccountName, "infra-etcd-cluster-backup");
        assert.equal(securityContext.runAsNonRoot, true);
        steps(INTO_S3).forEach((container) => {
            assert.equal(container.securityContext.readOnlyRootFilesystem, true, container.name);
            assert.deepEqual(container.securityContext.capabilities, { drop: ["ALL"] });
        });
    });

    it("show the keys of the store to those who speak to it, and the password of etcd to the others", () => {
        for (const args of [INTO_S3, ONTO_VOLUME]) {
            const store = args === INTO_S3 ? "store" : "backup";
            const seen: Record<string, string[]> = Object.fromEntries(
                steps(args).map((container) => [container.name, mountsOf(container)]),
            );
            for (const [name, mounts] of Object.entries(seen)) {
                const speaks = name === "copy" || name === "publish";
                const saves = name === "save" || name === "verify";
                assert.deepEqual([name, mounts.includes(store)], [name, speaks]);
                assert.deepEqual([name, mounts.includes("root-password")], [name, saves]);
                assert.deepEqual([name, mounts.includes("tls")], [name, saves]);
            }
            const there = podOf(args).volumes.map(({ name }: any) => name);
            Object.values(seen)
                .flat()
                .forEach((name) => assert.ok(there.includes(name), name));
        }
        const [secret] = podOf(INTO_S3).volumes.filter(({ name }: any) => name === "store");
        assert.equal(secret.secret.secretName, "store-keys");
        const [claim] = podOf(ONTO_VOLUME).volumes.filter(({ name }: any) => name === "backup");
        assert.equal(claim.persistentVolumeClaim.claimName, "claim");
    });

    it("find their store by the environment, in which there is no key", () => {
        const env = (s3?: typeof S3 & { endpoint?: string }) =>
            Object.fromEntries((storeEnvironment({ s3 }) as any[]).map(({ name, value }) => [name, value]));
        assert.deepEqual(env(), { DESTINATION: "/backup" });
        assert.deepEqual(env(S3), {
            DESTINATION: "store:bucket/a/b",
            RCLONE_CONFIG_STORE_TYPE: "s3",
            RCLONE_CONFIG_STORE_PROVIDER: "AWS",
            RCLONE_CONFIG_STORE_REGION: "eu-central-1",
            RCLONE_CONFIG_STORE_NO_CHECK_BUCKET: "true",
        });
        assert.equal(env({ ...S3, endpoint: "https://a" }).RCLONE_CONFIG_STORE_PROVIDER, "Other");
    });

    it("keep what was set, also as pulumi config has it, and the rest by default", () => {
        const { backup } = INTO_S3;
        const keepOf = (keep: any) => resolve({ backup: { ...backup!, keep } }).backup!.keep;
        assert.deepEqual(keepOf(undefined), { last: 6, hourly: 24, daily: 7, weekly: 4 });
        assert.deepEqual(keepOf({ last: "2", weekly: 0 }), { last: 2, hourly: 24, daily: 7, weekly: 0 });
        const publish = steps(INTO_S3)
            .at(-1)!
            .env.filter(({ name }: any) => name.startsWith("KEEP_"));
        assert.equal(publish.length, 4);
    });

    it("change nothing of a member, not by being there and not by their scripts", () => {
        const template = (args: EtcdClusterArgs) => JSON.stringify(podTemplate(resolve(args), readScripts(), "token"));
        assert.equal(template(INTO_S3), template({}));
        assert.ok(Object.keys(readScripts()).every((file) => !file.includes("backup")));
        assert.ok(Object.keys(readBackupScripts()).includes("backup-save.sh"));
        assert.notEqual(hashOf(readScripts()), hashOf(readBackupScripts()));
    });

    it("are let in to members where there are any, and are no target of a Service", () => {
        const rules = (args: EtcdClusterArgs) => (networkPolicy(resolve(args)) as any).spec.ingress;
        assert.equal(rules(INTO_S3).length, rules({}).length + 1);
        const { labels } = cronJob(INTO_S3).spec.jobTemplate.spec.template.metadata;
        const wanted = { "k8s-app": "infra-etcd-cluster", app: "etcd-backup" };
        assert.deepEqual({ ...labels, ...wanted }, labels);
        assert.deepEqual(rules(INTO_S3)[2], {
            from: [{ podSelector: { matchLabels: wanted } }],
            ports: [2379, 2381].map((port) => ({ protocol: "TCP", port })),
        });
        assert.notEqual(labels.app, "etcd");
    });

    it("are refused with all that is wrong, and no key of a store is shown", () => {
        const s3 = { bucket: "B", secretAccessKey: "topsecret" } as any;
        const backup = { schedule: "hourly", s3, keep: { last: 0 } };
        assert.throws(
            () => validated({ backup }),
            (error: Error) => {
                const keys = [...error.message.matchAll(/^ {2}(\S+) is /gm)].map(([, key]) => key);
                const wanted = ["schedule", "s3.secretAccessKey", "s3.bucket", "s3.secret", "keep.last", "s3.region"];
                assert.deepEqual(
                    keys,
                    wanted.map((key) => `backup.${key}`),
                );
                assert.doesNotMatch(error.message, /topsecret/);
                return true;
            },
        );
    });

    it("need a name that leaves room for those of Jobs", () => {
        const problems = (length: number) => problemsOf({ ...ONTO_VOLUME, name: "x".repeat(length) });
        assert.deepEqual(problems(45), []);
        assert.deepEqual(
            problems(46).map(({ key }) => key),
            ["name"],
        );
        assert.deepEqual(problemsOf({ name: "x".repeat(52) }), []);
    });
});
