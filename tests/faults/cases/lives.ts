/** The cluster's lives: one that was overtaken by a recovery while it was merely paused, and a marker that tells of one that never was. */
import assert from "assert";
import * as path from "path";

import { cordoned, describes, loseDisk, nameOf, podOf, renewed, setAside } from "../pods";
import { daemons, containerProcesses, frozen, seconds } from "../../support/cluster-processes";
import { base64, call, login, readPrefix } from "../../support/scripts-client";
import { sleep, waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { putSnapshot, takeSnapshot } from "../snapshots";
import type { World } from "../world";

/** Writes to one member without pause, and notes which cluster acknowledged what, and when. */
class Witness {
    readonly acknowledged: { life: string; key: string; at: number }[] = [];
    private running = true;
    private readonly work: Promise<void>;

    constructor(
        private readonly url: string,
        private readonly password: string,
        private readonly prefix: string,
    ) {
        this.work = this.run();
    }

    /** By clusters other than that one, after that time. */
    strange(life: string, since = 0) {
        return this.acknowledged.filter((each) => each.life !== life && each.at > since);
    }

    async stop(): Promise<void> {
        this.running = false;
        await this.work;
    }

    private async run(): Promise<void> {
        let token: string | undefined;
        for (let n = 0; this.running; n++) {
            const key = `${this.prefix}${n}`;
            try {
                token ??= await login(this.url, this.password, 3000);
                const answer = await call(this.url, "kv/put", { key: base64(key), value: base64("x") }, token, 3000);
                const { cluster_id: life } = answer.header as { cluster_id: string };
                this.acknowledged.push({ life, key, at: Date.now() });
            } catch {
                token = undefined;
            }
            await sleep(200);
        }
    }
}

/** Pauses these members as a hypervisor would: with the kubelets of their nodes, so that nobody restarts them. */
async function paused(world: World, ordinals: number[], work: () => Promise<void>): Promise<void> {
    const pods = await Promise.all(ordinals.map((ordinal) => podOf(world, ordinal)));
    const nodes = pods.map(({ node }) => node);
    const kubelets = daemons("kubelet", nodes);
    assert.equal(kubelets.length, nodes.length);
    await cordoned(nodes, () =>
        frozen([...kubelets, ...pods.flatMap(({ containerId }) => containerProcesses(containerId))], work),
    );
}

const marker = ({ stack }: World) => `${stack.name}-formation`;

/** All pods deleted at once, and Ready again without anything set aside. */
async function restartedWhole(world: World): Promise<void> {
    await world.stack.kubectl("delete", "pod", ...[0, 1, 2].map((ordinal) => nameOf(world, ordinal)));
    let aside: number[] = [];
    await waitFor(
        "all members, or data set aside",
        async () => (aside = await setAside(world)).length > 0 || (await world.view.complete(3)),
        { limit: 240, interval: 500 },
    );
    assert.deepEqual(aside, [], "data was set aside on the word of the marker alone");
}

export const LIVES: Case[] = [
    {
        id: "57",
        title: "recovery from a snapshot while the old majority is merely paused, which then goes on",
        injected:
            "etcdctl snapshot save; all processes of two members and the kubelets of their nodes stopped; recoverFrom and recoverSnapshot on the third, pulumi up; when that serves, SIGCONT",
        alone: true,
        run: async (world) => {
            const { stack, view } = world;
            const file = path.join(process.env.TEST_WORK!, "snapshot.db");
            const [begun, ended] = await takeSnapshot(world, file);
            await seconds(3);
            const old = await view.clusterId();
            await world.load.stop();
            world.load.rewind(begun, ended);
            const survivor = ((await view.leader()) + 1) % 3;
            const others = [0, 1, 2].filter((ordinal) => ordinal !== survivor);
            const witnesses = [0, 1, 2].map(
                (ordinal) => new Witness(view.endpoints[ordinal]!, view.password, `witness/${ordinal}/`),
            );
            const ofNewLife = () => witnesses[survivor]!.strange(old);
            let rolling: Promise<unknown> = Promise.resolve();
            let thawed = 0;
            try {
                await paused(world, others, async () => {
                    await describes(world, survivor, /no leader/);
                    await putSnapshot(world, survivor, file);
                    await stack.configure({ recoverFrom: survivor, recoverSnapshot: "snapshot.db" });
                    rolling = stack.up();
                    await waitFor("the new life to acknowledge", () => ofNewLife().length > 0, { limit: 300 });
                    await seconds(3);
                    thawed = Date.now();
                });
                const life = ofNewLife()[0]!.life;
                // The API server is within reach of all from the first moment on.
                await seconds(60);
                const minute = Date.now();
                await seconds(30);
                for (const ordinal of others) {
                    const late = witnesses[ordinal]!.strange(life, minute);
                    const after = late.length > 0 ? Math.round((late.at(-1)!.at - thawed) / 1000) : 0;
                    assert.equal(
                        late.length,
                        0,
                        `ordinal ${ordinal} of the overtaken life still acknowledged writes ${after} s after it was back`,
                    );
                }
                await rolling;
                await renewed(world, [0, 1, 2]);
                // The survivor's own went aside too, when the snapshot took its place.
                const aside = await setAside(world);
                const gone = others.filter((ordinal) => !aside.includes(ordinal));
                assert.deepEqual(gone, [], "the data of the overtaken life is gone");
                assert.equal(await view.clusterId(), life);
            } finally {
                await Promise.all(witnesses.map((witness) => witness.stop()));
            }
            await world.renamed();
            const found = await readPrefix(view.endpoint, "witness/", await login(view.endpoint, view.password));
            const lost = witnesses.flatMap((witness) =>
                witness.acknowledged.filter(({ life, key }) => life !== old && !found.has(key)),
            );
            assert.deepEqual(lost, [], "writes that the new life acknowledged are lost");
            await stack.unset("recoverSnapshot");
            await stack.unset("recoverFrom");
            await stack.upped();
        },
    },
    {
        id: "58",
        title: "the marker is made to tell of a recovery that never was, and all pods are restarted",
        injected:
            "kubectl patch of its line `recovered`, all pods deleted; kubectl delete pvc and pod of one, and all pods deleted once more",
        alone: true,
        run: async (world) => {
            const data = JSON.stringify({ data: { recovered: "2 edited" } });
            await world.stack.kubectl("patch", "configmap", marker(world), "--type=merge", "-p", data);
            await restartedWhole(world);
            await world.kept();
            await loseDisk(world, 1);
            await renewed(world, [1]);
            await restartedWhole(world);
            await renewed(world, [1]);
        },
    },
];
