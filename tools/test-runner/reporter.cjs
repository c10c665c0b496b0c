// mocha's spec reporter, which also counts into the file that TEST_COUNTS names: a test that was skipped must not pass for one
// that ran, and the runner adds up over all tiers. It says there which tests failed, too, for the end of a long output.
const fs = require("fs");
const { reporters } = require("mocha");

module.exports = class Counting extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        const failures = [];
        runner.on("fail", (test, error) => {
            const [first] = String(error.message).trim().split("\n");
            failures.push(`${test.fullTitle()}: ${first.slice(0, 300)}`);
            // The rest comes at the end, if the run gets there.
            console.log(`       ${first}`);
        });
        runner.once("end", () => {
            const { passes, failures: failed, pending } = this.stats;
            fs.writeFileSync(
                process.env.TEST_COUNTS,
                JSON.stringify({ passed: passes, failed, skipped: pending, failures }),
            );
        });
    }
};
