/**
 * Mocha's `spec` reporter, which also notes how many tests passed and were skipped and which failed, for the last lines of
 * `npm test`, and ends a suite whose process stays although its tests are done, as after a failed test that left a child behind.
 */
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

const GRACE_MILLISECONDS = 10_000;

module.exports = class Counting extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, pending } = this.stats;
      const failures = this.failures.map((test) => `${test.fullTitle()}: ${firstLine(test.err)}`);
      if (process.env.TEST_RESULTS)
        writeFileSync(process.env.TEST_RESULTS, JSON.stringify({ passes, failures, pending }));
      setTimeout(() => {
        console.error(
          `The tests have ended, and their process has not, for it still holds ${process.getActiveResourcesInfo().join(", ")}.`,
        );
        process.kill(process.pid, "SIGKILL"); // process.exit(1) would end with 0: Mocha puts its own code in its place
      }, GRACE_MILLISECONDS).unref();
    });
  }
};

function firstLine(error) {
  return String(error?.message ?? error)
    .trim()
    .split("\n")[0];
}
