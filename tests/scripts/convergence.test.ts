// Members that nobody wants and that do not leave by themselves are taken out: by the leader, or, when it does not, by another one.
import assert from "assert";

import { Cluster, Member } from "../support/scripts-cluster";
import { sleep } from "../support/scripts-wait";

const names = (members: Member[]) => members.map((member) => member.name).sort();

/** Scaled down, and nobody is told to end. */
async function shrink(cluster: Cluster, replicas: number): Promise<void> {
    await cluster.setReplicas(replicas);
    await cluster.controllerHasSeen();
}

describe("convergence", () => {
    it("takes out who is gone and who is down, though its pod exists; whoever is wanted stays, gone or not", async () => {
        await Cluster.with({ replicas: 5, initialClusterSize: 5 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            await cluster.settledAt(5);
            await cluster.pod(4).vanish();
            await cluster.pod(2).vanish();
            await shrink(cluster, 4);
            const left = async () => names(await cluster.memberList(cluster.pod(0)));
            await cluster.waitFor("the one that vanished to be taken out", async () => (await left()).length === 4);
            await cluster.pod(2).create();
            await cluster.allReady(0, 1, 2, 3);
            await cluster.pod(3).kill9();
            await shrink(cluster, 3);
            await cluster.waitFor("the one that is down to be taken out", async () => (await left()).length === 3);
            await cluster.pod(2).vanish();
            // Longer than it takes for any of the others.
            await sleep(25_000);
            assert.deepEqual(
                await left(),
                [0, 1, 2].map((ordinal) => cluster.pod(ordinal).name),
            );
        });
    });

    it("takes out who serves and does not leave, also when the leader is not told of it", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            await cluster.settledAt(3);
            const leader = await cluster.leader();
            await leader.api.set("refused");
            await shrink(cluster, 2);
            await cluster.settledAt(2);
            await leader.api.set("up");
            // It rests beside its data until it is stopped, or wanted.
            await cluster.saysUnready(cluster.pod(2), /not joining/);
            await cluster.allReady(0, 1);
        });
    });
});
