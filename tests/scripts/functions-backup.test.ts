// Which backups are too old, and what the steps of a backup make of answers: the shipped functions, in the pods' shell.
import assert from "assert";
import * as fc from "fast-check";

import { Shell } from "../support/scripts-functions";

/** Names without an ending, as the steps make them. */
const stemOf = (time: number, revision: number, pod: number) => {
    const stamp = new Date(time * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, "");
    return `${stamp}-${revision}-${String(pod).padStart(8, "0")}-0000-4000-8000-000000000000`;
};
const both = (stem: string) => [`${stem}.db`, `${stem}.json`];
const timeOf = (stem: string) =>
    Date.parse(stem.slice(0, 15).replace(/^(....)(..)(..)T(..)(..)(..)$/, "$1-$2-$3T$4:$5:$6Z")) / 1000;
const revisionOf = (stem: string) => Number(stem.split("-")[1]);

interface Keep {
    last: number;
    hourly: number;
    daily: number;
    weekly: number;
}

/** What is to be deleted of these names once `made` is there. */
function tooOld(names: string[], made: string, keep?: Keep): string[] {
    const shell = new Shell(["backup-retention"]).has("data/names", names.join("\n"));
    if (keep) {
        const env = Object.entries(keep).map(([span, count]) => [`KEEP_${span.toUpperCase()}`, String(count)]);
        shell.with(Object.fromEntries(env) as Record<string, string>);
    }
    const { out, status, said } = shell.run(`too_old ${made} <"$DATA_ROOT/names"`);
    assert.equal(status, 0, said);
    return out;
}

const HOUR = 3600;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 1, 20) / 1000;

/** A folder as it may be: clocks that are wrong, several of one second, files without a manifest and the other way round, others' files. */
const folders = fc
    .record({
        runs: fc.array(
            fc.record({
                hours: fc.integer({ min: 0, max: 24 * 50 }),
                seconds: fc.constantFrom(0, 0, 1, 3599),
                grows: fc.integer({ min: 0, max: 1000 }),
                has: fc.constantFrom("both", "both", "both", "db", "json"),
            }),
            { minLength: 1, maxLength: 60 },
        ),
        inOrder: fc.boolean(),
        foreign: fc.subarray(["notes.txt", "20260101T000000Z-1-a.db", "x.db", "20260101T000000Z.json", "a b.db"]),
        keep: fc.record({
            // Less than is allowed: the newest is kept all the same.
            last: fc.integer({ min: 0, max: 8 }),
            hourly: fc.integer({ min: 0, max: 30 }),
            daily: fc.integer({ min: 0, max: 9 }),
            weekly: fc.integer({ min: 0, max: 5 }),
        }),
        made: fc.nat(),
    })
    .map(({ runs, inOrder, foreign, keep, made }) => {
        const sorted = inOrder ? [...runs].sort((a, b) => a.hours - b.hours || a.seconds - b.seconds) : runs;
        let revision = 1;
        const stems = sorted.map(({ hours, seconds, grows }, pod) =>
            stemOf(START + hours * HOUR + seconds, (revision += grows), pod),
        );
        const proven = stems.filter((_, index) => sorted[index]!.has === "both");
        const names = stems.flatMap((stem, index) => {
            const { has } = sorted[index]!;
            return has === "both" ? both(stem) : [`${stem}.${has}`];
        });
        return { stems, proven, names: [...names, ...foreign], foreign, keep, made: stems[made % stems.length]! };
    });

describe("retention", () => {
    it("deletes nothing that it must keep, whatever lies there", function () {
        this.timeout(120_000);
        fc.assert(
            fc.property(folders, ({ stems, proven, names, foreign, keep, made }) => {
                const gone = new Set(tooOld(names, made, keep));
                if (!proven.includes(made)) {
                    assert.equal(gone.size, 0, "the one just made is not there: the list is not to be trusted");
                    return;
                }
                const left = proven.filter((stem) => both(stem).every((name) => !gone.has(name)));
                assert.ok(left.includes(made));
                const newest = [...proven].sort().reverse();
                newest.slice(0, Math.max(1, keep.last)).forEach((stem) => assert.ok(left.includes(stem), stem));
                assert.ok(left.some((stem) => revisionOf(stem) === Math.max(...proven.map(revisionOf))));
                foreign.forEach((name) => assert.ok(!gone.has(name), name));
                [...gone].forEach((name) => assert.ok(names.includes(name), name));
                // What is not proven goes when it is a day old, and not before.
                const unproven = stems.filter((stem) => !proven.includes(stem));
                for (const stem of unproven) {
                    const name = names.find((each) => each.startsWith(stem))!;
                    assert.equal(gone.has(name), timeOf(stem) + DAY < timeOf(made), name);
                }
                // A manifest goes before its file.
                const order = [...gone];
                proven
                    .filter((stem) => gone.has(`${stem}.db`))
                    .forEach((stem) => assert.ok(order.indexOf(`${stem}.json`) < order.indexOf(`${stem}.db`), stem));
                const most = keep.last + keep.hourly + keep.daily + keep.weekly + 2;
                assert.ok(left.length <= most, `${left.length} are left`);
                // Once it was done there is nothing to do.
                const rest = names.filter((name) => !gone.has(name));
                assert.deepEqual(tooOld(rest, made, keep), []);
            }),
            { numRuns: 150, seed: 20240229 },
        );
    });

    it("keeps the newest, whether a clock that is wrong or the revision tells which that is, and the one just made", () => {
        const [time, revision, made, other] = [
            stemOf(START + 3 * DAY, 1, 1),
            stemOf(START + DAY, 5, 2),
            stemOf(START, 2, 3),
            stemOf(START + 2 * DAY, 3, 4),
        ] as const;
        const names = [time, revision, made, other].flatMap(both);
        const nothing = { last: 0, hourly: 0, daily: 0, weekly: 0 };
        assert.deepEqual(tooOld(names, made, nothing), both(other).reverse());
    });

    it("keeps the newest of each hour, day and week", () => {
        // Every half an hour for sixty days; the last is a Tuesday at 23:30.
        const end = Date.UTC(2026, 3, 21, 23, 30) / 1000;
        const stems = Array.from({ length: 60 * 48 }, (_, index) => stemOf(end - index * 1800, 9000 - index, index));
        const gone = new Set(tooOld(stems.flatMap(both), stems[0]!));
        const left = stems.filter((stem) => !gone.has(`${stem}.db`)).map((stem) => stem.slice(4, 15));
        const [last, hours] = [
            ["0421T233000", "0421T230000", "0421T223000", "0421T220000", "0421T213000", "0421T210000"],
            24,
        ];
        const hourly = Array.from({ length: hours }, (_, index) => `0421T${String(23 - index).padStart(2, "0")}3000`);
        const daily = ["0420", "0419", "0418", "0417", "0416", "0415"].map((day) => `${day}T233000`);
        // Weeks end on Sundays.
        const weekly = ["0419", "0412", "0405"].map((day) => `${day}T233000`);
        assert.deepEqual(left, [...new Set([...last, ...hourly, ...daily, ...weekly])].sort().reverse());
    });
});
