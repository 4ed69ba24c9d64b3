import assert from "node:assert/strict";
import { Admission } from "../../../service/src/engine/admission.ts";

const OPTIONS = { maxRows: 4, runMs: 100, queueRows: 10, queueRequests: 3 };

/** Whether a request of one row is taken that has this much time left, if another one of four rows waits. */
const takes = (admission: Admission, leftMs: number) =>
  admission.refusal({ rows: 4, requests: 1 }, 1, leftMs, 1) === undefined;

describe("Admission", () => {
  for (const [what, taken, waiting, rows, leftMs, runners] of [
    ["one that finds nothing waiting, whatever it asks", true, { rows: 0, requests: 0 }, 1_000, 1, 1],
    ["one for which there are just rows and time enough", true, { rows: 8, requests: 2 }, 2, 600, 1],
    ["one row too many", false, { rows: 8, requests: 2 }, 3, 60_000, 1],
    ["one request too many", false, { rows: 3, requests: 3 }, 1, 60_000, 1],
    ["one that would wait for more than half of its time", false, { rows: 8, requests: 2 }, 2, 599, 1],
    ["one that two runners answer in time", true, { rows: 8, requests: 2 }, 2, 300, 2],
    ["one that waits for a runner to be attached", true, { rows: 8, requests: 2 }, 2, 600, 0],
  ] as const)
    it(`${taken ? "takes" : "refuses"} ${what}`, () => {
      const refusal = new Admission(OPTIONS).refusal(waiting, rows, leftMs, runners);

      assert.equal(refusal === undefined, taken);
    });

  it("says what waits, and when to come back", () => {
    const refusal = new Admission({ ...OPTIONS, runMs: 1_200 }).refusal({ rows: 4, requests: 2 }, 1, 1, 1);

    assert.equal(
      refusal?.message,
      "Too many requests wait: 2, of 4 rows. Another one would wait for about 2.4 s.",
    );
    assert.deepEqual(
      [refusal.problem.status, refusal.headers, refusal.rejection],
      [503, { "Retry-After": "3" }, "queue_full"],
    );
  });

  it("expects runs to take longer once some did", () => {
    const admission = new Admission(OPTIONS);
    const before = takes(admission, 400);
    admission.learn(1, 600);

    assert.deepEqual([before, takes(admission, 400), takes(admission, 800)], [true, false, true]);
  });

  it("expects full runs to be quicker once some were, below what was measured too", () => {
    const admission = new Admission(OPTIONS);
    for (let i = 0; i < 40; i++) admission.learn(2, 1);

    assert(takes(admission, 5));
  });

  it("learns nothing from a quick run of few rows, but for an estimate that was too high", () => {
    const admission = new Admission(OPTIONS);
    for (let i = 0; i < 40; i++) admission.learn(1, 1);
    const unchanged = [takes(admission, 400), takes(admission, 399)];
    admission.learn(4, 10_000);
    const slow = takes(admission, 400);
    for (let i = 0; i < 40; i++) admission.learn(1, 1);

    assert.deepEqual([...unchanged, slow], [true, false, false]);
    assert.deepEqual([takes(admission, 400), takes(admission, 399)], [true, false]);
  });
});
