// What the rollout says while it waits, to a real API server: events of its own Job, and what it makes of those of others. Pods are
// objects alone here; controllers and kubelet are played.
import assert from "assert";

import { Cluster } from "../support/scripts-cluster";
import { environment } from "../support/scripts-environment";
import type { FakePod } from "../support/scripts-pod";
import { PodObjects } from "../support/scripts-pod-objects";

const QUICK = { HOPELESS_SECONDS: "6", QUIET_SECONDS: "2", REPEAT_SECONDS: "4" };
const REFUSED = 'pods "x" is forbidden: violates PodSecurity "restricted:latest": hostPort';

interface Written {
    type: string;
    reason: string;
    message: string;
    count: number;
    metadata: { name: string };
}

describe("the rollout says what it waits for", () => {
    let cluster: Cluster;
    let pods: PodObjects;
    let job: FakePod;

    before(async () => {
        cluster = await Cluster.create({ replicas: 1 });
        pods = new PodObjects(cluster);
        await pods.newest("new");
    });
    afterEach(async () => {
        await job.vanish();
        await pods.remove();
        await cluster.kubectl("delete", "events", "--all");
    });
    after(() => cluster.destroy());

    async function begin(env: Record<string, string> = {}): Promise<void> {
        job = await cluster.addRollout({ ...QUICK, ...env });
        await job.create();
    }

    /** What the Job has said of itself. */
    async function said(): Promise<Written[]> {
        const selector = `--field-selector=involvedObject.uid=${job.spec.env.JOB_UID}`;
        const { items } = JSON.parse(await cluster.kubectl("get", "events", selector, "-o", "json"));
        return items as Written[];
    }

    const warns = (pattern: RegExp, often = 1) =>
        cluster.waitFor(`a warning of ${pattern}`, async () =>
            (await said()).find(
                ({ type, reason, message, count }) =>
                    type === "Warning" && reason === "Waiting" && count >= often && pattern.test(message),
            ),
        );

    /** A Warning of a controller or the kubelet; `times` makes it news each time. */
    async function warn(kind: string, name: string, reason: string, message: string, uid = "", count = 1) {
        const event = {
            apiVersion: "v1",
            kind: "Event",
            metadata: { name: `${name}.${reason.toLowerCase()}`, namespace: cluster.namespace },
            involvedObject: { kind, name, namespace: cluster.namespace, uid },
            ...{ type: "Warning", reason, message, count },
        };
        await environment().api.kubectl(["apply", "-f", "-"], JSON.stringify(event));
    }

    async function ends(verdict: RegExp): Promise<void> {
        await cluster.waitFor("the rollout to end", () => job.exit);
        assert.equal(job.exit?.code, 1, job.said);
        assert.match(job.file("state/verdict"), verdict);
        const last = (await said()).find(({ reason }) => reason === "Failed");
        assert.equal(last?.type, "Warning");
        assert.ok(job.file("state/verdict").startsWith(last!.message.slice(0, 800)), last!.message);
    }

    it("again and again in one event, and ends when a pod may not be made", async () => {
        const message = `create Pod ${cluster.set}-0 in StatefulSet ${cluster.set} failed error: ${REFUSED}`;
        await warn("StatefulSet", cluster.set, "FailedCreate", message);
        await begin();
        await warns(/^pod \S+-0 does not exist \(pods "x" is forbidden: .*hostPort\).* \(for \d+ s\)$/, 3);
        assert.equal(job.exit, undefined, "what was said before it began may be mended");
        assert.equal((await said()).filter(({ reason }) => reason === "Waiting").length, 1);
        await warn("StatefulSet", cluster.set, "FailedCreate", message, "", 2);
        await ends(/^gave up: pod \S+-0: pods "x" is forbidden: violates PodSecurity .* run pulumi up again\.$/);
    });

    it("of a claim without a class, which ends it, and waits for what may heal", async () => {
        await pods.add(0, "new");
        const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes" }];
        await pods.status(0, { phase: "Pending", conditions, containerStatuses: [] });
        await begin();
        await warns(/is not Ready \(it has no node: 0\/1 nodes\)/, 3);
        const claim = {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: `datadir-${cluster.set}-0`, namespace: cluster.namespace },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        };
        await environment().api.kubectl(["create", "-f", "-"], JSON.stringify(claim));
        await ends(
            /^gave up: pod \S+-0: PersistentVolumeClaim datadir-\S+-0 names no StorageClass.*Set storageClass to/,
        );
    });

    it("of an image that does not exist, of a member that refuses its volume, and of a mount that fails", async () => {
        await pods.add(0, "new");
        const uid = await pods.uid(0);
        const name = `${cluster.set}-0`;
        await pods.condition(0, "False", "ContainerCreating", false);
        await warn("Pod", name, "FailedMount", 'MountVolume.SetUp failed for volume "tls": no "tls"', uid);
        await begin();
        await warns(/is not Ready \(MountVolume\.SetUp failed for volume "tls": no "tls"\)/);
        await pods.condition(0, "False", "unready");
        await warn("Pod", name, "Unhealthy", "Readiness probe failed: REFUSED: the volume is another's\n", uid);
        await warns(/is not Ready \(REFUSED: the volume is another's\s*\)/);
        await pods.condition(0, "False", "ErrImagePull", false);
        await warn("Pod", name, "Failed", 'Failed to pull image "etcd:v9": etcd:v9: not found', uid);
        await ends(/^gave up: pod \S+-0: the image of container etcd cannot be pulled: .*etcd:v9: not found/);
    });

    it("and goes on where it may not", async () => {
        const role = `${cluster.set}-rollout`;
        const { rules } = JSON.parse(await cluster.kubectl("get", "role", role, "-o", "json")) as {
            rules: { resources: string[] }[];
        };
        const before = rules.filter(({ resources: [kind] }) => !["events", "persistentvolumeclaims"].includes(kind!));
        const set = (to: object[]) =>
            cluster.kubectl("patch", "role", role, "--type=merge", "-p", JSON.stringify({ rules: to }));
        await set(before);
        try {
            await begin({ PATIENCE: "8" });
            await cluster.waitFor("the rollout to end", () => job.exit);
            assert.match(
                job.file("state/verdict"),
                /^gave up after 8 s .*waiting: pod \S+-0 does not exist; no member/,
            );
            assert.equal(job.said.match(/no event was written: .*forbidden/gi)?.length, 1, job.said);
            assert.deepEqual(await said(), []);
        } finally {
            await set(rules);
        }
    });
});
