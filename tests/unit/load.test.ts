// What the load of the fault matrix makes of failures: which writes are known not to have happened, and how long none got
// through. Answers come from a server on loopback that stands for etcd.
import assert from "assert";
import * as fs from "fs";
import * as http from "http";
import type { AddressInfo } from "net";
import * as os from "os";
import * as path from "path";

import { History, type Operation } from "../faults/history";
import { provesNothingHappened, Session } from "../faults/session";
import { Tally } from "../faults/tally";
import { sleep } from "../support/scripts-wait";

/** The error of a write to an etcd that answers so; without an answer, to one that is gone. */
async function failure(answer?: (response: http.ServerResponse) => void, patience?: number): Promise<unknown> {
    const server = http.createServer((request, response) => {
        request.on("data", () => undefined).on("end", () => answer!(response));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
    try {
        if (!answer) {
            await close();
        }
        return await write(url, patience);
    } finally {
        await close();
    }
}

async function write(url: string | undefined, patience?: number): Promise<unknown> {
    return new Session(() => url, undefined, patience).put("key", "value").then(
        () => assert.fail("the write succeeded"),
        (error: unknown) => error,
    );
}

const says = (status: number, message: string) => (response: http.ServerResponse) =>
    response.writeHead(status).end(JSON.stringify({ code: 0, message, error: message }));

describe("a failed write", () => {
    it("did not happen when nobody was there to take it", async () => {
        assert.ok(provesNothingHappened(await failure()), "connection refused");
        assert.ok(provesNothingHappened(await write(undefined)), "no endpoint");
        const noAddress = { code: "ENOTFOUND", syscall: "getaddrinfo" };
        assert.ok(provesNothingHappened(new TypeError("fetch failed", { cause: noAddress })), "no address");
    });

    it("did not happen when it was refused at the door", async () => {
        for (const message of ["invalid auth token", "user name is empty", "rpc not supported for learner"]) {
            assert.ok(provesNothingHappened(await failure(says(401, `etcdserver: ${message}`))), message);
        }
    });

    it("may have happened when the database was full: the one that raises the alarm is made", async () => {
        assert.ok(!provesNothingHappened(await failure(says(429, "etcdserver: mvcc: database space exceeded"))));
    });

    it("may have happened whatever else went wrong", async () => {
        const texts = ["request timed out", "leader changed", "no leader", "server stopped", "too many requests"];
        for (const message of texts) {
            assert.ok(!provesNothingHappened(await failure(says(503, `etcdserver: ${message}`))), message);
        }
        // The gateway's own connection to its etcd, not ours to the gateway.
        const inside = 'transport: Error while dialing: dial tcp 127.0.0.1:2379: connect: connection refused"';
        assert.ok(!provesNothingHappened(await failure(says(503, inside))));
        assert.ok(!provesNothingHappened(await failure((response) => response.destroy())), "reset");
        assert.ok(!provesNothingHappened(await failure((response) => response.end("{"))), "broken off");
    });

    it("may have happened when no answer came in time", async () => {
        assert.ok(!provesNothingHappened(await failure(() => undefined, 100)));
    });
});

describe("a client", () => {
    /** How often it logs in for three writes that are refused so. */
    async function logins(status: number): Promise<number> {
        let count = 0;
        const server = http.createServer((request, response) => {
            const login = request.url === "/v3/auth/authenticate";
            count += login ? 1 : 0;
            request
                .resume()
                .on("end", () => response.writeHead(login ? 200 : status).end('{"token":"t","message":"no"}'));
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const session = new Session(() => `http://127.0.0.1:${(server.address() as AddressInfo).port}`, "password");
        for (let n = 0; n < 3; n++) {
            await session.ready();
            await assert.rejects(session.put("key", "value"), new RegExp(`${status} no`));
        }
        await new Promise((resolve) => server.close(resolve).closeAllConnections());
        return count;
    }

    it("logs in anew when its token may be the reason for a refusal, and not because the database is full", async () => {
        assert.equal(await logins(401), 3);
        assert.equal(await logins(429), 1);
        assert.equal(await logins(503), 1);
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
