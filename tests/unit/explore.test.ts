// The parts of the explorer that need no cluster: what a seed makes, how a sequence is printed and made shorter, and what the oracle says.
import assert from "assert";
import * as fc from "fast-check";
import * as fs from "fs";
import * as path from "path";

import { ACTIONS } from "../explore/actions";
import { byDesign } from "../explore/design";
import { generate } from "../explore/generate";
import { History, type Ack, type ListSeen } from "../explore/history";
import { setAsideUnproven, staleRequest, unprovenEntry, wantedRemoved } from "../explore/oracle-members";
import { divergence, lostWrites, secondCluster } from "../explore/oracle-writes";
import { parse, print, type Sequence } from "../explore/sequence";
import { render } from "../explore/report";
import { SAMPLE, settingsOf } from "../explore/settings";
import { environmentOf } from "../../tools/cli/explore";
import { shrink } from "../explore/shrink";
import type { Violation } from "../explore/violation";

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const rules = (found: Violation[]) => found.map(({ rule }) => rule);

describe("what a seed makes", () => {
    it("is the same sequence every time, and another for another seed", () => {
        fc.assert(fc.property(seeds, (seed) => assert.deepEqual(generate(seed, ACTIONS), generate(seed, ACTIONS))));
        const first = Array.from({ length: 50 }, (_, seed) => print(generate(seed, ACTIONS)));
        assert.equal(new Set(first).size, 50);
    });

    it("has twelve actions or more, all of the table", () => {
        const names = new Set(ACTIONS.map(({ name }) => name));
        const check = (seed: number) => {
            const { steps } = generate(seed, ACTIONS);
            assert.ok(steps.length >= 12);
            assert.ok(steps.every(({ action }) => names.has(action)));
        };
        fc.assert(fc.property(seeds, check));
    });

    it("uses every action sooner or later", () => {
        const used = Array.from({ length: 300 }, (_, seed) => generate(seed, ACTIONS).steps).flat();
        const names = new Set(used.map(({ action }) => action));
        assert.deepEqual(
            ACTIONS.map(({ name }) => name).filter((name) => !names.has(name)),
            [],
        );
    });

    it("is read as it was printed", () => {
        const same = (seed: number) => {
            const sequence = generate(seed, ACTIONS);
            assert.deepEqual(parse(`${print(sequence)}\n\n# another\n${print(sequence)}`), [sequence, sequence]);
        };
        fc.assert(fc.property(seeds, same));
        assert.throws(() => parse("scale {} 0"), /size N/);
        assert.throws(() => parse("size 3\nscale 5"), /no step/);
    });
});

describe("a sequence that fails", () => {
    const sequence = (letters: string): Sequence => ({
        size: 3,
        steps: [...letters].map((action) => ({ action, args: {}, pause: 0 })),
    });
    const letters = ({ steps }: Sequence) => steps.map(({ action }) => action).join("");

    it("becomes the shortest one that still does", async () => {
        const needs = (parts: string) => async (each: Sequence) =>
            new RegExp([...parts].join(".*")).test(letters(each));
        const alphabet = fc.stringMatching(/^[a-e]{1,16}$/);
        await fc.assert(
            fc.asyncProperty(alphabet, fc.stringMatching(/^[a-e]{1,4}$/), async (text, parts) => {
                const fails = needs(parts);
                fc.pre(await fails(sequence(text)));
                assert.equal(letters(await shrink(sequence(text), fails)), parts);
            }),
        );
    });

    it("never grows, and never becomes one that passes", async () => {
        const tried: string[] = [];
        const fails = async (each: Sequence) => {
            tried.push(letters(each));
            return letters(each).includes("d") || letters(each).length > 9;
        };
        const shortest = letters(await shrink(sequence("abcabcabcabd"), fails));
        assert.equal(shortest, "d");
        assert.ok(tried.every((each) => each.length < 12));
    });

    it("is as short as it came when there is no time left", async () => {
        let left = 3;
        const fails = async (each: Sequence) => letters(each).includes("d");
        const found = await shrink(sequence("aaaaaaad"), fails, () => left-- > 0);
        assert.ok(letters(found).includes("d"));
        assert.ok(letters(found).length > 1);
    });
});

const SECOND = 1000;
const ack = (key: string, seconds: number, more: Partial<Ack> = {}): Ack => ({
    key,
    pod: 0,
    begin: seconds * SECOND - 10,
    end: seconds * SECOND,
    cluster: "c1",
    revision: seconds,
    ...more,
});
const read = (keys: Set<string>, seconds = 1000) => ({ from: seconds * SECOND, keys });
const list = (seconds: number, pod: number, ids: string[], cluster = "c1"): ListSeen => ({
    at: seconds * SECOND,
    pod,
    cluster,
    members: ids.map((id) => ({ id, ordinal: Number(id.slice(1)) % 10, learner: false })),
});

/** What was seen of three members that serve: m0, m1, m2. */
function seen(): History {
    const history = new History();
    history.wanted.push({ at: 0, replicas: 3 });
    for (const pod of [0, 1, 2]) {
        history.disks.push({ at: 0, pod, member: `m${pod}`, wal: true, life: "" });
        history.lists.push(list(10, pod, ["m0", "m1", "m2"]));
    }
    return history;
}

/** A recovery from pod 2 was asked for, and carried out. */
function recovered(history: History, seconds: number, more: { snapshot?: number; stale?: boolean } = {}): void {
    const request = `2 r1${more.snapshot === undefined ? "" : " file"}`;
    history.asked.push({ at: (seconds - 20) * SECOND, pod: 2, request, stale: false, ...more });
    history.disks.push({ at: seconds * SECOND, pod: 2, member: "m2", wal: true, life: request });
}

describe("acknowledged writes", () => {
    it("are lost when they are not there", () => {
        const history = seen();
        history.acks.push(ack("a", 1), ack("b", 2));
        assert.deepEqual(lostWrites(history, read(new Set(["a", "b"]))), []);
        assert.deepEqual(rules(lostWrites(history, read(new Set(["a"])))), ["lost writes"]);
    });

    it("are not looked for in what was read before", () => {
        const history = seen();
        history.acks.push(ack("a", 1), ack("while it was read", 5));
        assert.deepEqual(lostWrites(history, read(new Set(["a"]), 4)), []);
        assert.deepEqual(rules(lostWrites(history, read(new Set(["a"]), 6))), ["lost writes"]);
    });

    it("may be lost once a quorum's disks are gone, but not later ones", () => {
        const history = seen();
        history.acks.push(ack("a", 1), ack("b", 50));
        history.gone.push({ at: 20 * SECOND, why: "test" });
        assert.deepEqual(lostWrites(history, read(new Set(["b"]))), []);
        assert.deepEqual(rules(lostWrites(history, read(new Set(["a"])))), ["lost writes"]);
    });

    it("may be lost by a recovery, but for those that the survivor had, and those after it", () => {
        const history = seen();
        recovered(history, 40);
        history.acks.push(ack("other", 30), ack("survivor", 30, { pod: 2 }), ack("later", 50, { pod: 2 }));
        assert.deepEqual(lostWrites(history, read(new Set(["survivor", "later"]))), []);
        assert.deepEqual(rules(lostWrites(history, read(new Set(["later"])))), ["lost writes"]);
        assert.deepEqual(rules(lostWrites(history, read(new Set(["survivor"])))), ["lost writes"]);
    });

    it("of before a snapshot are in it", () => {
        const history = seen();
        recovered(history, 40, { snapshot: 20 * SECOND });
        history.acks.push(ack("before", 10), ack("after", 30));
        assert.deepEqual(lostWrites(history, read(new Set(["before"]))), []);
        assert.deepEqual(rules(lostWrites(history, read(new Set([])))), ["lost writes"]);
    });

    it("may be lost that the overtaken life took while it could not know", () => {
        const history = seen();
        recovered(history, 40);
        history.spans.push({ pod: 0, how: "frozen", from: 10 * SECOND, to: 60 * SECOND });
        history.acks.push(ack("soon", 70));
        assert.deepEqual(lostWrites(history, read(new Set())), []);
        history.acks.push(ack("late", 200));
        assert.deepEqual(rules(lostWrites(history, read(new Set()))), ["lost writes"]);
    });
});

describe("one cluster", () => {
    it("is two when two IDs acknowledge side by side", () => {
        const history = seen();
        history.acks.push(ack("a", 1), ack("b", 5, { cluster: "c2" }), ack("c", 9, { cluster: "c2" }));
        assert.deepEqual(secondCluster(history), []);
        history.acks.push(ack("d", 10));
        assert.deepEqual(rules(secondCluster(history)), ["two clusters"]);
    });

    it("may be overtaken for as long as it cannot know", () => {
        const history = seen();
        recovered(history, 40, { snapshot: SECOND });
        history.spans.push({ pod: 0, how: "frozen", from: 10 * SECOND, to: 60 * SECOND });
        history.acks.push(ack("a", 1), ack("b", 45, { pod: 2, cluster: "c2" }), ack("c", 70));
        assert.deepEqual(secondCluster(history), []);
        history.acks.push(ack("d", 200));
        assert.deepEqual(rules(secondCluster(history)), ["two clusters"]);
    });

    it("has one history", () => {
        const history = seen();
        history.acks.push(ack("a", 1), ack("b", 2));
        assert.deepEqual(divergence(history), []);
        history.acks.push(ack("c", 9, { revision: 2 }));
        assert.deepEqual(rules(divergence(history)), ["divergence"]);
    });
});

describe("members and their data", () => {
    it("enter the list with a disk that can be written", () => {
        const history = seen();
        history.spans.push({ pod: 2, how: "unwritable", from: 20 * SECOND, to: 60 * SECOND });
        history.lists.push(list(30, 0, ["m0", "m1", "m2"]), list(32, 0, ["m0", "m1"]));
        assert.deepEqual(unprovenEntry(history), []);
        history.lists.push(list(34, 0, ["m0", "m1", "m12"]));
        assert.deepEqual(rules(unprovenEntry(history)), ["unproven entry"]);
    });

    it("stay in the list while they are wanted and have their data", () => {
        const gone = (change: (history: History) => void) => {
            const history = seen();
            change(history);
            history.lists.push(list(20, 0, ["m0", "m1"]));
            return rules(wantedRemoved(history));
        };
        assert.deepEqual(
            gone(() => undefined),
            ["wanted member removed"],
        );
        assert.deepEqual(
            gone(({ disks }) => disks.push({ at: 15 * SECOND, pod: 2, member: "", wal: false, life: "" })),
            [],
        );
        assert.deepEqual(
            gone(({ wanted }) => wanted.push({ at: 12 * SECOND, replicas: 2 })),
            [],
        );
        assert.deepEqual(
            gone(({ rolledBack }) => rolledBack.push({ at: 12 * SECOND, pod: 2, member: "m2" })),
            [],
        );
    });

    it("keep their data unless somebody else's list is without them", () => {
        const history = seen();
        history.setAsides.push({ at: 20 * SECOND, pod: 2, member: "m2" });
        assert.deepEqual(rules(setAsideUnproven(history)), ["set aside without proof"]);
        history.lists.push(list(18, 2, ["m0", "m1"]));
        assert.deepEqual(rules(setAsideUnproven(history)), ["set aside without proof"]);
        history.lists.push(list(19, 1, ["m0", "m1"]));
        assert.deepEqual(setAsideUnproven(history), []);
    });

    it("recover on a person's word only", () => {
        const history = seen();
        recovered(history, 40);
        assert.deepEqual(staleRequest(history), []);
        history.asked[0]!.stale = true;
        assert.deepEqual(rules(staleRequest(history)), ["stale request"]);
    });
});

describe("a state that a person must end", () => {
    const rest = (statuses: string[], held: string[], change: (history: History) => void = () => undefined) => {
        const history = seen();
        change(history);
        return byDesign({ history, statuses, holds: (_ordinal, member) => held.includes(member) });
    };

    it("is a lost quorum, or data of another cluster", () => {
        assert.match(rest(["2: REFUSED: the volume of x"], ["m0", "m1", "m2"]) ?? "", /another cluster/);
        assert.match(rest([], ["m0"]) ?? "", /disks of a quorum/);
        assert.match(
            rest([], ["m0", "m1", "m2"], ({ rolledBack }) =>
                rolledBack.push({ at: 0, pod: 0, member: "m0" }, { at: 0, pod: 1, member: "m1" }),
            ) ?? "",
            /put back/,
        );
    });

    it("is over for a disk that was put back once another member's data is on it", () => {
        const change = ({ rolledBack }: History) =>
            rolledBack.push(...[0, 1].map((pod) => ({ at: 0, pod, member: "m9" })));
        assert.equal(
            rest([], ["m0", "m1", "m2"], (history) => void change(history)),
            undefined,
        );
    });

    it("is none while a quorum has its data", () => {
        assert.equal(rest(["2: NOT READY: no leader"], ["m0", "m1"]), undefined);
    });
});

describe("what is known", () => {
    it("is kept as sequences that can be run", () => {
        const known = parse(fs.readFileSync(path.join(__dirname, "../explore/known.txt"), "utf8"));
        assert.ok(known.length >= 10);
        const names = new Set(ACTIONS.map(({ name }) => name));
        known.forEach(({ steps }) => steps.forEach(({ action }) => assert.ok(names.has(action), action)));
    });

    it("becomes a document: what ran, what failed, what was found", () => {
        const row = { seed: 1, size: 3, actions: ["scale", "scale"], seconds: 10, acknowledged: 5, violations: [] };
        const violations = [{ rule: "lost writes", what: "one" }];
        const text = render([
            row,
            { ...row, seed: 2, violations, shortest: "size 3\nscale {} 0" },
            { ...row, seed: 4 },
        ]);
        assert.match(
            text,
            /3 sequences \(seeds 1-2, 4\): 2 passed, 1 failed; 6 actions, 15 acknowledged writes, 30 seconds/,
        );
        assert.match(text, /\| scale \| 6 \| 3 \|/);
        assert.match(text, /Seed 2 failed: lost writes: one\n\n```\nsize 3\nscale \{\} 0\n```/);
        assert.match(text, /## What it found/);
    });
});

describe("what a run is told", () => {
    it("is the sample without anything, and what the command says", () => {
        assert.deepEqual(
            { ...settingsOf({}), records: undefined, sequences: undefined },
            {
                ...SAMPLE,
                minutes: Infinity,
                jobs: 2,
                shrinkMinutes: 0,
                sequences: undefined,
                records: undefined,
                isSample: true,
            },
        );
        assert.equal(settingsOf({ EXPLORE_SEED: "7" }).count, 1);
        assert.equal(settingsOf({ EXPLORE_SEED: "7", EXPLORE_MINUTES: "5" }).count, Infinity);
        assert.throws(() => settingsOf({ EXPLORE_MINUTES: "soon" }), /minutes: a number is wanted, not "soon"/);
        assert.deepEqual(environmentOf({ scripts: "/x", count: "2" }), {
            EXPLORE_SEED: "1",
            EXPLORE_COUNT: "2",
            SCRIPTS_UNDER_TEST: "/x",
        });
    });
});
