// Backups: saved, uploaded, read back, restored, compared with the living, and only then there. Real etcd, a real S3 server.
import assert from "assert";
import { execFileSync } from "child_process";
import { createHash, randomBytes, randomUUID } from "crypto";
import * as fs from "fs";
import * as path from "path";

import { Backup, STEPS, Store, type Step } from "../support/scripts-backup";
import { Cluster } from "../support/scripts-cluster";
import { environment } from "../support/scripts-environment";

const sha256 = (file: string) => createHash("sha256").update(fs.readFileSync(file)).digest("hex");

interface Manifest {
    file: string;
    sha256: string;
    size: number;
    revision: number;
    hash: number;
    clusterId: string;
    keys: number;
    members: number;
    agreed: number;
}

describe("a backup", () => {
    let cluster: Cluster;
    let store: Store;
    let stores = 0;

    before(async () => {
        cluster = await Cluster.ready({ replicas: 3 });
        for (let i = 0; i < 20; i++) {
            await cluster.etcdctl(cluster.pod(0), ["put", `key-${i}`, `value-${i}`]);
        }
    });

    after(() => cluster.destroy());

    beforeEach(async () => {
        store = await Store.start(path.join(environment().root, `store-${++stores}`));
    });

    afterEach(async () => {
        await store.stop();
        await Promise.all(cluster.jobs.map((pod) => pod.vanish()));
    });

    const manifests = () => store.objects().filter((name) => name.endsWith(".json"));

    /** It fails at that step, says why, and there is no manifest. */
    async function assertFails(backup: Backup, at: string, why: RegExp, from = 0): Promise<void> {
        const failed = await backup.all(STEPS.slice(from));
        assert.equal(failed, at, `${failed} failed: ${backup.verdict}\n${cluster.report()}`);
        assert.match(backup.verdict, why);
        assert.deepEqual(manifests(), []);
    }

    it("is a file and its manifest in the store, and what the manifest says is so", async () => {
        const leader = await cluster.leader();
        const backup = await Backup.make(cluster, store);
        assert.equal(await backup.all(), undefined, `${backup.verdict}\n${cluster.report()}`);
        assert.notEqual(backup.fact("source"), `http://${leader.spec.hosts[0]}:2379`, "taken from the leader");
        const file = store.file(backup.folder, `${backup.name}.db`);
        const { size, ...manifest } = JSON.parse(
            fs.readFileSync(store.file(backup.folder, `${backup.name}.json`), "utf8"),
        ) as Manifest;
        assert.equal(sha256(file), manifest.sha256);
        assert.equal(fs.statSync(file).size, size);
        assert.equal(manifest.file, `${backup.name}.db`);
        assert.equal(manifest.clusterId, await cluster.clusterId(cluster.pod(0)));
        assert.deepEqual([manifest.members, manifest.agreed], [3, 3]);
        assert.ok(manifest.revision > 20 && manifest.hash > 0 && manifest.keys >= 20);
        assert.match(backup.verdict, /^proven: /);
        assert.deepEqual(
            cluster.pods.map((pod) => pod.restarts),
            [0, 0, 0],
        );
    });

    it("may be on a volume", async () => {
        const backup = await Backup.make(cluster);
        assert.equal(await backup.all(), undefined, `${backup.verdict}\n${cluster.report()}`);
        const folder = path.join(cluster.folder, "backup", backup.folder);
        assert.deepEqual(fs.readdirSync(folder).sort(), [`${backup.name}.db`, `${backup.name}.json`]);
        fs.rmSync(path.join(cluster.folder, "backup"), { recursive: true });
    });

    it("is proven while clients write, and after a compaction that the snapshot does not know of", async () => {
        const writer = cluster.writer();
        const backup = await Backup.make(cluster, store);
        assert.equal(await backup.all(["save", "copy"]), undefined, backup.verdict);
        await cluster.etcdctl(cluster.pod(0), ["compact", backup.fact("revision")]);
        assert.equal(await backup.all(["verify", "publish"]), undefined, `${backup.verdict}\n${cluster.report()}`);
        await writer.stop();
    });

    it("is proven where nothing was written since everything was compacted", async () => {
        const status = await cluster.etcdctl(cluster.pod(0), ["endpoint", "status", "-w", "json"]);
        await cluster.etcdctl(cluster.pod(0), ["compact", /"revision":(\d+)/.exec(status)![1]!]);
        const backup = await Backup.make(cluster, store);
        assert.equal(await backup.all(), undefined, `${backup.verdict}\n${cluster.report()}`);
    });

    it("that members have compacted beyond is none: it cannot be compared any more", async () => {
        await cluster.etcdctl(cluster.pod(0), ["put", "earlier", "1"]);
        const backup = await Backup.make(cluster, store);
        assert.equal(await backup.all(["save", "copy"]), undefined, backup.verdict);
        await cluster.etcdctl(cluster.pod(0), ["put", "later", "1"]);
        const revision = Number(backup.fact("revision")) + 1;
        await cluster.etcdctl(cluster.pod(0), ["compact", String(revision)]);
        await assertFails(backup, "verify", /^compacted: .*compacted beyond/, 2);
    });

    it("is refused by its own name when the password is wrong, before and after", async () => {
        const before = await Backup.make(cluster, store);
        before.pod.mountSecrets({ "root-password/password": "quite another one" });
        await assertFails(before, "save", /^login: user root does not accept the password/);
        const after = await Backup.make(cluster, store);
        assert.equal(await after.all(["save", "copy"]), undefined, after.verdict);
        after.pod.mountSecrets({ "root-password/password": "quite another one" });
        await assertFails(after, "verify", /^login: the restored etcd does not accept the password/, 2);
    });

    it("with another value in it is none, though every checksum is right", async () => {
        const backup = await Backup.make(cluster, store);
        assert.equal(await backup.all(["save", "copy"]), undefined, backup.verdict);
        const file = backup.pod.path("work/snapshot.db");
        const content = fs.readFileSync(file);
        const data = Buffer.from(
            content.toString("latin1", 0, content.length - 32).replaceAll("value-7", "valuE-7"),
            "latin1",
        );
        fs.writeFileSync(file, Buffer.concat([data, createHash("sha256").update(data).digest()]));
        await assertFails(backup, "verify", /^hash: .* 0 of 3 that answered agree; it has \d+ keys/, 2);
        // Nor is it published by whoever starts the last step all the same.
        await assertFails(backup, "publish", /^unproven: /, 3);
    });

    it("is none when the store keeps something else: cut short, one byte flipped, or another object in its place", async () => {
        const lies: [string, (file: string, name: string) => void | Promise<void>][] = [
            ["cut short", (file) => fs.truncateSync(file, fs.statSync(file).size - 4096)],
            ["flipped", flipOneByte],
            // With a checksum of its own, so that the client finds nothing wrong.
            ["replaced", (_, name) => store.put(name, "a snapshot of yesterday")],
        ];
        for (const [what, lie] of lies) {
            const backup = await Backup.make(cluster, store);
            assert.equal(await backup.run("save"), 0, backup.verdict);
            let lied = false;
            store.intercept = async ({ method, url }) => {
                if (!lied && method === "GET" && url!.includes(".db")) {
                    lied = true;
                    const name = path.join(backup.folder, `${backup.name}.db`);
                    await lie(store.file(name), name);
                }
            };
            await assertFails(backup, "copy", /^read-back: /, 1);
            assert.ok(lied, what);
        }
    });

    it("is none when its manifest is not read back as it was written, and that one is taken back", async () => {
        const backup = await Backup.make(cluster, store);
        assert.equal(await backup.all(["save", "copy", "verify"]), undefined, backup.verdict);
        store.intercept = async ({ method, url }) => {
            if (method === "GET" && url!.includes(".json")) {
                await store.put(path.join(backup.folder, `${backup.name}.json`), "{}");
            }
        };
        await assertFails(backup, "publish", /^publish: .*not read back/, 3);
    });

    it("fails in time when the store is away, refuses, or hangs; the next one succeeds", async () => {
        const refused = await Backup.make(cluster, store);
        refused.pod.mountSecrets({ "store/secret-access-key": "wrong" });
        await assertFails(refused, "copy", /^upload: .*(403|Forbidden)/);
        delete refused.pod.spec.secrets["store/secret-access-key"];
        fs.rmSync(refused.pod.path("secrets/store/secret-access-key"));
        await assertFails(refused, "copy", /^store: the Secret of the store has no secret-access-key/, 1);

        const hung = await Backup.make(cluster, store, { STORE_PAUSE: "3", STORE_SECONDS: "8" });
        store.intercept = ({ method }) => method === "PUT";
        await assertFails(hung, "copy", /^upload: /);
        store.intercept = () => {};
        const away = await Backup.make(cluster, store, { DESTINATION: `store:missing`, STORE_SECONDS: "8" });
        await assertFails(away, "copy", /^upload: .*(NoSuchBucket|bucket)/);

        const next = await Backup.make(cluster, store);
        assert.equal(await next.all(), undefined, next.verdict);
        const { endpoint } = store;
        assert.equal(manifests().length, 1);
        await store.stop();
        const late = await Backup.make(cluster, undefined, { ...hung.pod.spec.env, POD_UID: randomUUID() });
        late.pod.mountSecrets(store.secrets);
        assert.equal(await late.all(["save", "copy"]), "copy");
        assert.match(late.verdict, /^upload: .*(refused|connect)/, endpoint);
        assert.equal(manifests().length, 1);
    });

    it("is none wherever it was killed", async () => {
        const killedAt = async (backup: Backup, step: Step, when: () => boolean) => {
            await backup.begin(step);
            await cluster.waitFor(`${step} to be under way`, when);
            await backup.pod.kill9();
            store.intercept = () => {};
            assert.deepEqual(manifests(), [], step);
        };
        let hangs = 0;
        const hangAt = (method: string) => {
            hangs = 0;
            store.intercept = (request) => request.method === method && ++hangs > 0;
        };
        const backup = await Backup.make(cluster, store);
        await killedAt(backup, "save", () => /saving from/.test(backup.pod.said));
        fs.rmSync(backup.pod.path("work"), { recursive: true });
        fs.mkdirSync(backup.pod.path("work"));
        assert.equal(await backup.run("save"), 0, backup.verdict);
        hangAt("PUT");
        await killedAt(backup, "copy", () => hangs > 0);
        hangAt("GET");
        await killedAt(backup, "copy", () => hangs > 0);
        assert.equal(await backup.run("copy"), 0, backup.verdict);
        await killedAt(backup, "verify", () => fs.existsSync(backup.pod.path("work/etcd.log")));
        assert.equal(await backup.run("publish"), 1);
        assert.match(backup.verdict, /^unproven: /);
        assert.deepEqual(manifests(), []);
    });

    it("has a name of its own when ten are made at once", async () => {
        // Ten logins at once are much for a small machine: one that fails is tried again by another pod, as the Job does.
        const uploaded = async (): Promise<Backup> => {
            const verdicts: string[] = [];
            while (verdicts.length < 3) {
                const backup = await Backup.make(cluster, store);
                if ((await backup.all(["save", "copy"])) === undefined) {
                    return backup;
                }
                verdicts.push(backup.verdict);
            }
            throw new Error(verdicts.join("\n"));
        };
        const backups = await Promise.all(Array.from({ length: 10 }, uploaded));
        const names = backups.map((backup) => `some/where/${backup.folder}/${backup.name}.db`);
        assert.equal(new Set(names).size, 10);
        const objects = store.objects();
        assert.deepEqual(
            names.filter((name) => !objects.includes(name)),
            [],
        );
    });

    it("deletes what is too old of its own cluster, and of no other, and only when it is there itself", async () => {
        const id = await cluster.clusterId(cluster.pod(0));
        const old = Array.from({ length: 9 }, (_, day) => `2025010${day + 1}T000000Z-${day + 2}-${randomUUID()}`);
        const folders = [`${cluster.set}/${id}`, `${cluster.set}/${id}0`, `${cluster.set}-2/${id}`, `other/${id}`];
        const files = [...old.flatMap((stem) => [`${stem}.db`, `${stem}.json`]), "notes.txt"];
        const paths = folders.flatMap((folder) => files.map((name) => path.join(folder, name)));
        await store.putAll(Object.fromEntries(paths.map((name) => [name, "old"])));
        const all = store.objects();
        const keep = { KEEP_LAST: "3", KEEP_HOURLY: "0", KEEP_DAILY: "0", KEEP_WEEKLY: "0" };
        const failing = await Backup.make(cluster, store, keep);
        failing.pod.mountSecrets({ "root-password/password": "quite another one" });
        await failing.all();
        assert.deepEqual(store.objects(), all);

        const backup = await Backup.make(cluster, store, keep);
        assert.equal(await backup.all(), undefined, `${backup.verdict}\n${cluster.report()}`);
        const gone = old
            .slice(0, 7)
            .flatMap((stem) => [".db", ".json"].map((end) => `some/where/${folders[0]}/${stem}${end}`));
        const made = [".db", ".json"].map((end) => `some/where/${folders[0]}/${backup.name}${end}`);
        assert.deepEqual(store.objects(), [...all, ...made].filter((name) => !gone.includes(name)).sort());
    });

    it("onto a volume that is full fails, and leaves those of before", async () => {
        const folder = path.join(cluster.folder, "backup");
        fs.mkdirSync(folder, { recursive: true });
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "full", folder]);
        try {
            fs.writeFileSync(path.join(folder, "before"), "b".repeat(56 * 1024));
            const backup = await Backup.make(cluster);
            assert.equal(await backup.all(), "copy");
            assert.match(backup.verdict, /^upload: .*(no space left|remaining disk space)/);
            assert.equal(fs.statSync(path.join(folder, "before")).size, 56 * 1024);
        } finally {
            await Promise.all(cluster.jobs.map((pod) => pod.vanish()));
            execFileSync("umount", [folder]);
            fs.rmdirSync(folder);
        }
    });

    it("is not made without a quorum, and says so soon; a source that hangs half way ends it as well", async () => {
        for (let i = 0; i < 40; i++) {
            await cluster.etcdctl(cluster.pod(0), [
                "--command-timeout=30s",
                "put",
                `large-${i}`,
                randomBytes(60_000).toString("hex"),
            ]);
        }
        const frozen = await Backup.make(cluster, store, { STALL_SECONDS: "4" });
        await frozen.begin("save");
        const source = await cluster.waitFor("the snapshot to begin", () => {
            const host = /saving from http:\/\/([^:]*)/.exec(frozen.pod.said)?.[1];
            return cluster.pods.find((pod) => pod.spec.hosts[0] === host);
        });
        source.signalEtcd("SIGSTOP");
        await frozen.ended("save");
        source.signalEtcd("SIGCONT");
        if (frozen.pod.exit!.code !== 0) {
            assert.match(frozen.verdict, /^save: no snapshot came from .*: (nothing came for 4 s|no answer|.*)/);
            assert.ok(!fs.existsSync(frozen.pod.path("work/snapshot.db")));
        }
        await cluster.allReady();

        const [one, two] = [cluster.pod(1), cluster.pod(2)];
        await Promise.all([one.vanish(), two.vanish()]);
        const backup = await Backup.make(cluster, store);
        await assertFails(backup, "save", /^no-source: .*Without a quorum nobody can log in.*Quorum lost/);
        await Promise.all([one.create(), two.create()]);
        await cluster.allReady();
    });
});

/** In the middle, where the data is. */
function flipOneByte(file: string): void {
    const content = fs.readFileSync(file);
    content[content.length >> 1]! ^= 1;
    fs.writeFileSync(file, content);
}
