// What the load of the fault matrix makes of failures: which writes are known not to have happened, and how long none got
// through. Answers come from a server on loopback that stands for etcd.
import assert from "assert";
import * as fs from "fs";
import * as http from "http";
import type { AddressInfo } from "net";
import * as os from "os";
import * as path from "path";

import { clock, History, type Operation } from "../faults/history";
import { provesNothingHappened, Session } from "../faults/session";
import { unexplained } from "../faults/rollouts";
import { isDistrust, Tally } from "../faults/tally";
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
    return new Session(() => url, [], patience).put("key", "value").then(
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
        const session = new Session(() => `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ["password"]);
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

describe("a client whose token is refused", () => {
    /** An etcd that takes only the tokens that `good` names; each login gives the next of token1, token2, ... */
    async function against<T>(good: (token: string) => boolean, work: (url: string) => Promise<T>): Promise<T> {
        let logins = 0;
        const server = http.createServer((request, response) => {
            request
                .on("data", () => undefined)
                .on("end", () => {
                    if (request.url === "/v3/auth/authenticate") {
                        response.end(JSON.stringify({ token: `token${++logins}` }));
                    } else if (good(String(request.headers.authorization))) {
                        response.end("{}");
                    } else {
                        says(401, "etcdserver: invalid auth token")(response);
                    }
                });
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        try {
            return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
        } finally {
            await new Promise((resolve) => server.close(resolve).closeAllConnections());
        }
    }

    const client = (url: string, patience?: number) => {
        const told = { times: 0 };
        const session = new Session(
            () => url,
            ["password"],
            patience,
            () => void told.times++,
        );
        return { session, told };
    };

    it("logs in and asks again, as often as it takes, and is counted once an operation", async () => {
        await against(
            (token) => token === "token3",
            async (url) => {
                const { session, told } = client(url);
                await session.ready();
                await session.put("key", "value");
                assert.equal(told.times, 1);
                await session.put("key", "value");
                assert.equal(told.times, 1, "the token that was good was given away");
            },
        );
    });

    it("does not give away the token that another operation has got meanwhile", async () => {
        const shown = new Set<string>();
        await against(
            (token) => shown.add(token) && token !== "token1",
            async (url) => {
                const { session, told } = client(url);
                await session.ready();
                await Promise.all(Array.from({ length: 5 }, (_, n) => session.put(`key ${n}`, "value")));
                assert.equal(told.times, 5);
                await session.put("key", "value");
                assert.deepEqual([...shown], ["token1", "token2"]);
            },
        );
    });

    it("gives up at the end of its patience, and that proves that nothing happened", async () => {
        await against(
            () => false,
            async (url) => {
                const { session, told } = client(url, 300);
                await session.ready();
                const error = await session.put("key", "value").then(
                    () => assert.fail("the write succeeded"),
                    (reason: unknown) => reason,
                );
                assert.ok(provesNothingHappened(error));
                assert.equal(told.times, 1);
            },
        );
    });
});

describe("a client that does not know which password is right", () => {
    /** An etcd with that password, whose tokens are too old once it was changed; `shown` are the passwords that it was shown. */
    async function changing(work: (url: string, change: (to: string) => void, shown: string[]) => Promise<void>) {
        let password = "old";
        const shown: string[] = [];
        const server = http.createServer((request, response) => {
            let body = "";
            request
                .on("data", (part: Buffer) => (body += part.toString()))
                .on("end", () => {
                    if (request.url === "/v3/auth/authenticate") {
                        const asked = (JSON.parse(body) as { password: string }).password;
                        shown.push(asked);
                        if (asked === password) {
                            response.end(JSON.stringify({ token: password }));
                        } else {
                            says(400, "etcdserver: authentication failed, invalid user ID or password")(response);
                        }
                    } else if (request.headers.authorization === password) {
                        response.end("{}");
                    } else {
                        says(400, "etcdserver: revision of auth store is old")(response);
                    }
                });
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        try {
            const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
            await work(url, (to) => (password = to), shown);
        } finally {
            await new Promise((resolve) => server.close(resolve).closeAllConnections());
        }
    }

    it("shows the newest first and then the others, and does so again when its token has become too old", async () => {
        await changing(async (url, change, shown) => {
            const passwords = ["old"];
            const session = new Session(() => url, passwords);
            await session.ready();
            passwords.push("new");
            await session.put("key", "value");
            assert.deepEqual(shown, ["old"], "a token that is good is kept");
            change("new");
            await session.put("key", "value");
            const late = new Session(() => url, ["new", "old"]);
            await late.ready();
            assert.deepEqual(shown, ["old", "new", "old", "new"]);
            change("third");
            await assert.rejects(late.put("key", "value"), /authentication failed/);
        });
    });
});

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
            assert.ok(isDistrust({ from: 0, to: 0, reason: `fetch failed, ${code}` }), code);
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
