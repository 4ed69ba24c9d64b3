/**
 * Mocha's `spec` reporter, which also notes how many tests passed and were skipped, which failed and what each took, for the
 * last lines of `npm test`, and ends a suite whose process stays although its tests are done, as after a failed test that left a child behind.
 */
const { writeFileSync } = require("node:fs");
const path = require("node:path");
const { reporters } = require("mocha");

const GRACE_MILLISECONDS = 10_000;

module.exports = class Counting extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const timings = [];
    const note = (ended) =>
      timings.push({
        // Hooks outside of all blocks have no file.
        file: ended.file === undefined ? "" : path.relative(process.cwd(), ended.file),
        title: ended.fullTitle(),
        milliseconds: ended.duration ?? 0,
      });
    runner.on("test end", note).on("hook end", note);
    runner.once("end", () => {
      const { passes, pending } = this.stats;
      const failures = this.failures.map((test) => `${test.fullTitle()}: ${firstLine(test.err)}`);
      if (process.env.TEST_RESULTS)
        writeFileSync(process.env.TEST_RESULTS, JSON.stringify({ passes, failures, pending, timings }));
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
