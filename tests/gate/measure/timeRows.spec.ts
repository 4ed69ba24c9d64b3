import assert from "node:assert/strict";
import type { TensorValues } from "../../../contract/tensors.ts";
import { CannotJudge } from "../../../gate/measure/cannotJudge.ts";
import type { Seconds } from "../../../gate/measure/orders.ts";
import { type Budgets, requireFineClock, timeRows } from "../../../gate/measure/timeRows.ts";

const row = (i: number): TensorValues => ({ x: { shape: [1], data: Float32Array.of(i) } });
const rows = (count: number) => Array.from({ length: count }, (_, i) => row(i));

/** Times this many rows. Their times are given by index. */
async function timed(count: number, secondsOf: (i: number) => Seconds, budgets: Budgets = {}) {
  const run: number[] = [];
  const latency = await timeRows(
    async ({ x }) => {
      const i = Number(x!.data[0]);
      run.push(i);
      return secondsOf(i);
    },
    rows(count),
    budgets,
  );
  return { latency, run };
}

const FAST = { cpu: 0.001, wall: 0.002 };

describe("timeRows", () => {
  it("runs the first row three times before any is timed", async () => {
    const { run } = await timed(2, () => FAST, { p99: 20 });

    assert.deepEqual(run, [0, 0, 0, 0, 1]);
  });

  it("gives quantiles of the processor's time and of the clock's, in milliseconds", async () => {
    const { latency } = await timed(100, (i) => ({ cpu: (i + 1) / 1000, wall: (i + 1) / 100 }), {
      p99: 1000,
    });

    assert.deepEqual(latency, { p50: 50, p99: 99, clock: { p50: 500, p99: 990 }, rows: 100 });
  });

  it("takes no notice of the clock where the processor's time is within the budgets", async () => {
    const { latency } = await timed(100, () => ({ cpu: 0.001, wall: 3600 }), { p50: 20, p99: 20 });

    assert.deepEqual(latency, { p50: 1, p99: 1, clock: { p50: 3_600_000, p99: 3_600_000 }, rows: 100 });
  });

  it("finds one slow row in twelve", async () => {
    const { latency } = await timed(300, (i) => (i % 12 === 5 ? { cpu: 0.4, wall: 0.4 } : FAST), {
      p99: 100,
    });

    assert.equal(latency.p99, 400);
    assert.equal(latency.p50, 1);
  });

  it("does not hold one slow row in 300 against a model", async () => {
    const { latency } = await timed(300, (i) => (i === 5 ? { cpu: 0.4, wall: 0.4 } : FAST), { p99: 100 });

    assert.deepEqual(latency, { p50: 1, p99: 1, clock: { p50: 2, p99: 2 }, rows: 300 });
  });

  for (const { fact, budgets, timedRows } of [
    { fact: "the p99, once four of 300 rows are above it", budgets: { p99: 20 }, timedRows: 4 },
    { fact: "the p50, once 151 of 300 rows are above it", budgets: { p50: 20 }, timedRows: 151 },
  ])
    it(`runs no further row when a budget is sure to be missed: ${fact}`, async () => {
      const { latency } = await timed(300, () => ({ cpu: 2, wall: 2 }), budgets);

      assert.deepEqual(latency, { p50: 2000, p99: 2000, clock: { p50: 2000, p99: 2000 }, rows: timedRows });
    });

  it("runs all rows where a budget is kept, however long that takes", async () => {
    const { latency } = await timed(300, () => ({ cpu: 10, wall: 10 }), { p50: 20_000 });

    assert.equal(latency.rows, 300);
  });

  it("spends about a second if nothing is demanded", async () => {
    const { latency } = await timed(300, () => ({ cpu: 0.3, wall: 0.3 }));

    assert.equal(latency.rows, 4);
  });
});

describe("requireFineClock", () => {
  for (const { step, budgets } of [
    { step: 1e-6, budgets: { p99: 20 } },
    { step: 0.002, budgets: { p99: 20 } },
    { step: 0.002, budgets: { p50: 20, p99: 100 } },
    { step: Number.POSITIVE_INFINITY, budgets: {} },
  ])
    it(`takes steps of ${step} s for ${JSON.stringify(budgets)}`, () => {
      requireFineClock(step, budgets);
    });

  for (const { step, budgets, message } of [
    {
      step: 0.01,
      budgets: { p99: 20 },
      message:
        "Processor time is counted in steps of 10.0 ms on this machine, too coarse for a budget of 20 ms.",
    },
    {
      step: 0.0156,
      budgets: { p50: 5, p99: 500 },
      message:
        "Processor time is counted in steps of 15.6 ms on this machine, too coarse for a budget of 5 ms.",
    },
    {
      step: Number.POSITIVE_INFINITY,
      budgets: { p50: 1000 },
      message: "Processor time is not counted on this machine, too coarse for a budget of 1000 ms.",
    },
  ])
    it(`can judge nothing with steps of ${step} s for ${JSON.stringify(budgets)}`, () => {
      assert.throws(
        () => requireFineClock(step, budgets),
        (error) => {
          assert(error instanceof CannotJudge);
          assert.deepEqual(
            [error.what, error.fix],
            [message, "raise the budget, or judge it on a machine that counts finer"],
          );
          return true;
        },
      );
    });
});
