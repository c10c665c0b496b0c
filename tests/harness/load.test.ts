// The load of the fault matrix against a real etcd: what it records is judged right, and wrong once it is tampered with.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import { must } from "../../tools/support/run";
import { clock, type Operation } from "../faults/history";
import { Load } from "../faults/load";
import type { Figures } from "../faults/tally";
import { judge } from "../faults/verdict";
import { call, login } from "../support/scripts-client";
import { Cluster } from "../support/scripts-cluster";
import { sandboxRoot } from "../support/scripts-sandbox";

let cluster: Cluster;
let url: string;

const file = (name: string) => path.join(sandboxRoot(), `${name}.jsonl`);
const startLoad = (name: string) =>
    Load.start({ targets: () => [url], passwords: [cluster.password], file: file(name) });
const read = (name: string) =>
    fs
        .readFileSync(file(name), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Operation);

/** Waits until the load has got through that many operations more. */
async function progress(load: Load, operations: number): Promise<void> {
    const { acknowledged } = load.figures;
    await cluster.waitFor("the load to go on", () => load.figures.acknowledged >= acknowledged + operations);
}

/** Ends the load, which lost nothing. */
async function finish(load: Load): Promise<Figures> {
    await load.stop();
    await load.finalReads(url);
    assert.deepEqual(await load.lost(url), []);
    return load.figures;
}

describe("load and judge", () => {
    before(async () => {
        cluster = await Cluster.ready({ replicas: 1 });
        url = cluster.pod(0).clientUrl;
    });

    after(() => cluster.destroy());

    describe("of a calm etcd", () => {
        let operations: Operation[];
        let figures: Figures;
        let milliseconds: number;

        before(async () => {
            const load = await startLoad("calm");
            const began = performance.now();
            await progress(load, 1500);
            figures = await finish(load);
            milliseconds = performance.now() - began;
            operations = read("calm");
        });

        /** What the judge says when one operation had found something else. */
        async function verdictWith(operation: Operation, found: string): Promise<string> {
            const lines = operations.map((each) => JSON.stringify(each === operation ? { ...each, found } : each));
            fs.writeFileSync(file("tampered"), lines.join("\n"));
            const { verdict, key } = await judge([file("tampered")]);
            assert.equal(key, operation.key);
            return verdict;
        }

        /** The first key's operations: the first value that was written to it, its last read but one, and its final read. */
        function landmarks() {
            const ofKey = operations.filter(({ key }) => key === operations[0]!.key);
            const [first] = ofKey.flatMap((each) => (each.op === "put" || each.swapped ? [each] : []));
            const [read, final] = ofKey.filter(({ op }) => op === "get").slice(-2);
            assert.ok(first && "value" in first && read && final && final === ofKey.pop());
            return { value: first.value, read, final };
        }

        it("agree", async () => {
            const verdict = await judge([file("calm")]);
            assert.deepEqual(verdict, { ...verdict, verdict: "ok", operations: operations.length, maybe: 0 });
            assert.ok(verdict.keys > 4, "no key gave way to another");
        });

        it("have all three operations, no failures and no large gap", () => {
            for (const kind of ["put", "get", "cas"]) {
                assert.ok(operations.filter(({ op }) => op === kind).length > 200, kind);
            }
            assert.ok(operations.some(({ swapped }) => swapped === true));
            assert.ok(operations.some(({ swapped }) => swapped === false));
            const { failed, maybe, gap } = figures;
            assert.ok(failed + maybe === 0 && gap > 0 && gap < 0.8 * milliseconds, JSON.stringify(figures));
        });

        it("disagree when one acknowledged write is lost", async () => {
            const { value, final } = landmarks();
            assert.equal(await verdictWith(final, value), "illegal");
        });

        it("disagree when one read is stale", async () => {
            const { value, read } = landmarks();
            assert.equal(await verdictWith(read, value), "illegal");
        });
    });

    it("agree on an etcd that stands still, and that is killed again and again", async () => {
        const load = await startLoad("killed");
        await progress(load, 200);
        cluster.pod(0).signalEtcd("SIGSTOP");
        await cluster.waitFor("writes to time out", () => load.figures.maybe > 0);
        // Now it performs what nobody waits for any more.
        cluster.pod(0).signalEtcd("SIGCONT");
        for (let round = 0; round < 3; round++) {
            await progress(load, 200);
            await cluster.pod(0).kill9();
            await cluster.pod(0).start();
        }
        await progress(load, 200);
        const { maybe, failed, gap } = await finish(load);
        assert.ok(failed > maybe && gap > 4000, JSON.stringify(load.figures));
        const verdict = await judge([file("killed")]);
        assert.deepEqual(verdict, { ...verdict, verdict: "ok", maybe });
    });

    it("count tokens that are no longer good, and take them for no failures", async () => {
        const load = await startLoad("tokens");
        // Every change of auth outdates every token.
        await call(url, "auth/role/add", { name: "reader" }, await login(url, cluster.password));
        const refused = () => load.figures.renewed.balanced + load.figures.renewed.pinned;
        await cluster.waitFor("a token to be refused", () => refused() > 0);
        await progress(load, 200);
        assert.equal((await finish(load)).failed, 0);
        assert.equal((await judge([file("tokens")])).verdict, "ok");
    });

    it("disagree on an etcd that went back to a snapshot, unless they are told when it was taken", async () => {
        const pod = cluster.pod(0);
        const snapshot = path.join(sandboxRoot(), "snapshot.db");
        const load = await startLoad("rewound");
        await progress(load, 200);
        const begun = clock();
        await cluster.etcdctl(pod, ["snapshot", "save", snapshot]);
        const ended = clock();
        await progress(load, 200);
        await load.stop();
        await pod.vanish();
        fs.rmSync(pod.path("data/default.etcd"), { recursive: true });
        const member = ["--name", pod.name, "--initial-cluster", `${pod.name}=${cluster.peerUrl(0)}`];
        const place = [
            "--initial-advertise-peer-urls",
            cluster.peerUrl(0),
            "--data-dir",
            pod.path("data/default.etcd"),
        ];
        await must(["etcdutl", "snapshot", "restore", snapshot, ...member, ...place]);
        await pod.create();
        await cluster.allReady();

        await load.finalReads(url);
        assert.equal((await judge([file("rewound")])).verdict, "illegal");
        assert.notDeepEqual(await load.lost(url), []);
        load.rewind(begun, ended);
        await load.finalReads(url);
        assert.equal((await judge([file("rewound")])).verdict, "ok");
        assert.deepEqual(await load.lost(url), []);
    });

    it("tell of a streamed write that the cluster does not hold", async () => {
        const load = await startLoad("emptied");
        await progress(load, 100);
        await load.stop();
        const all = { key: Buffer.from("w/").toString("base64"), range_end: Buffer.from("w0").toString("base64") };
        const { deleted } = await call(url, "kv/deleterange", all, await login(url, cluster.password));
        const lost = await load.lost(url);
        assert.ok(lost.length > 0 && lost.length <= Number(deleted), `${lost.length} of ${String(deleted)}`);
    });
});
