// How a cluster begins.
import assert from "assert";

import { Cluster } from "../support/scripts-cluster";

describe("formation", () => {
    for (const replicas of [1, 2, 3]) {
        it(`forms one cluster of ${replicas}`, async () => {
            await Cluster.with({ replicas }, async (cluster) => {
                await cluster.createPods();
                await cluster.allReady();
                const members = await cluster.settledAt(replicas);
                assert.deepEqual(
                    members.map((member) => member.peerUrl).sort(),
                    cluster.pods.map((_, i) => cluster.peerUrl(i)),
                );
                assert.deepEqual(
                    cluster.pods.map((pod) => pod.restarts),
                    cluster.pods.map(() => 0),
                );
            });
        });
    }
});
