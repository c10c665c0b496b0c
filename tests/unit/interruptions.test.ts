// The parts of the interruptions that need no cluster: which points are a sample, what is known from an earlier run, the document.
import assert from "assert";
import * as fc from "fast-check";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { Records } from "../interruptions/records";
import { render } from "../interruptions/report";
import { sampleOf } from "../interruptions/sample";
import { SCENARIOS } from "../interruptions/scenarios";

let file: string;

beforeEach(() => void (file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "interruptions-")), "records.json")));

afterEach(() => fs.rmSync(path.dirname(file), { recursive: true, force: true }));

describe("a sample of the points", () => {
    it("is the same for the same list, a part of it, and never empty", () => {
        const lists = fc.uniqueArray(
            fc.oneof(
                fc.string(),
                fc.string().map((text) => `right after etcdctl ${text}`),
            ),
            {
                minLength: 1,
            },
        );
        fc.assert(
            fc.property(lists, (list) => {
                const sample = sampleOf(list);
                assert.deepEqual(sampleOf(list), sample);
                assert.ok(sample.length > 0 && new Set(sample).size === sample.length);
                assert.ok(sample.every((point) => list.includes(point)));
            }),
        );
    });
});

describe("the records of interruptions", () => {
    const point = "start: right after etcdctl member add";
    const row = (verdict: "pass" | "fail") => ({ scenario: "join", point, verdict, seconds: 1 });

    it("go on where a run was stopped, and try again what failed", () => {
        const first = new Records(file);
        first.keepPoints("join", [point]);
        first.keep(row("fail"));
        assert.deepEqual(new Records(file).pointsOf("join"), [point]);
        assert.equal(new Records(file).has("join", point), false);
        first.keep(row("pass"));
        assert.equal(new Records(file).has("join", point), true);
    });

    it("are forgotten when the scripts are others, or everything has passed", () => {
        const first = new Records(file);
        SCENARIOS.forEach(({ id }) => first.keepPoints(id, []));
        assert.equal(new Records(file).pointsOf("join"), undefined);
        first.keepPoints("join", [point]);
        assert.deepEqual(new Records(file).pointsOf("join"), [point]);
        fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(/"hash": "../, '"hash": "--'));
        assert.equal(new Records(file).pointsOf("join"), undefined);
    });

    it("become a document that names what did not pass", () => {
        const rows = [row("pass"), { ...row("fail"), point: "another", reason: "a second cluster" }];
        const text = render(SCENARIOS, { join: [point, "another", "a third"] }, rows);
        assert.match(text, /^3 points: 1 passed, 1 failed, 0 not reached, 1 not run\.$/m);
        assert.match(text, /^\| join \| .* \| 3 \| 1 \| 1 \| 0 \| 1 \| 2 \|$/m);
        assert.match(text, /^\* join, another: fail, a second cluster$/m);
    });
});
