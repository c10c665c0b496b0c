// The judge of the fault matrix is judged itself: by histories that are known to be right or wrong.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import type { Operation } from "../faults/history";
import { judge, type JudgeOptions, type Verdict } from "../faults/verdict";
import { sandboxRoot } from "../support/scripts-sandbox";
import { collect } from "../../tools/support/run";

const file = () => path.join(sandboxRoot(), "history.jsonl");

function judgeLines(lines: string[], options?: JudgeOptions): Promise<Verdict> {
    fs.writeFileSync(file(), lines.map((line) => `${line}\n`).join(""));
    return judge([file()], options);
}

/** One key, each operation by a client of its own. */
async function verdictOn(...operations: Omit<Operation, "client" | "key">[]): Promise<Verdict["verdict"]> {
    const lines = operations.map((operation, client) => JSON.stringify({ client, key: "k", ...operation }));
    return (await judgeLines(lines)).verdict;
}

type Times = [call: number, end: number | null];
const put = (value: string, [call, end]: Times) => ({ op: "put" as const, value, call, return: end });
const get = (found: string | null, [call, end]: Times) => ({ op: "get" as const, found, call, return: end });
const cas = (expect: string | null, value: string, [call, end]: Times, answer: object = { swapped: true }) => ({
    op: "cas" as const,
    expect,
    value,
    ...(end === null ? {} : answer),
    call,
    return: end,
});

describe("judge: reads", () => {
    it("may see either value while a write is under way", async () => {
        assert.equal(await verdictOn(put("a", [0, 1]), put("b", [2, 9]), get("a", [3, 4]), get("b", [5, 6])), "ok");
        assert.equal(await verdictOn(get(null, [0, 1]), put("a", [0, 9]), get("a", [2, 3])), "ok");
    });

    it("are illegal when they are stale, or go back in time", async () => {
        assert.equal(await verdictOn(put("a", [0, 1]), put("b", [2, 3]), get("a", [4, 5])), "illegal");
        assert.equal(
            await verdictOn(put("a", [0, 1]), put("b", [2, 9]), get("b", [3, 4]), get("a", [5, 6])),
            "illegal",
        );
        assert.equal(await verdictOn(put("a", [0, 1]), get(null, [2, 3])), "illegal");
    });

    it("are illegal when nobody ever wrote, or had yet written, what they saw", async () => {
        assert.equal(await verdictOn(put("a", [0, 1]), get("b", [2, 3])), "illegal");
        assert.equal(await verdictOn(get("a", [0, 1]), put("a", [2, 3])), "illegal");
        assert.equal(await verdictOn(get("a", [0, 1]), put("a", [2, null])), "illegal");
    });
});

describe("judge: compare-and-swap", () => {
    it("has one winner", async () => {
        const lost = { swapped: false, found: "a" };
        assert.equal(await verdictOn(cas(null, "a", [0, 9]), cas(null, "b", [0, 9], lost), get("a", [10, 11])), "ok");
        assert.equal(await verdictOn(cas(null, "a", [0, 9]), cas(null, "b", [0, 9])), "illegal");
        assert.equal(await verdictOn(put("a", [0, 1]), cas("a", "b", [2, 9]), cas("a", "c", [2, 9])), "illegal");
    });

    it("that did not swap had a reason", async () => {
        const found = (value: string | null) => ({ swapped: false, found: value });
        assert.equal(await verdictOn(put("a", [0, 1]), cas("x", "b", [2, 3], found("a"))), "ok");
        assert.equal(await verdictOn(put("a", [0, 1]), cas("a", "b", [2, 3], found("a"))), "illegal");
        assert.equal(await verdictOn(put("a", [0, 1]), cas("x", "b", [2, 3], found(null))), "illegal");
    });
});

describe("judge: a write of unknown outcome", () => {
    it("may show up later", async () => {
        assert.equal(await verdictOn(put("a", [0, 1]), put("b", [2, null]), get("a", [3, 4]), get("b", [5, 6])), "ok");
        assert.equal(
            await verdictOn(put("a", [0, 1]), cas("a", "b", [2, null]), get("a", [3, 4]), get("b", [5, 6])),
            "ok",
        );
        assert.equal(await verdictOn(put("a", [0, null]), cas("a", "b", [1, null]), get("b", [2, 3])), "ok");
        const found = { swapped: false, found: "a" };
        assert.equal(await verdictOn(put("a", [0, null]), cas("x", "b", [1, 2], found)), "ok");
    });

    it("may never show up", async () => {
        assert.equal(await verdictOn(put("a", [0, 1]), put("b", [2, null]), get("a", [3, 4])), "ok");
        assert.equal(await verdictOn(put("a", [0, 1]), cas("a", "b", [2, null]), get("a", [3, 4])), "ok");
        assert.equal(await verdictOn(cas("never there", "b", [0, null]), get(null, [1, 2])), "ok");
    });

    it("happens once, after its call, and before it is seen", async () => {
        const again = [put("a", [0, null]), get("a", [1, 2]), put("b", [3, 4]), get("a", [5, 6])];
        assert.equal(await verdictOn(...again), "illegal");
        assert.equal(await verdictOn(put("a", [0, 1]), cas("x", "b", [2, null]), get("b", [3, 4])), "illegal");
        const chain = [put("a", [0, null]), cas("a", "b", [1, null]), get("b", [2, 3]), get("a", [4, 5])];
        assert.equal(await verdictOn(...chain), "illegal");
    });

    it("may be one of very many", async () => {
        const unseen = Array.from({ length: 100 }, (_, n) => put(`unseen ${n}`, [n, null]));
        const late = [put("a", [200, 201]), put("b", [202, null]), get("unseen 7", [203, 204]), get("b", [205, 206])];
        assert.equal(await verdictOn(...unseen, ...late), "ok");
        assert.equal(await verdictOn(...unseen, ...late, get("a", [207, 208])), "illegal");
    });
});

describe("judge: the report", () => {
    const line = (key: string, rest: object) => JSON.stringify({ client: 0, key, call: 1, return: 2, ...rest });

    it("counts, names the first illegal key and draws it", async () => {
        const picture = path.join(sandboxRoot(), "picture.html");
        const right = [
            line("right", { op: "put", value: "a" }),
            line("right", { op: "put", value: "b", return: null }),
        ];
        const wrong = [line("wrong", { op: "get", found: "a" }), line("later", { op: "get", found: "a" })];
        assert.deepEqual(await judgeLines(right, { picture }), { verdict: "ok", operations: 2, keys: 1, maybe: 1 });
        assert.equal(fs.existsSync(picture), false);
        const counts = { operations: 4, keys: 3, maybe: 1 };
        assert.deepEqual(await judgeLines([...right, ...wrong], { picture }), {
            verdict: "illegal",
            ...counts,
            key: "wrong",
        });
        assert.match(fs.readFileSync(picture, "utf8"), /get: a/);
    });

    it("is the exit status, too", async () => {
        const status = async (...lines: string[]) => {
            fs.writeFileSync(file(), lines.join("\n"));
            return (await collect(["judge", file()])).status;
        };
        assert.equal(await status(line("k", { op: "put", value: "a" })), 0);
        assert.equal(await status(line("k", { op: "get", found: "a" })), 1);
        assert.equal(await status("no JSON"), 2);
    });

    it("is one on all files together", async () => {
        const second = path.join(sandboxRoot(), "second.jsonl");
        fs.writeFileSync(second, line("k", { op: "get", found: "a", call: 3, return: 4 }));
        fs.writeFileSync(file(), line("k", { op: "put", value: "a" }));
        assert.deepEqual(await judge([file(), second]), { verdict: "ok", operations: 2, keys: 1, maybe: 0 });
        assert.equal((await judge([second])).verdict, "illegal");
    });

    it("says when there was no time to decide", async () => {
        const verdict = await judgeLines([line("k", { op: "put", value: "a" })], { timeout: 0 });
        assert.equal(verdict.verdict, "unknown");
    });

    it("is refused on what is no history", async () => {
        const bad: [string, RegExp][] = [
            ["", /the history is empty/],
            ["no JSON", /history.jsonl:1: invalid character/],
            [line("k", { op: "del" }), /there is no operation "del"/],
            [line("k", { op: "put" }), /a write needs a value/],
            [line("k", { op: "get" }), /no field "found"/],
            [line("k", { op: "get", found: null, return: null }), /a read that failed/],
            [line("k", { op: "get", found: null, return: 0 }), /before it was called/],
            [line("k", { op: "get", found: null, return: undefined }), /no field "return"/],
            [line("k", { op: "get", found: null, more: 1 }), /unknown field "more"/],
            [line("k", { op: "cas", value: "a", swapped: true }), /no field "expect"/],
            [line("k", { op: "cas", value: "a", expect: null }), /exactly when it returned/],
            [line("k", { op: "cas", value: "a", expect: null, swapped: false }), /no field "found"/],
            [
                `${line("k", { op: "put", value: "a" })}\n${line("k", { op: "put", value: "a" })}`,
                /written to "k" twice/,
            ],
        ];
        for (const [lines, message] of bad) {
            await assert.rejects(judgeLines(lines === "" ? [] : lines.split("\n")), message, lines);
        }
        await assert.rejects(judge([path.join(sandboxRoot(), "nowhere")]), /no such file/);
    });
});
