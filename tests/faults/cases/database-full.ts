/** A database at its quota: etcd refuses writes, and nothing else, until somebody does what docs/operations.md says. */
import assert from "assert";

import { base64, call, login, put, readPrefix } from "../../support/scripts-client";
import { runbook, typed } from "../../support/runbook";
import { sleep, waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { allUpdated, watched } from "../rollouts";
import type { World } from "../world";

const QUOTA = 32 << 20;
const settings = { replicas: 3, storageSize: "5Gi", quotaBackendBytes: String(QUOTA) };
const VALUE = "x".repeat(500_000);
const NO_SPACE = /429 etcdserver: mvcc: database space exceeded/;

const [LOOK, MAKE_ROOM, RAISE] = runbook("The database is full") as [string, string, string];

const tokenOf = ({ view }: World, url = view.endpoint) => login(url, view.password);

/** What every member says of itself. */
const ofEach = async <T>(world: World, ask: (url: string, token: string) => Promise<T>) =>
    Promise.all(
        (await world.view.pods()).map(async (pod) =>
            ask(world.view.urlOf(pod), await tokenOf(world, world.view.urlOf(pod))),
        ),
    );

const sizes = (world: World) =>
    ofEach(world, async (url, token) => Number((await call(url, "maintenance/status", {}, token)).dbSize));

async function quotas({ view }: World): Promise<number[]> {
    const metrics = (await view.pods()).map(({ address }) => fetch(`http://${address}:2381/metrics`));
    const texts = await Promise.all(metrics.map(async (answer) => (await answer).text()));
    return texts.map((text) => Number(/^etcd_server_quota_backend_bytes (.*)$/m.exec(text)![1]));
}

async function alarms(world: World): Promise<string[]> {
    const answer = await call(world.view.endpoint, "maintenance/alarm", { action: "GET" }, await tokenOf(world));
    return ((answer.alarms ?? []) as { alarm: string }[]).map(({ alarm }) => alarm);
}

/** Writes the same few keys until a write is refused: the quota is full of history. */
async function filled(world: World): Promise<void> {
    assert.deepEqual(await quotas(world), Array(world.replicas).fill(QUOTA));
    assert.deepEqual(await alarms(world), []);
    const token = await tokenOf(world);
    let written = 0;
    await waitFor("a write to be refused", async () => {
        try {
            await put(world.view.endpoint, `full/${written % 4}`, VALUE, token);
            written++;
            return false;
        } catch (error) {
            return NO_SPACE.test(String(error));
        }
    });
    assert.ok(written * VALUE.length > QUOTA / 2, `refused after ${written} values`);
    assert.ok((await alarms(world)).includes("NOSPACE"));
}

/** Every member refuses to write, and does everything else; for so many seconds none is unwell. */
async function onlyWritesAreRefused(world: World, seconds: number): Promise<void> {
    const { view } = world;
    const before = await view.pods();
    const { acknowledged } = world.load.figures;
    await ofEach(world, async (url, token) => {
        await assert.rejects(put(url, "full/0", "other", token), NO_SPACE);
        assert.equal((await readPrefix(url, "full/0", token)).get("full/0"), VALUE);
    });
    const token = await tokenOf(world);
    await call(view.endpoint, "kv/deleterange", { key: base64("full/0") }, token);
    assert.equal((await readPrefix(view.endpoint, "full/0", token)).size, 0, "the key is not deleted");
    for (let second = 0; second < seconds; second++) {
        await sleep(1000);
        assert.deepEqual(await view.pods(), before);
    }
    await world.kept();
    const reads = world.load.figures.acknowledged - acknowledged;
    assert.ok(reads > 30, `the clients read ${reads} times`);
}

/** Every member writes again, and more than it could before when the quota is larger. */
async function writesAgain(world: World, values: number): Promise<void> {
    assert.deepEqual(await alarms(world), []);
    await ofEach(world, async (url, token) => {
        for (let n = 0; n < values; n++) {
            await put(url, `again/${n}`, VALUE, token);
        }
    });
    assert.deepEqual(await alarms(world), []);
}

export const DATABASE_FULL: Case[] = [
    {
        id: "19",
        title: "the database is full of history",
        injected:
            "a quota of 32 MiB, values of 500 kB until it is reached; compaction, defragmentation, etcdctl alarm disarm",
        settings,
        run: async (world) => {
            const before = await world.view.pods();
            await filled(world);
            // Longer than the liveness probe is patient.
            await onlyWritesAreRefused(world, 70);
            assert.match(await typed(world.stack, LOOK), /alarm:NOSPACE/);
            await typed(world.stack, LOOK, MAKE_ROOM);
            assert.ok(
                (await sizes(world)).every((size) => size < QUOTA / 2),
                `${await sizes(world)}`,
            );
            await writesAgain(world, 1);
            assert.deepEqual(await world.view.pods(), before, "a pod was restarted");
            await world.kept();
        },
    },
    {
        id: "19b",
        title: "the database is full, and its quota is raised",
        injected:
            "a quota of 32 MiB, values of 500 kB until it is reached; quotaBackendBytes changed, pulumi up, etcdctl alarm disarm",
        settings,
        alone: true,
        run: async (world) => {
            await filled(world);
            await onlyWritesAreRefused(world, 15);
            const { fewest } = await watched(world, () => typed(world.stack, LOOK, RAISE));
            await allUpdated(world);
            assert.equal(fewest, world.replicas - 1, "not exactly one at a time");
            assert.deepEqual(await quotas(world), Array(world.replicas).fill(2 ** 31));
            await writesAgain(world, 8);
            assert.ok(
                (await sizes(world)).every((size) => size > QUOTA),
                "it is not larger than it could be before",
            );
            await world.kept();
        },
    },
];
