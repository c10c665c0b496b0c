/** Volumes that cannot be written, and volumes that went back in time. */
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import { PROVISIONER_NAMESPACE } from "../../../tools/local-cluster/addons";
import { must } from "../../../tools/support/run";
import { volumeOf } from "../../support/cluster-disks";
import { kubectl } from "../../support/cluster-kubectl";
import { seconds } from "../../support/cluster-processes";
import { listsDuring } from "../../support/member-lists";
import { waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { away, cordoned, describes, nameOf, nodesOf, renewed, saidBy, scale, scaled, sendAway } from "../pods";

const PROVISIONER = ["configmap", "local-path-config", "--namespace", PROVISIONER_NAMESPACE];

/** The storage class makes its volumes with that mode while `work` lasts; they are root's. */
async function volumesMade(mode: string, work: () => Promise<void>): Promise<void> {
    const before = await kubectl("get", ...PROVISIONER, "-o", "jsonpath={.data.setup}");
    const patch = (setup: string) =>
        kubectl("patch", ...PROVISIONER, "--type=merge", "-p", JSON.stringify({ data: { setup } }));
    assert.match(before, /-m 0777/);
    await patch(before.replace("-m 0777", `-m ${mode}`));
    try {
        await work();
    } finally {
        await patch(before);
    }
}

/** The volume's files from now on: those of that folder, as they are there. */
async function putBack(volume: string, copy: string): Promise<void> {
    for (const name of fs.readdirSync(volume)) {
        fs.rmSync(path.join(volume, name), { recursive: true });
    }
    await must(["cp", "-a", `${copy}/.`, volume]);
}

export const VOLUMES: Case[] = [
    {
        id: "56",
        title: "a pod joins on a volume that it cannot write",
        injected:
            "kubectl scale 3→4 with a storage class that makes volumes of root with mode 0755; later chmod 0777; 4→3",
        run: async (world) => {
            await world.stack.kubectl("delete", "pvc", `datadir-${nameOf(world, 3)}`, "--ignore-not-found");
            const lists = await listsDuring(
                () => world.view.members(),
                () =>
                    volumesMade("0755", async () => {
                        await scale(world, 4);
                        await waitFor("the pod's scripts to begin", async () => (await saidBy(world, 3)) !== "", {
                            limit: 120,
                        });
                        await seconds(30);
                    }),
            );
            const volume = await volumeOf(world.stack, 3);
            assert.equal(fs.statSync(volume).mode & 0o777, 0o755);
            const entries = lists.flat().filter(({ id }) => !world.members.some((member) => member.id === id));
            const ids = new Set(entries.map(({ id }) => id));
            assert.equal(ids.size, 0, `it entered the member list, ${ids.size} times`);
            await describes(world, 3, /WAITING.*(cannot write|cannot be written)/);
            fs.chmodSync(volume, 0o777);
            await scaled(world, 4);
            await scaled(world, 3);
            await world.kept();
        },
    },
    {
        id: "60",
        title: "the files of a volume are put back from an older copy",
        injected:
            "a volume copied while its pod is away; with a second member away, writes; then all away, the copy put back, and first only these two come back",
        alone: true,
        run: async (world) => {
            const leader = await world.view.leader();
            const [rolled, late] = [(leader + 1) % 3, (leader + 2) % 3];
            const volume = await volumeOf(world.stack, rolled);
            const copy = path.join(process.env.TEST_WORK!, "older-copy");
            await away(world, [rolled], async () => void (await must(["cp", "-a", volume, copy])));
            await world.view.settled(3);
            const [leaderNodes, nodes] = [await nodesOf(world, [leader]), await nodesOf(world, [rolled, late])];
            assert.equal(new Set([...leaderNodes, ...nodes]).size, 3, "two members are on one node");
            await cordoned(leaderNodes, async () => {
                await cordoned(nodes, async () => {
                    await sendAway(world, [late]);
                    // Acknowledged by the leader and the member whose disk goes back.
                    await seconds(10);
                    await world.load.stop();
                    await sendAway(world, [rolled, leader]);
                    await putBack(volume, copy);
                });
                const ready = async () => (await world.view.pods()).filter((pod) => pod.ready).length;
                await waitFor(
                    "the disk to hold, or a quorum without what was acknowledged",
                    async () =>
                        (await ready()) > 0 ||
                        /older|back in time|went back|rolled back/i.test(await saidBy(world, rolled)),
                    { limit: 180, interval: 500 },
                );
                if ((await ready()) > 0) {
                    const lost = await world.load.lost(world.view.endpoint);
                    assert.fail(
                        `a quorum of two serves of which one went back: ${lost.length} acknowledged writes are lost`,
                    );
                }
                await describes(world, rolled, /older|back in time|went back|rolled back/i);
                await seconds(20);
                assert.equal(await ready(), 0, "one serves without the member that has all that was acknowledged");
            });
            await renewed(world, [rolled]);
        },
    },
];
