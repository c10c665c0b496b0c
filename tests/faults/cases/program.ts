/**
 * The program itself changes under a running cluster: scripts, manifests and state of another commit, and back. `FAULTS_FROM` names a
 * checkout of it, with its packages installed; without one these cases do not run.
 */
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import { CHECKOUT } from "../../../tools/support/paths";
import { killContainer } from "../../support/cluster-faults";
import { waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { loseDisk, nameOf, podOf, renewed } from "../pods";
import { allUpdated, watched } from "../rollouts";
import type { World } from "../world";

const FROM = process.env.FAULTS_FROM;
const unavailable = () => (FROM ? undefined : "needs FAULTS_FROM, a checkout of the commit to come from");
const shared = { alone: true, program: FROM, unavailable };

/** Brings the cluster to a program, this one if none is named, one member at a time and the leader last. */
async function change(world: World, program?: string): Promise<void> {
    world.stack.programIs(program);
    const leader = nameOf(world, await world.view.leader());
    const { fewest, order } = await watched(world, () => world.stack.upped());
    await allUpdated(world);
    assert.equal(fewest, world.replicas - 1, "not exactly one at a time");
    assert.deepEqual([order.length, order.at(-1)], [world.replicas, leader], order.join(", "));
}

/** Begins to bring this program to the cluster, and waits until one member has come back with it while others still run the one before. */
async function halfWay(world: World): Promise<{ before: string[]; rolling: Promise<unknown> }> {
    const before = (await world.view.pods()).map(({ uid }) => uid);
    world.stack.programIs(undefined);
    const rolling = world.stack.upped();
    await waitFor(
        "the first new pod",
        async () => {
            const pods = await world.view.pods();
            const isNew = pods.filter(({ uid }) => !before.includes(uid));
            return isNew.length === 1 && isNew[0]!.ready;
        },
        { limit: 300, interval: 200 },
    );
    return { before, rolling };
}

/** An ordinal whose pod still runs the program before, and is no leader if there is a choice. */
async function outdated(world: World, before: string[]): Promise<number> {
    const leader = await world.view.leader();
    const pods = (await world.view.pods()).filter(({ uid }) => before.includes(uid));
    return pods
        .map(({ name }) => Number(name.split("-").pop()))
        .sort((a, b) => Number(a === leader) - Number(b === leader))[0]!;
}

/** A pod that is made anew half way runs the scripts of the revision that it carries: with OnDelete that is the newest one. */
async function runsOwnScripts(world: World, ordinal: number): Promise<void> {
    const { stack } = world;
    const revision = "jsonpath={.metadata.labels.controller-revision-hash}";
    const mine = await stack.kubectl("get", "pod", nameOf(world, ordinal), "-o", revision);
    const newest = await stack.kubectl("get", "statefulset", stack.name, "-o", "jsonpath={.status.updateRevision}");
    const program = mine === newest ? CHECKOUT : FROM!;
    const shipped = fs.readFileSync(path.join(program, "components/etcd-cluster/scripts/start.sh"), "utf8");
    const look = ["exec", nameOf(world, ordinal), "-c", "etcd", "--", "/toolbox/cat", "/scripts/start.sh"];
    const mounted = await waitFor("the pod's scripts", () => stack.kubectl(...look).catch(() => undefined), {
        limit: 120,
        interval: 200,
    });
    assert.equal(mounted.trim(), shipped.trim(), `pod ${ordinal} runs other scripts than those of its revision`);
}

export const PROGRAM: Case[] = [
    {
        ...shared,
        id: "54",
        title: "the program of another commit is replaced by this one, taken back, and replaced again",
        injected: "pulumi up of FAULTS_FROM, of this checkout, of FAULTS_FROM, and of this checkout",
        run: async (world) => {
            for (const program of [undefined, FROM, undefined]) {
                await change(world, program);
                await world.kept();
            }
            const again = await world.stack.upped();
            assert.equal(Object.keys(again.changes).join(), "same", again.text);
        },
    },
    {
        ...shared,
        id: "54b",
        title: "half way from the program of another commit to this one a disk is lost and the leader is killed",
        injected:
            "pulumi up; when the first pod is new and Ready, kubectl delete pvc and pod of an outdated one, SIGKILL to the leader",
        run: async (world) => {
            const { before, rolling } = await halfWay(world);
            const lost = await outdated(world, before);
            await loseDisk(world, lost);
            await runsOwnScripts(world, lost);
            await killContainer((await podOf(world, await world.view.leader())).containerId);
            await rolling;
            await allUpdated(world);
            await renewed(world, [lost]);
        },
    },
    {
        ...shared,
        id: "54c",
        title: "half way from the program of another commit to this one the set is scaled to five and back",
        injected:
            "pulumi up; when the first pod is new and Ready, kubectl scale to 5; when pulumi up has ended, kubectl scale to 3",
        run: async (world) => {
            const { rolling } = await halfWay(world);
            await world.stack.kubectl("scale", "statefulset", world.stack.name, "--replicas=5");
            world.replicas = 5;
            await rolling;
            await world.healed();
            await allUpdated(world);
            await world.stack.kubectl("scale", "statefulset", world.stack.name, "--replicas=3");
            world.replicas = 3;
            await world.kept();
        },
    },
];
