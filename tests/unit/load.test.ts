// What is kept of the load of the fault matrix: failures and their causes, the time without a write, and the history.
import assert from "assert";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { clock, History, type Operation } from "../faults/history";
import { unexplained } from "../faults/rollouts";
import { isDistrust, Tally } from "../faults/tally";
import { sleep } from "../support/scripts-wait";

describe("failed operations", () => {
    /** Clients 0 and 2 are pinned to ordinals 0 and 2, client 1 is balanced. */
    const tally = () => new Tally((client) => (client === 1 ? undefined : client));

    it("are kept with their member, their time and their cause", () => {
        const noted = tally();
        const before = clock();
        const cause = Object.assign(new Error("unable to verify the first certificate"), {
            code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        });
        noted.failed(2, before, new TypeError("fetch failed", { cause }));
        noted.failed(1, before, new TypeError("fetch failed", { cause: { code: "ECONNRESET" } }));
        assert.equal(noted.figures.failed, 2);
        const [untrusted, reset] = noted.failures;
        assert.deepEqual([untrusted!.ordinal, reset!.ordinal], [2, undefined]);
        assert.ok(untrusted!.from === before && untrusted!.to >= before);
        assert.deepEqual(noted.failures.map(isDistrust), [true, false]);
        for (const code of ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "CERT_HAS_EXPIRED", "SELF_SIGNED_CERT_IN_CHAIN"]) {
            assert.ok(isDistrust({ reason: `fetch failed, ${code}` }), code);
        }
    });

    it("and renewed tokens are told apart by the kind of client", () => {
        const noted = tally();
        [0, 1, 1, 2, 1].forEach((client) => noted.renews(client));
        assert.deepEqual(noted.figures.renewed, { balanced: 3, pinned: 2 });
    });

    it("are explained by the restart of the member that the client keeps to, or of any for one that keeps to none", () => {
        const restarts = [{ ordinal: 2, from: 10, to: 20 }];
        const failure = (ordinal: number | undefined, from: number, to: number) => ({ ordinal, from, to, reason: "" });
        const explained = [
            failure(2, 12, 13),
            failure(2, 5, 11),
            failure(2, 19, 25),
            failure(2, 5, 25),
            failure(undefined, 15, 16),
        ];
        assert.deepEqual(unexplained(explained, restarts), []);
        const others = [failure(0, 12, 13), failure(2, 1, 9), failure(2, 21, 22), failure(undefined, 21, 30)];
        assert.deepEqual(unexplained([...explained, ...others], restarts), others);
        assert.deepEqual(unexplained(explained, []), explained);
    });
});

describe("the time without a write", () => {
    it("begins with the watch, and counts when it goes on to the end", async () => {
        const tally = new Tally(() => undefined);
        await sleep(200);
        tally.watch();
        tally.succeeded(true);
        assert.ok(tally.figures.gap < 100);
        await sleep(50);
        tally.succeeded(false);
        assert.ok(tally.figures.gap < 40, "a read was taken for a write");
        tally.end();
        assert.ok(tally.figures.gap >= 45);
    });
});

describe("a history that went back to a snapshot", () => {
    it("owes what was answered before it, and nothing that was asked for after it", () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "history-"));
        const history = new History(path.join(folder, "history.jsonl"));
        const put = (value: string, call: number, end: number | null): Operation => {
            return { client: 0, op: "put", key: "a", value, call, return: end };
        };
        const before = put("before", 1, 9);
        const cas = { client: 1, op: "cas", key: "a", expect: "before", value: "during", call: 8 } as const;
        [
            before,
            put("lost answer", 2, null),
            { ...cas, swapped: true, return: 15 },
            { client: 2, op: "get", key: "a", found: "during", call: 8, return: 15 } as const,
            put("after", 20, 21),
            put("after, without an answer", 20, null),
        ].forEach((operation) => history.add(operation));
        history.rewind(10, 20);
        const lines = fs.readFileSync(history.file, "utf8").trim().split("\n");
        fs.rmSync(folder, { recursive: true });
        assert.deepEqual(
            lines.map((line) => JSON.parse(line) as Operation),
            [before, put("lost answer", 2, null), { ...cas, return: null }],
        );
    });
});
