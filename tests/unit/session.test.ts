// A client of the fault matrix: which of its failed writes are known not to have happened, and when it logs in anew.
import assert from "assert";

import { provesNothingHappened, Session } from "../faults/session";
import { answering, gives, says, type Asked, type Reply } from "../support/etcd-answers";

async function write(url: string | undefined, patience?: number): Promise<unknown> {
    return new Session(() => url, [], patience).put("key", "value").then(
        () => assert.fail("the write succeeded"),
        (error: unknown) => error,
    );
}

/** The error of a write to an etcd that answers so. */
const failure = (reply: Reply, patience?: number) =>
    answering(
        () => reply,
        (url) => write(url, patience),
    );

/** The error of a write to one that is gone. */
const gone = async () =>
    write(
        await answering(
            () => gives({}),
            async (url) => url,
        ),
    );

describe("a failed write", () => {
    it("did not happen when nobody was there to take it", async () => {
        assert.ok(provesNothingHappened(await gone()), "connection refused");
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
        const answer = ({ login }: Asked) => {
            count += login ? 1 : 0;
            return login ? gives({ token: "t" }) : says(status, "no");
        };
        await answering(answer, async (url) => {
            const session = new Session(() => url, ["password"]);
            for (let n = 0; n < 3; n++) {
                await session.ready();
                await assert.rejects(session.put("key", "value"), new RegExp(`${status} no`));
            }
        });
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
    function against<T>(good: (token: string) => boolean, work: (url: string) => Promise<T>): Promise<T> {
        let logins = 0;
        return answering(({ login, token }) => {
            if (login) {
                return gives({ token: `token${++logins}` });
            }
            return good(token!) ? gives({}) : says(401, "etcdserver: invalid auth token");
        }, work);
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
    function changing(work: (url: string, change: (to: string) => void, shown: unknown[]) => Promise<void>) {
        let password = "old";
        const shown: unknown[] = [];
        return answering(
            ({ login, body, token }) => {
                if (!login) {
                    return token === password ? gives({}) : says(400, "etcdserver: revision of auth store is old");
                }
                shown.push(body.password);
                return body.password === password
                    ? gives({ token: password })
                    : says(400, "etcdserver: authentication failed, invalid user ID or password");
            },
            (url) => work(url, (to) => (password = to), shown),
        );
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
