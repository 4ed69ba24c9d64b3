/**
 * Mocha's `spec` reporter, which also notes how many tests passed, failed and were skipped, for the last line of `npm test`,
 * and ends a suite whose process stays although its tests are done, as after a failed test that left a child behind.
 */
const { appendFileSync } = require("node:fs");
const { reporters } = require("mocha");

const GRACE_MILLISECONDS = 10_000;

module.exports = class Counting extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      if (process.env.TEST_COUNTS)
        appendFileSync(process.env.TEST_COUNTS, `${passes} ${failures} ${pending}\n`);
      setTimeout(() => {
        console.error(
          `The tests have ended, and their process has not, for it still holds ${process.getActiveResourcesInfo().join(", ")}.`,
        );
        process.kill(process.pid, "SIGKILL"); // process.exit(1) would end with 0: Mocha puts its own code in its place
      }, GRACE_MILLISECONDS).unref();
    });
  }
};
