import assert from "node:assert/strict";
import { warn } from "../../pipeline/jobSummary.ts";

describe("warn", () => {
  const inJob = process.env["GITHUB_ACTIONS"];
  const { log } = console;
  let printed: unknown[];
  beforeEach(() => {
    printed = [];
    console.log = (text) => void printed.push(text);
  });
  afterEach(() => {
    console.log = log;
    if (inJob === undefined) delete process.env["GITHUB_ACTIONS"];
    else process.env["GITHUB_ACTIONS"] = inJob;
  });

  for (const { what, job, prints } of [
    { what: "one command in a job", job: "true", prints: "::warning::100%25 of%0D%0A::error::lines" },
    { what: "the text as it is in a terminal", job: "", prints: "100% of\r\n::error::lines" },
  ])
    it(`prints ${what}`, () => {
      process.env["GITHUB_ACTIONS"] = job;
      warn("100% of\r\n::error::lines");

      assert.deepEqual(printed, [prints]);
    });
});
