/**
 * Loaded by mocha beside the script tests: with REACH_NOTES and REACH_FILE, files what instrumented scripts noted under the
 * unit that ran them. A unit can run alone: a test, or a whole suite when its tests share what it prepares.
 */
import * as fs from "fs";

import type { Unit } from "./reach";

const { REACH_NOTES: notes, REACH_FILE: file } = process.env;
const units = new Map<string, Unit & { seen: Set<string> }>();
let last = Date.now();

/** The outermost suite with something to prepare, or the test itself. */
function unitOf(test: Mocha.Test): { title: string; suite: boolean } {
    const suites: Mocha.Suite[] = [];
    for (let suite = test.parent; suite && !suite.root; suite = suite.parent) {
        suites.unshift(suite);
    }
    const prepares = (suite: Mocha.Suite) => (suite as unknown as { _beforeAll: unknown[] })._beforeAll.length > 0;
    const shared = suites.find(prepares);
    return shared ? { title: shared.fullTitle(), suite: true } : { title: test.fullTitle(), suite: false };
}

function note(test: Mocha.Test | undefined): void {
    if (!notes || !file || !test) {
        return;
    }
    const of = unitOf(test);
    const unit = units.get(of.title) ?? { ...of, milliseconds: 0, longest: 0, reached: [], seen: new Set() };
    const spent = Date.now() - last;
    last = Date.now();
    unit.milliseconds += spent;
    unit.longest = Math.max(unit.longest, spent);
    if (fs.existsSync(notes)) {
        // The scripts open the file for every line, so they go on in a new one.
        fs.renameSync(notes, `${notes}.taken`);
        const lines = fs.readFileSync(`${notes}.taken`, "utf8").split("\n");
        lines.filter((line) => line !== "").forEach((line) => unit.seen.add(line));
    }
    unit.reached = [...unit.seen].sort();
    units.set(of.title, unit);
    const plain = [...units.values()].map(({ seen: _seen, ...rest }) => rest);
    fs.writeFileSync(file, JSON.stringify(plain));
}

export const mochaHooks = {
    beforeEach(this: Mocha.Context) {
        note(this.currentTest);
    },
    afterEach(this: Mocha.Context) {
        note(this.currentTest);
    },
};
