import assert from "node:assert/strict";
import { runnerName, runOf } from "../../pipeline/jobEnvironment.ts";

describe("runOf", () => {
  it("knows the run that named the machine", () => {
    const run = { id: "1234567890", attempt: "2" };

    assert.deepEqual(runOf(runnerName(run)), run);
  });

  for (const host of ["laptop", "run-1", "my-run-1-2", "run-1-2.example.com", "run-x-1"])
    it(`knows none that named ${host}`, () => assert.equal(runOf(host), undefined));
});
