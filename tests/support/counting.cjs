/** Mocha's `spec` reporter, which also notes how many tests passed, failed and were skipped, for the last line of `npm test`. */
const { appendFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class Counting extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      if (process.env.TEST_COUNTS)
        appendFileSync(process.env.TEST_COUNTS, `${passes} ${failures} ${pending}\n`);
    });
  }
};
