/** What is interrupted: each scenario brings a cluster to where it begins, and does what the scripts have to go through. */
import * as fs from "fs";

import type { World } from "./world";

export interface Scenario {
    /** Stable, short: names it in the report and for `--grep`. */
    id: string;
    title: string;
    /** Of the cluster before it; scenarios of the same size share one, one after the other. */
    size: number;
    /** How many members there are in the end, if not as many. */
    becomes?: number;
    /** A scenario whose points are not struck here once more: this one goes through the same from there on. */
    besides?: string;
    /** Only the points from the first on that matches: what comes before is no different in another scenario. */
    from?: RegExp;
    /** Whether `npm test` takes a sample of it. */
    inSample?: boolean;
    /** The ordinals whose points are meant. */
    struck: number[];
    /** Brings the cluster to where the scenario begins. */
    prepare(world: World): Promise<void>;
    /** Whether clients have to stop before it begins: a lost quorum may take with it what it acknowledged last. */
    quiet?: boolean;
    /** From there to the end. */
    run(world: World): Promise<void>;
}

async function joins(world: World): Promise<void> {
    await world.cluster.scale(4);
    await world.settled(4);
}

let requests = 0;

export const SCENARIOS: Scenario[] = [
    {
        id: "alone",
        title: "a cluster of one starts for the first time, and turns auth on with nobody's help",
        size: 1,
        from: /and etcd new/,
        inSample: true,
        struck: [0],
        prepare: (world) => world.unformed(),
        run: (world) => world.form(),
    },
    {
        id: "formation",
        title: "a cluster of three forms, and turns auth on",
        size: 3,
        struck: [0, 1, 2],
        prepare: (world) => world.unformed(),
        run: (world) => world.form(),
    },
    {
        id: "join",
        title: "ordinal 3 joins three, and is promoted",
        size: 3,
        inSample: true,
        becomes: 4,
        struck: [3],
        prepare: (world) => world.healthy(3),
        run: joins,
    },
    {
        id: "return",
        title: "ordinal 3 joins again with the volume of its former membership",
        size: 3,
        becomes: 4,
        besides: "join",
        struck: [3],
        prepare: async (world) => {
            await world.healthy(4);
            await world.healthy(3, true);
        },
        run: joins,
    },
    {
        id: "disk",
        title: "ordinal 2 loses its disk, and is replaced",
        size: 3,
        besides: "join",
        struck: [2],
        prepare: (world) => world.healthy(3),
        run: async (world) => {
            const { cluster } = world;
            const pod = cluster.pod(2);
            await pod.vanish();
            pod.wipeData();
            await pod.create();
            await world.settled(3);
        },
    },
    {
        id: "leave",
        title: "ordinal 3 of four leaves, preStop included",
        size: 3,
        inSample: true,
        struck: [3],
        prepare: (world) => world.healthy(4),
        run: async (world) => {
            await world.cluster.scale(3);
            await world.convergedAt(3);
        },
    },
    {
        id: "converge",
        title: "ordinal 3 of four is gone without its preStop, and the leader takes it out",
        size: 3,
        struck: [0, 1, 2],
        prepare: (world) => world.healthy(4),
        run: async (world) => {
            const { cluster } = world;
            await cluster.setReplicas(3);
            await cluster.pod(3).vanish();
            await cluster.controllerHasSeen();
            await world.convergedAt(3);
        },
    },
    {
        id: "recovery",
        title: "one of two disks is lost, and the cluster goes on from the other by recoverFrom",
        size: 2,
        quiet: true,
        struck: [1],
        prepare: (world) => world.healthy(2),
        run: async (world) => {
            const { cluster } = world;
            const lost = cluster.pod(0);
            await lost.vanish();
            lost.wipeData();
            await cluster.ask(`1 request-${++requests}`);
            await lost.create();
            await world.settled(2);
        },
    },
    {
        id: "restore",
        title: "one of two disks is lost, and the other is put aside for a snapshot by recoverSnapshot",
        size: 2,
        quiet: true,
        besides: "recovery",
        struck: [1],
        prepare: (world) => world.healthy(2),
        run: async (world) => {
            const { cluster } = world;
            const [lost, named] = [cluster.pod(0), cluster.pod(1)];
            const file = named.path("data", "snapshot.db");
            fs.rmSync(file, { force: true });
            await cluster.etcdctl(named, ["snapshot", "save", file]);
            await lost.vanish();
            lost.wipeData();
            const request = `1 request-${++requests} snapshot.db`;
            await cluster.ask(request);
            await lost.create();
            // To etcd that is another cluster.
            await cluster.waitFor("another life", () => named.file("data/life") === request);
            world.expectAnotherIdentity();
            await world.settled(2);
        },
    },
];
