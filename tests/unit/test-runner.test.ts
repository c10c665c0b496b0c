// The runner's promise: the gate comes first, the rest runs side by side; whatever goes wrong in one tier, the others run, the place
// is left clean, and the last line adds up.
import assert from "assert";
import { spawn } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { runTests } from "../../tools/test-runner";
import type { Plan, Prepared, Tier } from "../../tools/test-runner/tier";
import { waitFor } from "../support/scripts-wait";

let folder: string;
beforeEach(() => void (folder = fs.mkdtempSync(path.join(os.tmpdir(), "runner-"))));
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A run that does what the shell is told, counts two passed tests, and what failed, and ends with that status. */
function run(status = 0, failures: string[] = [], code = ""): Prepared {
    const slowest = [{ title: `after ${status}`, milliseconds: 1000 * (status + 1) }];
    const counts = JSON.stringify({ passed: 2, failed: failures.length, skipped: 0, failures, slowest });
    return {
        argv: ["/bin/sh", "-c", `${code}\necho '${counts}' >"$TEST_COUNTS"; exit ${status}`],
        env: { ...process.env, FOLDER: folder },
    };
}

function tier(name: string, cleaned: string[], parts: Partial<Tier> = {}): Tier {
    return {
        name,
        unavailable: () => undefined,
        prepare: async () => run(),
        cleanUp: async () => void cleaned.push(name),
        ...parts,
    };
}

const running = (name: string, ...what: Parameters<typeof run>) =>
    tier(name, [], { prepare: async () => run(...what) });

const after = (...tiers: Tier[]): Plan => ({ gate: [], rest: [tiers] });

/** What `work` writes to our standard output and error, and what it returns. */
async function written<T>(work: () => Promise<T>): Promise<{ out: string; said: string; result: T }> {
    const { stdout, stderr } = process;
    const originals = [stdout.write, stderr.write] as const;
    let [out, said] = ["", ""];
    Object.assign(stdout, { write: (text: string) => (out += text) });
    Object.assign(stderr, { write: (text: string) => (said += text) });
    try {
        const result = await work();
        return { out, said, result };
    } finally {
        Object.assign(stdout, { write: originals[0] });
        Object.assign(stderr, { write: originals[1] });
    }
}

/** Whether it runs; one that nobody has waited for yet has no command line any more. */
const lives = (pid: number) => {
    const file = `/proc/${pid}/cmdline`;
    return fs.existsSync(file) && fs.readFileSync(file, "utf8") !== "";
};

const runOf = (plan: Plan, names: string[] = [], grep?: string) => written(() => runTests(names, grep, plan));

describe("the test runner", () => {
    const broken = () => Promise.reject(new Error("no room on the disk"));

    for (const part of ["prepare", "cleanUp"] as const) {
        it(`counts a tier whose ${part} fails as failed, and goes on`, async () => {
            const cleaned: string[] = [];
            const tiers = [tier("first", cleaned, { [part]: broken }), tier("second", cleaned)];
            const { out, said, result } = await runOf(after(...tiers));
            assert.equal(result, 1);
            assert.equal(out, `${part === "prepare" ? 2 : 4} passed, 1 failed\n`);
            assert.match(said, /^first .* 1 failed +\d+ s\n +no room on the disk$/m);
            assert.deepEqual(cleaned, part === "prepare" ? ["first", "second"] : ["second"]);
        });
    }

    it("counts a run that ended badly without a failed test as failed", async () => {
        const { out } = await runOf(after(running("one", 3)), ["one"]);
        assert.equal(out, "2 passed, 1 failed\n");
    });

    it("names what failed once more at the end, of every run of a tier", async () => {
        const prepare = async () => [run(1, ["a: is wrong"]), run(1, ["b: is late", "c: is gone"])];
        const { out, said } = await runOf(after(tier("one", [], { prepare })));
        assert.equal(out, "4 passed, 3 failed\n");
        assert.match(said, /3 failed +\d+ s\n +a: is wrong\n +b: is late\n +c: is gone\n/);
    });

    it("tells each tier's time, and the slowest tests of all", async () => {
        const { said } = await runOf(after(running("one"), running("two", 4, ["x"]), running("three", 2, ["y"])));
        assert.match(said, /^one +2 passed, 0 failed +\d+ s$/m);
        assert.match(said, /the slowest\n +5 s {2}two: after 4\n +3 s {2}three: after 2\n +1 s {2}one: after 0\n/);
    });

    it("takes a command that is no mocha for one test", async () => {
        const [passes, fails] = ["true", "false"].map((program): Tier => {
            const prepare = async () => ({ argv: [program], env: process.env, isOneTest: true });
            return tier(program, [], { prepare });
        });
        const { out, said } = await runOf(after(passes!, fails!));
        assert.equal(out, "1 passed, 1 failed\n");
        assert.match(said, /^false +0 passed, 1 failed/m);
    });

    it("begins nothing behind a gate that has failed, and says so", async () => {
        const cleaned: string[] = [];
        const rest = [[tier("slow", cleaned)], [tier("slower", cleaned)]];
        const failed = await runOf({ gate: [[running("quick", 1, ["wrong"])], [running("other")]], rest });
        assert.equal(failed.result, 1);
        assert.equal(failed.out, "4 passed, 1 failed\n");
        assert.match(failed.said, /^slow +did not run: the gate has failed$/m);
        assert.match(failed.said, /Not everything was begun: the gate has failed\./);
        assert.deepEqual(cleaned, []);

        const passed = await runOf({ gate: [[running("quick")]], rest });
        assert.equal(passed.result, 0);
        assert.equal(passed.out, "6 passed, 0 failed\n");
        assert.deepEqual(cleaned.sort(), ["slow", "slower"]);
    });

    it("fails for a tier that did not run only where everything must have run", async () => {
        const { CI } = process.env;
        const here = {
            gate: [[tier("odd", [], { unavailable: () => "no such thing here" })]],
            rest: [[running("one")]],
        };
        try {
            delete process.env.CI;
            const lenient = await runOf(here);
            assert.deepEqual([lenient.result, lenient.out], [0, "2 passed, 0 failed\n"]);
            assert.match(lenient.said, /^odd +did not run: no such thing here$/m);
            process.env.CI = "true";
            const strict = await runOf(here);
            assert.deepEqual([strict.result, strict.out], [1, "0 passed, 1 failed\n"]);
        } finally {
            delete process.env.CI;
            Object.assign(process.env, CI && { CI });
        }
    });

    it("takes a tier without tests for a failure, unless others have those that were asked for", async () => {
        const prepare = async () => {
            const counts = JSON.stringify({ passed: 0, failed: 0, skipped: 0, failures: [], slowest: [] });
            return { argv: ["/bin/sh", "-c", `echo '${counts}' >"$TEST_COUNTS"`], env: process.env };
        };
        const plan = after(tier("none", [], { prepare }), running("some"));
        assert.equal((await runOf(plan)).out, "2 passed, 1 failed\n");
        assert.equal((await runOf(plan, ["none", "some"], "x")).out, "2 passed, 0 failed\n");
        assert.equal((await runOf(plan, ["none"], "x")).out, "0 passed, 1 failed\n");
    });

    it("runs lanes side by side, shows one as it goes and another whole at its end", async () => {
        const await_ = (name: string) => `for i in $(seq 200); do [ -e "$FOLDER/${name}" ] && break; sleep 0.05; done`;
        // Each can end only while the other runs.
        const one = running(
            "one",
            0,
            [],
            `echo one begins; ${await_("there")}; : >"$FOLDER/here"; ${await_("over")}; echo one ends`,
        );
        const two = running("two", 0, [], `echo two begins; : >"$FOLDER/there"; ${await_("here")}; echo two ends`);
        const over = tier("three", [], { prepare: async () => run(0, [], ': >"$FOLDER/over"') });
        const { out } = await runOf({ gate: [], rest: [[one], [two, over]] });
        assert.equal(out, "one begins\ntwo begins\ntwo ends\none ends\n6 passed, 0 failed\n");
    });

    it("ends all and cleans up when it is asked to stop", async () => {
        const program = `
            const fs = require("fs");
            const { runTests } = require("./tools/test-runner");
            const sleeping = (name) => ({
                name,
                unavailable: () => undefined,
                prepare: async () => ({
                    argv: ["/bin/sh", "-c", 'sleep 1000 & echo $! >"$FOLDER/' + name + '"; wait'],
                    env: process.env,
                }),
                cleanUp: async () => console.error(name + " is cleaned up"),
            });
            const rest = [[sleeping("one"), sleeping("never")], [sleeping("two")]];
            runTests([], undefined, { gate: [], rest }).then((status) => process.exit(status));`;
        const child = spawn(process.execPath, ["--require", "tsx/cjs", "--eval", program], {
            env: { ...process.env, FOLDER: folder },
            stdio: ["ignore", "pipe", "pipe"],
        });
        let [out, said] = ["", ""];
        child.stdout.on("data", (data: Buffer) => (out += data));
        child.stderr.on("data", (data: Buffer) => (said += data));
        const ended = new Promise((resolve) => child.once("close", resolve));
        let pids: number[] = [];
        try {
            const pidOf = (name: string) =>
                waitFor(`${name} to begin`, () => Number(fs.readFileSync(path.join(folder, name), "utf8")));
            pids = await Promise.all(["one", "two"].map(pidOf));
        } finally {
            // A terminal and npm both pass it on.
            child.kill("SIGINT");
            child.kill("SIGTERM");
        }
        assert.equal(await ended, 1);
        assert.deepEqual(pids.filter(lives), []);
        assert.match(said, /one is cleaned up/);
        assert.match(said, /two is cleaned up/);
        assert.match(said, /^never +did not run: the run was stopped$/m);
        assert.equal(out, "0 passed, 2 failed\n");
    });
});
