import assert from "node:assert/strict";
import { finished } from "../../../common/steps.ts";
import { findWeakest } from "../../../gate/segments/findWeakest.ts";
import { partition } from "../../../gate/segments/partition.ts";
import { random } from "../../support/evidence.ts";

const ROWS = 1000;
const HOLDOUTS = 100;
const COLUMNS = 10;
const CLASSES = { difference: 0.05, factor: 1 };
const NUMBERS = { difference: 0, factor: 1.25 };

describe("findWeakest", function () {
  this.timeout(60_000);

  for (const { of, gap, loss } of [
    { of: "answers of which 1 in 50 is wrong", gap: CLASSES, loss: wrong(0.02) },
    { of: "answers of which 1 in 10 is wrong", gap: CLASSES, loss: wrong(0.1) },
    { of: "answers of which half are wrong", gap: CLASSES, loss: wrong(0.5) },
    { of: "answers of which 9 in 10 are wrong", gap: CLASSES, loss: wrong(0.9) },
    { of: "errors with a long tail", gap: NUMBERS, loss: longTail },
  ]) {
    it(`names anything in at most 1 of 20 holdouts with nothing but chance in them: ${of}`, () => {
      const draw = random(5);
      let alarms = 0;
      for (let holdout = 0; holdout < HOLDOUTS; holdout++) {
        const losses = Float64Array.from({ length: ROWS }, () => loss(draw));
        if (finished(findWeakest(columns(draw).map(partition), losses, gap)).weakest.length > 0) alarms++;
      }

      assert(alarms <= HOLDOUTS / 20, `${alarms} of ${HOLDOUTS}`);
    });
  }

  it("names a quarter with three times the wrong answers in 19 of 20 holdouts", () => {
    const draw = random(5);
    let found = 0;
    for (let holdout = 0; holdout < HOLDOUTS; holdout++) {
      const all = columns(draw);
      const losses = all[0]!.values.map((value) => wrong(value < 0.25 ? 0.3 : 0.1)(draw));
      const { weakest } = finished(findWeakest(all.map(partition), losses, CLASSES));
      if (weakest[0]?.columns.includes("column 0")) found++;
    }

    assert(found >= (HOLDOUTS * 19) / 20, `${found} of ${HOLDOUTS}`);
  });
});

type Draw = () => number;

function columns(draw: Draw) {
  return Array.from({ length: COLUMNS }, (_, i) => ({
    name: `column ${i}`,
    values: Float64Array.from({ length: ROWS }, draw),
    column: { name: `column ${i}` },
    pointer: "",
    datatype: "FP64" as const,
  }));
}

function wrong(share: number) {
  return (draw: Draw) => Number(draw() < share);
}

function longTail(draw: Draw): number {
  return (1 - draw()) ** -0.5; // Pareto's distribution, which has no variance
}
