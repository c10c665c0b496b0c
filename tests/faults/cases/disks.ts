/** Lost, wrecked and returning disks. */
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import { killContainer } from "../../support/cluster-faults";
import { volumeOf } from "../../support/cluster-disks";
import { cutOff } from "../../support/cluster-network";
import { seconds } from "../../support/cluster-processes";
import { waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { describes, loseDisk, podOf, renewed, saidBy } from "../pods";
import { putSnapshot, takeSnapshot } from "../snapshots";

export const DISKS: Case[] = [
    {
        id: "9",
        core: true,
        title: "one of three disks is lost",
        injected: "kubectl delete pvc and pod --force",
        run: async (world) => {
            const ordinal = await world.view.leader();
            await loseDisk(world, ordinal);
            await renewed(world, [ordinal]);
        },
    },
    {
        id: "9b",
        title: "ordinal 0 loses its disk, and then each other one",
        injected: "kubectl delete pvc and pod --force, one after the other",
        run: async (world) => {
            for (const ordinal of [0, 1, 2]) {
                await loseDisk(world, ordinal);
                await renewed(
                    world,
                    [0, 1, 2].filter((each) => each <= ordinal),
                );
            }
        },
    },
    {
        id: "10",
        title: "ordinal 0 loses its disk and cannot reach the others",
        injected: "its new pod's packets dropped until it has said that it waits",
        run: async (world) => {
            const { uid } = await podOf(world, 0);
            await loseDisk(world, 0);
            const container = await waitFor("the new pod's container", async () => {
                const pod = await podOf(world, 0);
                return pod.uid !== uid ? pod.containerId : "";
            });
            await cutOff(container, ["input", "output"], () => seconds(20));
            assert.doesNotMatch(await saidBy(world, 0), /forming a new cluster/);
            await renewed(world, [0]);
        },
    },
    {
        id: "13",
        title: "the database of a member is wrecked",
        injected: "member/snap/db overwritten with zeros, SIGKILL; healed by the documented way, a new disk",
        run: async (world) => {
            const ordinal = ((await world.view.leader()) + 1) % 3;
            const { containerId } = await podOf(world, ordinal);
            const database = path.join(await volumeOf(world.stack, ordinal), "default.etcd/member/snap/db");
            killContainer(containerId);
            const { size } = fs.statSync(database);
            fs.writeFileSync(database, Buffer.alloc(size));
            await describes(world, ordinal, /etcd ended by itself/);
            await loseDisk(world, ordinal);
            await renewed(world, [ordinal]);
        },
    },
    {
        id: "13b",
        title: "a member is killed while it replaces its lost disk",
        injected: "SIGKILL to its container every two seconds, ten times",
        run: async (world) => {
            await loseDisk(world, 1);
            for (let n = 0; n < 10; n++) {
                await seconds(2);
                const { containerId } = await podOf(world, 1);
                try {
                    killContainer(containerId);
                } catch {
                    // Not started again yet.
                }
            }
            await renewed(world, [1]);
        },
    },
    {
        id: "11",
        title: "two of three disks are lost at once; recovery from the third by config",
        injected: "kubectl delete pvc and pods --force, a second after the last write; later recoverFrom",
        alone: true,
        quiet: true,
        run: async (world) => {
            await loseDisk(world, 0);
            await loseDisk(world, 1);
            await describes(world, 2, /no leader; fewer than a quorum/);
            await describes(world, 0, /WAITING to join.*no new one is made/);
            await world.stack.configure({ recoverFrom: 2 });
            await world.stack.upped();
            await renewed(world, [0, 1]);
            await world.stack.unset("recoverFrom");
            await world.stack.upped();
        },
    },
    {
        id: "11b",
        title: "recovery is asked for while a quorum lives",
        injected: "recoverFrom 1 on a healthy cluster",
        alone: true,
        run: async (world) => {
            await world.stack.configure({ recoverFrom: 1 });
            const outcome = await world.stack.up();
            assert.equal(outcome.ok, false);
            assert.match(outcome.text, /refused to recover from ordinal 1: the cluster has a quorum/);
            await world.stack.unset("recoverFrom");
            await world.stack.upped();
            await world.kept();
        },
    },
    {
        id: "46",
        title: "restore from a snapshot",
        injected:
            "etcdctl snapshot save under load; then all pvcs and pods deleted; recoverFrom and recoverSnapshot, the file put there late",
        alone: true,
        run: async (world) => {
            const file = path.join(process.env.TEST_WORK!, "snapshot.db");
            const [begun, ended] = await takeSnapshot(world, file);
            await seconds(3);
            const seen = await world.view.revision();
            await world.load.stop();
            world.load.rewind(begun, ended);
            for (const ordinal of [0, 1, 2]) {
                await loseDisk(world, ordinal);
            }
            await describes(world, 1, /WAITING to join.*no new one is made/);
            await world.stack.configure({ recoverFrom: 1, recoverSnapshot: "snapshot.db" });
            const held = await world.stack.up();
            assert.equal(held.ok, false);
            assert.match(held.text, /RECOVERY from ordinal 1 is held: .*snapshot.db is not there/);
            await putSnapshot(world, 1, file);
            await world.stack.upped();
            await renewed(world, [0, 1, 2]);
            await world.renamed();
            assert.ok((await world.view.revision()) > seen, "revisions went back");
            await world.stack.unset("recoverSnapshot");
            await world.stack.unset("recoverFrom");
            await world.stack.upped();
        },
    },
    {
        id: "12",
        title: "all pods and their control plane objects go and come back, disks kept",
        injected: "StatefulSet deleted with --cascade=orphan, made again by pulumi up",
        alone: true,
        run: async (world) => {
            const before = await world.view.pods();
            await world.stack.kubectl("delete", "statefulset", world.stack.name, "--cascade=orphan");
            await world.stack.refresh();
            await world.stack.upped();
            await world.kept();
            const after = await world.view.pods();
            assert.deepEqual(
                after.map(({ uid }) => uid),
                before.map(({ uid }) => uid),
                "running pods were replaced",
            );
        },
    },
];
