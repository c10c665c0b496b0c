// When a pod vanished without its preStop, the leader brings the member list back to what the StatefulSet asks for;
// slowly, and only when everything says so. These tests wait for that minute side by side.
import assert from "assert";

import { Cluster, Member } from "../support/scripts-cluster";
import { sleep } from "../support/scripts-wait";

/** The leader acts after a minute; nothing may happen before, and all must have happened some time later. */
const NOT_BEFORE = 50;
const A_MINUTE_AND_MORE = 95;

const names = (members: Member[]) => members.map((member) => member.name).sort();

describe("convergence", () => {
    let shrunk: Cluster;
    let kept: Cluster;
    let removedAfter: number;
    let longAfter: { shrunk: Member[]; kept: Member[] };

    before(async function () {
        this.timeout(400_000);
        shrunk = await Cluster.ready({ replicas: 5, initialClusterSize: 5 });
        kept = await Cluster.ready({ replicas: 3 });
        // Two go beyond replicas: pod 4 vanishes, pod 3 is still there though its container is down. Three are a quorum.
        await shrunk.setReplicas(3);
        await shrunk.controllerHasSeen();
        await shrunk.pod(4).vanish();
        const began = Date.now();
        await shrunk.pod(3).kill9();
        // Here the StatefulSet still wants the pod that is gone.
        await kept.pod(2).vanish();
        const removed = shrunk.waitFor(
            "the vanished member to be removed",
            async () => !names(await shrunk.memberList(shrunk.pod(0))).includes(shrunk.pod(4).name),
            150,
        );
        removedAfter = await removed.then(() => (Date.now() - began) / 1000);
        await sleep(Math.max(0, began + A_MINUTE_AND_MORE * 1000 - Date.now()));
        longAfter = { shrunk: await shrunk.memberList(shrunk.pod(0)), kept: await kept.memberList(kept.pod(0)) };
    });

    after(async () => {
        await shrunk.destroy();
        await kept.destroy();
    });

    it("removes a member that is not wanted and whose pod is gone, after a minute", () => {
        assert.ok(removedAfter > NOT_BEFORE, `removed after ${removedAfter} s`);
    });

    it("keeps a member whose pod still exists, though its ordinal is not wanted", () => {
        assert.deepEqual(
            names(longAfter.shrunk),
            [0, 1, 2, 3].map((ordinal) => shrunk.pod(ordinal).name),
        );
    });

    it("keeps a member that is wanted, though its pod is gone", () => {
        assert.deepEqual(
            names(longAfter.kept),
            [0, 1, 2].map((ordinal) => kept.pod(ordinal).name),
        );
    });
});
