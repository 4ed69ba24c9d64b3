import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { judge } from "../../gate/judge.ts";
import { openQuestions, type Report } from "../../gate/report/report.ts";
import { busyMachine } from "../support/busyMachine.ts";
import { writeLargeModel } from "../support/largeHoldout.ts";
import { long, report as show } from "../support/long.ts";

/** Busy processes beside the judgement, on any number of processors. */
const OTHERS = 8;

describe(`On a machine with ${OTHERS} busy processes`, function () {
  this.timeout(long ? 4 * 3_600_000 : 300_000);
  let end: () => void;
  before(() => {
    end = busyMachine(OTHERS);
  });
  after(() => end());

  const TIMES = long ? 200 : 3;

  it(`the example gets the same verdict as ever: ${TIMES} times`, async () => {
    const verdicts = new Set<string>();
    let slowest = 0;
    for (let i = 0; i < TIMES; i++) {
      const { report } = await judge("model");
      slowest = Math.max(slowest, p99(report));
      verdicts.add(
        JSON.stringify([report.verdict, report.checks.map((check) => [check.name, outcome(check)])]),
      );
    }

    show(`p99 of a run, the highest of ${TIMES} times: ${slowest} ms of processor time`);
    assert.equal(verdicts.size, 1, [...verdicts].join("\n"));
    assert.match([...verdicts][0]!, /^\["passed",/);
  });

  for (const size of [
    { rows: 100_000, columns: 30, classes: 2 },
    { rows: 300_000, columns: 10, classes: 2 },
    { rows: 20_000, columns: 8, classes: 1000 },
  ]) {
    const { columns, classes } = size;
    const [rows, times] = long ? [size.rows, 50] : [size.rows / 10, 1];
    const title = `${rows.toLocaleString("en")} rows x ${columns} columns, ${classes} classes`;

    it(`no answer is lost of ${title}: ${times} times`, async () => {
      const folder = mkdtempSync(path.join(os.tmpdir(), "slipway-large-"));
      const floors = { bad: path.join(folder, "bad"), good: path.join(folder, "good") };
      try {
        writeLargeModel(floors.good, { ...size, rows });
        writeLargeModel(floors.bad, { ...size, rows }, 0.999);
        for (let i = 0; i < times; i++) {
          const [good, bad] = [(await judge(floors.good)).report, (await judge(floors.bad)).report];
          assert.deepEqual([good.verdict, openQuestions(good)], ["passed", []]);
          assert.deepEqual([bad.verdict, openQuestions(bad)], ["refused", []]);
          assert.equal(good.holdout?.rows, rows);
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});

type Check = Report["checks"][number];

/** The report without figures, which differ from run to run, and without warnings about the clock. */
const outcome = (check: Check) => (check.outcome === "judged" ? check.objections.length : check.outcome);

function p99({ checks }: Report): number {
  const latency = checks.find(({ name }) => name === "latency");
  return Number(/p99 ([\d.]+) ms/.exec(latency?.outcome === "judged" ? latency.found : "")?.[1]);
}
