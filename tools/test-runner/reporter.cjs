// mocha's usual output, and two things more: each failed test says at once why, and the counts, the failures and how long each
// test took go into a file for the runner. JavaScript, because mocha loads it itself.
const fs = require("fs");
const { reporters } = require("mocha");

// A request to stop ends the run at once, by way of its exit handlers: what tests started in process groups of their own ends too.
process.once("SIGTERM", () => process.exit(143));

module.exports = class Counting extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        const [failures, times] = [[], []];
        runner.on("fail", (test, error) => {
            const [first] = String(error.message).trim().split("\n");
            failures.push(`${test.fullTitle()}: ${first.slice(0, 300)}`);
            // The rest comes at the end, if the run gets there.
            console.log(`       ${first}`);
        });
        // A hook that prepares a whole suite takes its time as well.
        for (const event of ["test end", "hook end"]) {
            runner.on(event, (each) => times.push({ title: each.fullTitle(), milliseconds: each.duration ?? 0 }));
        }
        runner.once("end", () => {
            const { passes, failures: failed, pending } = this.stats;
            const slowest = times.sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 10);
            fs.writeFileSync(
                process.env.TEST_COUNTS,
                JSON.stringify({ passed: passes, failed, skipped: pending, failures, slowest }),
            );
        });
    }
};
