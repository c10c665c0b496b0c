// The runner's promise: whatever goes wrong in one tier, the others run, the place is left clean, and the last line adds up.
import assert from "assert";

import { runTests } from "../../tools/test-runner";
import type { Tier } from "../../tools/test-runner/tiers";

/** A run that counts two passed tests, and what failed, and ends with that status. */
async function run(status = 0, failures: string[] = []) {
    const counts = JSON.stringify({ passed: 2, failed: failures.length, skipped: 0, failures });
    return { argv: ["/bin/sh", "-c", `echo '${counts}' >"$TEST_COUNTS"; exit ${status}`], env: process.env };
}

function tier(name: string, cleaned: string[], parts: Partial<Tier> = {}): Tier {
    return {
        name,
        unavailable: () => undefined,
        prepare: () => run(),
        cleanUp: async () => void cleaned.push(name),
        ...parts,
    };
}

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

describe("the test runner", () => {
    const broken = () => Promise.reject(new Error("no room on the disk"));

    for (const part of ["prepare", "cleanUp"] as const) {
        it(`counts a tier whose ${part} fails as failed, and goes on`, async () => {
            const cleaned: string[] = [];
            const tiers = [tier("first", cleaned, { [part]: broken }), tier("second", cleaned)];
            const { out, said, result } = await written(() => runTests(["first", "second"], undefined, tiers));
            assert.equal(result, 1);
            assert.equal(out, `${part === "prepare" ? 2 : 4} passed, 1 failed\n`);
            assert.match(said, /^first .* 1 failed\n +no room on the disk$/m);
            assert.deepEqual(cleaned, part === "prepare" ? ["first", "second"] : ["second"]);
        });
    }

    it("counts a run that ended badly without a failed test as failed", async () => {
        const died = tier("one", [], { prepare: () => run(3) });
        const { out } = await written(() => runTests(["one"], undefined, [died]));
        assert.equal(out, "2 passed, 1 failed\n");
    });

    it("names what failed once more at the end, of every run of a tier", async () => {
        const runs = async () => [await run(1, ["a: is wrong"]), await run(1, ["b: is late", "c: is gone"])];
        const { out, said } = await written(() => runTests(["one"], undefined, [tier("one", [], { prepare: runs })]));
        assert.equal(out, "4 passed, 3 failed\n");
        assert.match(said, /3 failed\n +a: is wrong\n +b: is late\n +c: is gone\n$/);
    });
});
