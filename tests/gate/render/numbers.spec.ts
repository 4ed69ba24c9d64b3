import assert from "node:assert/strict";
import {
  demandText,
  differenceText,
  intervalText,
  isKept,
  numberText,
  valueText,
} from "../../../gate/render/numbers.ts";
import type { Demand } from "../../../gate/report/report.ts";

const least = (bound: number): Demand => ({ kind: "min", bound, from: "contract" });
const most = (bound: number): Demand => ({ kind: "max", bound, from: "contract" });

describe("valueText", () => {
  for (const { fact, value, demand, is } of [
    { fact: "has 4 decimals", value: 0.907333, demand: undefined, is: "0.9073" },
    {
      fact: "does not round onto the bound that is missed",
      value: 0.84996,
      demand: least(0.85),
      is: "0.84996",
    },
    {
      fact: "does not round under a bound that is kept",
      value: 0.85004,
      demand: least(0.85003),
      is: "0.85004",
    },
    { fact: "may round onto a bound that is kept", value: 0.85004, demand: least(0.85), is: "0.8500" },
    {
      fact: "is exact where nothing less tells",
      value: 0.1 + 0.2,
      demand: most(0.3),
      is: "0.30000000000000004",
    },
    { fact: "reads its own thousands", value: 24812.34, demand: most(25000), is: "24,812.3" },
    { fact: "does so above a thousand, too", value: 25000.04, demand: most(25000), is: "25000.04" },
    { fact: "is a dash for no number", value: Number.NaN, demand: least(0.85), is: "–" },
    {
      fact: "is a dash for the null of a report's JSON",
      value: null as unknown as number,
      demand: most(1),
      is: "–",
    },
  ])
    it(`${fact}: ${is}`, () => {
      assert.equal(valueText({ value, ...(demand && { demand }) }), is);
    });
});

describe("isKept", () => {
  it("takes the bound itself, and nothing that is no number", () => {
    assert.deepEqual(
      [0.85, 0.8499, 0.86, Number.NaN, null as unknown as number].map((value) => [
        isKept(value, least(0.85)),
        isKept(value, most(0.85)),
      ]),
      [
        [true, true],
        [false, true],
        [true, false],
        [false, false],
        [false, false],
      ],
    );
  });
});

describe("the numbers of a report", () => {
  it("have a sign as a difference, unless it is 0", () => {
    assert.deepEqual([0.0123, -0.0123, 0].map(differenceText), ["+0.0123", "-0.0123", "0.0000"]);
  });

  it("stand as intervals with a dash, which stands alone where an end is no number", () => {
    assert.deepEqual(
      [intervalText([0.89641, 0.91719]), intervalText([-0.3, 0.05]), intervalText([0, Number.NaN])],
      ["0.8964–0.9172", "-0.3000–0.0500", "–"],
    );
  });

  it("stand as demands as they were written", () => {
    assert.deepEqual([least(0.85), most(25000), most(1e-7)].map(demandText), [
      "≥ 0.85",
      "≤ 25,000",
      "≤ 1e-7",
    ]);
  });

  it("are dashes if they are infinite", () => {
    assert.equal(numberText(Number.POSITIVE_INFINITY), "–");
  });
});
