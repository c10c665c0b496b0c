/** `pulumi destroy`, and `pulumi up` under the old identity with all, some or none of the volumes of five first members kept. */
import assert from "assert";

import { EtcdView } from "../../support/cluster-etcd";
import { etcdOf } from "../../support/cluster-processes";
import { login, readPrefix } from "../../support/scripts-client";
import { waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { describes, podOf, renewed } from "../pods";
import type { World } from "../world";

const settings = { replicas: 5, initialClusterSize: 5 };

/** Keeps identity and password, as docs/operations.md says; volumes stay but for those of `lost`. */
async function destroyed(world: World, lost: number[]): Promise<void> {
    const { initialClusterToken } = await world.stack.outputs();
    const outcome = await world.stack.destroy();
    assert.ok(outcome.ok, outcome.text);
    await world.stack.configure({ initialClusterToken: String(initialClusterToken) });
    await world.stack.configureSecret("rootPassword", world.view.password);
    const claims = lost.map((ordinal) => `datadir-${world.stack.name}-${ordinal}`);
    if (claims.length > 0) {
        await world.stack.kubectl("delete", "pvc", ...claims);
    }
}

/** `pulumi up`; with TLS that is another CA, which clients have to be told. */
async function revived(world: World): Promise<void> {
    await world.stack.upped();
    world.view = await EtcdView.of(world.stack);
}

const formed = ({ stack }: World) =>
    stack.kubectl("get", "configmap", `${stack.name}-formation`, "-o", "jsonpath={.data.formed}");

/** Whether ordinals 0 to 2 all say that they wait for a disk of a higher ordinal, which nobody has shown to be empty. */
async function waitForOthers({ stack }: World): Promise<boolean> {
    for (const ordinal of [0, 1, 2]) {
        const text = await stack.kubectl("describe", "pod", `${stack.name}-${ordinal}`);
        if (!/WAITING.*(ordinal|claim|volume|disk)\S* .*\b(3|4|datadir-\S+-[34])\b/.test(text)) {
            return false;
        }
    }
    return true;
}

export const COMING_BACK: Case[] = [
    {
        id: "12b",
        title: "five members are destroyed and come back, all disks kept",
        injected: "pulumi destroy, the old identity and password, pulumi up",
        settings,
        quiet: true,
        run: async (world) => {
            await destroyed(world, []);
            await revived(world);
            await world.kept();
        },
    },
    {
        id: "12c",
        title: "five members are destroyed and come back, three disks kept",
        injected: "pulumi destroy, kubectl delete pvc of ordinals 0 and 3, the old identity, pulumi up",
        settings,
        quiet: true,
        run: async (world) => {
            await destroyed(world, [0, 3]);
            await revived(world);
            await renewed(world, [0, 3]);
        },
    },
    {
        id: "12d",
        title: "five members are destroyed, two disks kept: no quorum, no second cluster; recovery by config",
        injected: "pulumi destroy, kubectl delete pvc of ordinals 0, 2 and 4, pulumi up; later recoverFrom 3",
        settings,
        quiet: true,
        run: async (world) => {
            await destroyed(world, [0, 2, 4]);
            await world.stack.upFor(90);
            for (const ordinal of [1, 3]) {
                await describes(
                    world,
                    ordinal,
                    /no leader; fewer than a quorum.*see docs\/operations.md, 'Quorum lost'/,
                );
            }
            for (const ordinal of [0, 2, 4]) {
                await describes(
                    world,
                    ordinal,
                    /WAITING to form.*this cluster, which must come up first.*No new cluster/,
                );
                const { containerId } = await podOf(world, ordinal);
                assert.throws(() => etcdOf(containerId), /no etcd runs/, "an etcd without data was started");
            }
            assert.equal(await formed(world), "", "a cluster has formed beside the old data");
            await world.stack.configure({ recoverFrom: 3 });
            await world.stack.takenUp();
            world.view = await EtcdView.of(world.stack);
            await renewed(world, [0, 1, 2, 4]);
            await world.stack.unset("recoverFrom");
            await world.stack.upped();
        },
    },
    {
        id: "59",
        title: "five members are destroyed and come back as three, the disks of ordinals 3 and 4 kept",
        injected:
            "pulumi destroy, kubectl delete pvc of ordinals 0 to 2, pulumi up with replicas 3 and the old identity; then with 5, and recoverFrom 3",
        settings,
        alone: true,
        quiet: true,
        run: async (world) => {
            const { stack } = world;
            await destroyed(world, [0, 1, 2]);
            await stack.configure({ replicas: 3, initialClusterSize: 3 });
            let ended = false;
            const rolling = stack.upUntil(() =>
                waitFor(
                    "pods that wait for the disks, or a cluster",
                    async () => (await waitForOthers(world)) || (ended = (await formed(world)) !== ""),
                    { limit: 300, interval: 1000 },
                ),
            );
            await rolling;
            // Their data would take it for their own cluster: IDs are made of the identity and the URLs.
            assert.equal(ended, false, `a cluster ${await formed(world)} has formed beside the disks of this identity`);
            for (const ordinal of [0, 1, 2]) {
                const { containerId } = await podOf(world, ordinal);
                assert.throws(() => etcdOf(containerId), /no etcd runs/, "an etcd without data was started");
            }
            await stack.configure({ replicas: 5, recoverFrom: 3 });
            await stack.takenUp();
            world.view = await EtcdView.of(stack);
            await renewed(world, [0, 1, 2, 4]);
            await stack.unset("recoverFrom");
            await stack.upped();
        },
    },
    {
        id: "12e",
        title: "five members are destroyed, no disk kept: an empty cluster, once",
        injected: "pulumi destroy, kubectl delete pvc of all, pulumi up",
        settings,
        alone: true,
        quiet: true,
        run: async (world) => {
            await destroyed(world, [0, 1, 2, 3, 4]);
            await world.stack.unset("initialClusterToken");
            await world.stack.unset("rootPassword");
            await world.stack.upped();
            await world.anew(async ({ endpoint, password }) => {
                const left = await readPrefix(endpoint, "w/", await login(endpoint, password));
                assert.equal(left.size, 0, "something of before is there");
            });
        },
    },
];
