// preStop leaves the cluster only when the StatefulSet says so beyond doubt.
import assert from "assert";

import { Cluster, Member } from "../support/scripts-cluster";

describe("preStop does not leave", () => {
    let cluster: Cluster;
    let members: Member[];

    before(async () => {
        // Nobody is to wait for half a minute here.
        cluster = await Cluster.ready({ replicas: 3, env: { DOUBT: "2" } });
        members = await cluster.settledAt(3);
        // From here on pod 2 is one too many, were it not for the doubt that each test raises.
        await cluster.setReplicas(2);
    });

    after(() => cluster.destroy());

    afterEach(async () => {
        await cluster.pod(2).api.set("up");
        await cluster.applyObjects();
        await cluster.setReplicas(2);
    });

    async function stays(reason: RegExp): Promise<void> {
        const pod = cluster.pod(2);
        const already = pod.said.length;
        const hook = await pod.preStop();
        assert.equal(hook.code, 0, hook.output);
        assert.match(pod.said.slice(already), reason);
        assert.equal(pod.file("state/leaving"), "");
        assert.deepEqual(await cluster.memberList(cluster.pod(0)), members);
        assert.ok(hook.milliseconds < 20_000, `it took ${hook.milliseconds} ms of the grace period`);
    }

    it("when the API server refuses the connection", async () => {
        await cluster.pod(2).api.set("refused");
        await stays(/not leaving: .*refused/);
    });

    it("when the API server does not answer", async () => {
        await cluster.pod(2).api.set("silent");
        await stays(/not leaving: .*(no answer|timeout)/i);
    });

    it("when the API server does not know the pod's token", async () => {
        const good = cluster.pod(2).spec.serviceAccount;
        cluster.pod(2).mount({ ...good, token: "nobody" });
        await stays(/not leaving: .*(logged in|unauthorized|credentials)/i);
        cluster.pod(2).mount(good);
    });

    it("when the pod may not read the StatefulSet", async () => {
        await cluster.kubectl("delete", "rolebinding", cluster.set);
        await stays(/not leaving: .*forbidden/i);
    });

    it("when replicas is 0", async () => {
        await cluster.setReplicas(0);
        await stays(/as a restart \(replicas 0\)/);
    });

    it("when replicas wants it", async () => {
        await cluster.setReplicas(3);
        await stays(/as a restart \(replicas 3\)/);
    });

    it("when the StatefulSet does not exist", async () => {
        // There is no garbage collector here that orphans would need.
        await cluster.kubectl("delete", "statefulset", cluster.set, "--cascade=background");
        await stays(/not leaving: .*not found/i);
    });

    it("when the StatefulSet of that name is another one", async () => {
        await stays(/not leaving: .*not the one/);
    });

    it("when the StatefulSet is being deleted", async () => {
        // Its UID is the one that the pod knows: only the deletion is in the way.
        const uid = await cluster.kubectl("get", "statefulset", cluster.set, "-o", "jsonpath={.metadata.uid}");
        await cluster.pod(2).exec(["/toolbox/sh", "-c", `echo ${uid} >/state/statefulset-uid`], 5);
        await cluster.kubectl("delete", "statefulset", cluster.set, "--cascade=foreground", "--wait=false");
        await stays(/as a restart/);
    });
});

describe("preStop leaves", () => {
    it("once, also when it is run twice, and nothing takes the member in again", async () => {
        await Cluster.with({ replicas: 2 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            await cluster.setReplicas(1);
            assert.equal((await cluster.pod(1).preStop()).code, 0);
            assert.equal((await cluster.pod(1).preStop()).code, 0);
            assert.match((await cluster.pod(1).ready()).output, /leaving/);
            await cluster.settledAt(1);
            // etcd ends by itself now that it is removed; the script must take that as what was wanted.
            await cluster.waitFor("the pod to rest", () =>
                /waiting for the pod to be stopped/.test(cluster.pod(1).said),
            );
            await cluster.waitFor("it to count as alive", async () => (await cluster.pod(1).live()).code === 0);
            assert.ok((await cluster.pod(1).term()) < 4000);
            assert.equal((await cluster.memberList(cluster.pod(0))).length, 1);
        });
    });

    it("not when no quorum would remain; the data survives, and so does the cluster", async () => {
        // Nobody lets it go, however long it waits.
        await Cluster.with({ replicas: 3, env: { LIMIT: "40" } }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const members = await cluster.settledAt(3);
            await cluster.etcdctl(cluster.pod(0), ["put", "kept", "yes"]);
            await cluster.pod(0).kill9();
            await cluster.scale(1);
            assert.equal(cluster.pod(1).running || cluster.pod(2).running, false);
            await cluster.scale(3);
            await cluster.allReady();
            const after = await cluster.settledAt(3);
            assert.deepEqual(
                after.filter((member) => member.name !== cluster.pod(2).name),
                members.filter((member) => member.name !== cluster.pod(2).name),
            );
            assert.equal(await cluster.etcdctl(cluster.pod(1), ["get", "kept", "--print-value-only"]), "yes");
        });
    });
});
