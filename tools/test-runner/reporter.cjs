// mocha's spec reporter, which also counts into the file that TEST_COUNTS names: a test that was skipped must not pass for one
// that ran, and the runner adds up over all tiers.
const fs = require("fs");
const { reporters } = require("mocha");

module.exports = class Counting extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        runner.once("end", () => {
            const { passes, failures, pending } = this.stats;
            fs.writeFileSync(
                process.env.TEST_COUNTS,
                JSON.stringify({ passed: passes, failed: failures, skipped: pending }),
            );
        });
    }
};
