// A cluster whose data is lost comes back from a snapshot, on a person's word, once, and never beside a living quorum.
import assert from "assert";
import { createHash } from "crypto";
import * as fs from "fs";
import * as path from "path";

import { Cluster, type ClusterOptions } from "../support/scripts-cluster";
import { call, login } from "../support/scripts-client";
import { environment } from "../support/scripts-environment";
import type { FakePod } from "../support/scripts-pod";
import { etcdRuns } from "../support/scripts-points";
import { waitFor } from "../support/scripts-wait";

/** The minute's wait for an objection, shortened. */
const OPTIONS = { replicas: 3, env: { OBJECTION_SECONDS: "12" } };
/** The leader looks every ten seconds for something to object to, and may be slow. */
const LONGER = { OBJECTION_SECONDS: "25" };
const NAME = "snapshot.db";
/** What the restored revisions begin above. */
const BUMP = 1_000_000_000;

/** Writes `kept`, takes a snapshot, and writes `late`; gives the file. */
async function snapshotOf(cluster: Cluster): Promise<string> {
    const file = path.join(environment().root, `${cluster.namespace}.db`);
    await cluster.etcdctl(cluster.pod(0), ["put", "kept", "yes"]);
    await cluster.etcdctl(cluster.pod(0), ["snapshot", "save", file]);
    await cluster.etcdctl(cluster.pod(0), ["put", "late", "yes"]);
    return file;
}

/** The way that docs/operations.md tells. */
async function place(pod: FakePod, file: string, name = NAME): Promise<void> {
    const result = await pod.exec(["/toolbox/sh", "-c", `cat >/var/run/etcd/${name}`], 30, file);
    assert.equal(result.code, 0, result.output);
}

async function revisionOf(cluster: Cluster, pod: FakePod): Promise<number> {
    const token = await login(pod.clientUrl, cluster.password);
    const { header } = (await call(pod.clientUrl, "kv/range", { key: "AA==" }, token)) as {
        header: { revision: string };
    };
    return Number(header.revision);
}

async function loseDisks(cluster: Cluster, ...ordinals: number[]): Promise<void> {
    const lost = ordinals.map((ordinal) => cluster.pod(ordinal));
    await Promise.all(lost.map((pod) => pod.vanish()));
    lost.forEach((pod) => pod.wipeData());
    await cluster.createPods(...ordinals);
}

/** All serve what the snapshot held, and nothing else. */
async function assertRestored(cluster: Cluster, request: string): Promise<void> {
    await cluster.allReady();
    await cluster.settledAt(cluster.pods.length);
    for (const pod of cluster.pods) {
        assert.equal(await cluster.etcdctl(pod, ["get", "kept", "--print-value-only"]), "yes");
        assert.equal(await cluster.etcdctl(pod, ["get", "late", "--print-value-only"]), "");
        assert.equal(pod.restarts, 0);
    }
    await cluster.sameData();
    const { recovered, formed } = await cluster.readMarker();
    assert.equal(recovered, request);
    assert.equal(formed, await cluster.clusterId(cluster.pod(0)));
}

/** Runs a test on a cluster that serves, with a snapshot of it. */
const withSnapshot = (options: ClusterOptions, test: (cluster: Cluster, file: string) => Promise<void>) =>
    Cluster.with(options, async (cluster) => {
        await cluster.createPods();
        await cluster.allReady();
        await test(cluster, await snapshotOf(cluster));
    });

describe("recovery from a snapshot", () => {
    it("when all disks are lost", async () => {
        await Cluster.with(OPTIONS, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const identity = await cluster.clusterId(cluster.pod(0));
            const file = await snapshotOf(cluster);
            const seen = await revisionOf(cluster, cluster.pod(0));
            await loseDisks(cluster, 0, 1, 2);
            await cluster.saysUnready(cluster.pod(0), /WAITING to join.*no new one is made/);
            await place(cluster.pod(0), file);
            await cluster.ask(`0 first ${NAME}`);
            await cluster.saysUnready(cluster.pod(0), /RECOVERY from the snapshot .*\(revision \d+, \d+ keys\)/);
            await cluster.waitFor("the other to wait", () => {
                return /until the recovery from ordinal 0 is done/.test(cluster.pod(1).said);
            });
            await assertRestored(cluster, `0 first ${NAME}`);
            assert.notEqual(await cluster.clusterId(cluster.pod(0)), identity);

            // Whoever watched is told to read anew; no revision that was seen comes again.
            const { clientUrl } = cluster.pod(1);
            assert.ok((await revisionOf(cluster, cluster.pod(1))) > BUMP);
            const token = await login(clientUrl, cluster.password);
            await assert.rejects(
                call(clientUrl, "kv/range", { key: "AA==", revision: String(seen) }, token),
                /compacted/,
            );

            // The request still stands and the file still lies there; it was for one time only.
            await loseDisks(cluster, 1, 2);
            await cluster.saysUnready(cluster.pod(0), /no leader.*Quorum lost/);
            await assert.rejects(cluster.saysUnready(cluster.pod(0), /RECOVERY/, 20));
        });
    });

    it("when one member is alive: its data is set aside for it, and a disk that was away never votes again", async () => {
        await withSnapshot(OPTIONS, async (cluster, file) => {
            const [away, alive] = [cluster.pod(1), cluster.pod(2)];
            const old = away.file("data/member-id");
            await Promise.all([cluster.pod(0).vanish(), away.vanish()]);
            await cluster.saysUnready(alive, /no leader.*Quorum lost/);
            await place(alive, file);
            await cluster.ask(`2 second ${NAME}`);
            await cluster.allReady(2);
            assert.ok(fs.existsSync(alive.path("data/set-aside/member/wal")), "the old data is gone");
            // One comes back with its data, which is of the life before and has no quorum in it; the other without any.
            cluster.pod(0).wipeData();
            await cluster.createPods(0, 1);
            await assertRestored(cluster, `2 second ${NAME}`);
            assert.match(away.said, /serves, and goes on without the data here/);
            const members = await cluster.memberList();
            assert.ok(!members.some(({ id }) => id === old), `${old} lives a second life`);
        });
    });

    it("is refused while a quorum lives, also when the named member cannot see it", async () => {
        await withSnapshot({ ...OPTIONS, env: LONGER }, async (cluster, file) => {
            const lonely = cluster.pod(2);
            const { resolvConf } = lonely.spec;
            await lonely.vanish();
            lonely.wipeData();
            lonely.spec.resolvConf = "nameserver 192.0.2.1\noptions timeout:1 attempts:1\n";
            await lonely.create();
            await cluster.saysUnready(lonely, /WAITING to join/);
            await place(lonely, file);
            await cluster.ask(`2 third ${NAME}`);
            await cluster.objectsTo(`2 third ${NAME}`);
            await cluster.saysUnready(lonely, /WAITING to join: no voter/);
            assert.doesNotMatch(lonely.said, /restoring the snapshot/);
            await lonely.vanish();
            lonely.spec.resolvConf = resolvConf;
            await lonely.create();
            await cluster.allReady();
            assert.equal(await cluster.etcdctl(lonely, ["get", "late", "--print-value-only"]), "yes");
        });
    });

    it("is held by a file that is missing or no snapshot, and changes nothing", async () => {
        await withSnapshot(OPTIONS, async (cluster, file) => {
            const pod = cluster.pod(2);
            await Promise.all([cluster.pod(0).vanish(), cluster.pod(1).vanish()]);
            await cluster.saysUnready(pod, /no leader/);
            const before = [pod.etcd, pod.file("data/member-id")];

            const good = fs.readFileSync(file);
            const damaged = Buffer.from(good);
            damaged[damaged.length >> 1]! ^= 1;
            const alien = Buffer.alloc(8192, "x");
            const signed = Buffer.concat([alien, createHash("sha256").update(alien).digest()]);
            const bad: [Buffer | undefined, RegExp][] = [
                [undefined, /is not there/],
                [good.subarray(0, good.length - 32), /has no hash at its end/],
                [good.subarray(0, good.length - 4096), /is damaged/],
                [damaged, /is damaged/],
                [signed, /cannot be read: (Error|panic|fatal)/],
                [Buffer.alloc(0), /has no hash at its end/],
            ];
            await cluster.ask(`2 fourth ${NAME}`);
            for (const [content, reason] of bad) {
                if (content) {
                    fs.writeFileSync(`${file}.bad`, content);
                    await place(pod, `${file}.bad`);
                }
                await cluster.saysUnready(
                    pod,
                    new RegExp(`RECOVERY from ordinal \\d is held: .*${reason.source}.*Nothing was changed`),
                );
                assert.match((await cluster.readMarker())["recovery-hold"] ?? "", reason);
            }
            assert.deepEqual([pod.etcd, pod.file("data/member-id")], before, "something was changed");
            assert.doesNotMatch(pod.said, /restoring the snapshot/);

            await place(pod, file);
            await cluster.createPods(0, 1);
            await cluster.allReady();
            // Two more members are a quorum: there was nothing left to recover from.
            await cluster.objectsTo(`2 fourth ${NAME}`);
            assert.equal(pod.file("data/member-id"), before[1]);
        });
    });

    it("is held when the volume has no room for it", async () => {
        await withSnapshot({ ...OPTIONS, replicas: 1 }, async (cluster, file) => {
            const pod = cluster.pod(0);
            await loseDisks(cluster, 0);
            await cluster.saysUnready(pod, /WAITING to join/);
            // As good as a small volume: df tells of the file system, which all pods of this test share.
            await place(pod, file);
            await pod.vanish();
            pod.spec.env = { ...pod.spec.env, ROOM_KB: String(2 ** 40) };
            await pod.create();
            await cluster.ask(`0 fifth ${NAME}`);
            await cluster.saysUnready(pod, /RECOVERY from ordinal \d is held: the volume lacks \d+ MB/);
            assert.equal(etcdRuns(pod), false);
        });
    });

    it("goes on after a kill at any point, and never sets restored data aside", async () => {
        await withSnapshot(OPTIONS, async (cluster, file) => {
            const pod = cluster.pod(1);
            const old = pod.file("data/member-id");
            await loseDisks(cluster, 0);
            await cluster.pod(2).vanish();
            await cluster.saysUnready(pod, /no leader.*Quorum lost/);
            await place(pod, file);
            await cluster.ask(`1 sixth ${NAME}`);
            for (const point of ["restoring", "restored.part", "restored", "life"]) {
                // A busy machine may see the point late, or not at all when the rest is done by then.
                const done = () => pod.file("data/life") === `1 sixth ${NAME}`;
                const reached = () => fs.existsSync(pod.path("data", point)) || done();
                await waitFor(`the pod to come to ${point}`, reached, { interval: 1, report: () => pod.said });
                await pod.kill9();
                if (!done() && !fs.existsSync(pod.path("data/restored"))) {
                    assert.equal(pod.file("data/member-id"), old, "the old data was touched too early");
                }
                await pod.create();
            }
            await cluster.createPods(2);
            await assertRestored(cluster, `1 sixth ${NAME}`);
            // It says so before it does; killed in between, it says so again.
            const aside = [...pod.said.matchAll(/setting aside the data of member (\S*)/g)].map(([, id]) => id);
            assert.deepEqual([...new Set(aside)], [old]);
            for (const left of ["restoring", "restored", "restored.part"]) {
                assert.ok(!fs.existsSync(pod.path("data", left)), left);
            }
        });
    });

    it("is given up, unchanged, when a quorum objected while its member was stopped", async () => {
        await withSnapshot({ ...OPTIONS, replicas: 1 }, async (cluster, file) => {
            const pod = cluster.pod(0);
            await pod.vanish();
            fs.copyFileSync(file, pod.path("data", NAME));
            const request = `0 seventh ${NAME}`;
            fs.writeFileSync(pod.path("data/restoring"), `${request}\n`);
            await cluster.ask(request);
            const refused = JSON.stringify({ data: { "recovery-refused": request } });
            await cluster.kubectl("patch", "configmap", cluster.marker, "--type=merge", "-p", refused);
            await pod.create();
            await cluster.allReady();
            assert.match(pod.said, /not restoring .*Nothing was changed/);
            assert.equal(await cluster.etcdctl(pod, ["get", "late", "--print-value-only"]), "yes");
            assert.ok(!fs.existsSync(pod.path("data/restoring")));
        });
    });

    it("when etcd cannot even start on what is left", async () => {
        await withSnapshot({ ...OPTIONS, replicas: 1 }, async (cluster, file) => {
            const pod = cluster.pod(0);
            await pod.vanish();
            const database = pod.path("data/default.etcd/member/snap/db");
            fs.writeFileSync(database, Buffer.alloc(fs.statSync(database).size));
            await pod.create();
            await cluster.saysUnready(pod, /etcd ended by itself/);
            await place(pod, file);
            await cluster.ask(`0 eighth ${NAME}`);
            await assertRestored(cluster, `0 eighth ${NAME}`);
        });
    });

    it("is how a new cluster begins with the data of another", async () => {
        let file = "";
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            file = await snapshotOf(cluster);
        });
        await Cluster.with(OPTIONS, async (cluster) => {
            await cluster.ask(`1 ninth ${NAME}`);
            await cluster.createPods();
            await cluster.saysUnready(cluster.pod(1), /RECOVERY from ordinal \d is held: .* is not there/);
            await cluster.saysUnready(cluster.pod(0), /until the recovery from ordinal 1 is done/);
            await place(cluster.pod(1), file);
            await assertRestored(cluster, `1 ninth ${NAME}`);
            assert.ok(cluster.pods.every((pod) => !/forming a new cluster/.test(pod.said)));
        });
    });
});
