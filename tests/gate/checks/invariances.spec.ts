import assert from "node:assert/strict";
import type { Column } from "../../../contract/contract.ts";
import type { Datatype } from "../../../contract/datatypes.ts";
import type { TensorValues } from "../../../contract/tensors.ts";
import type { Invariance } from "../../../contract/validationSchema.ts";
import { checkInvariances, invarianceTables } from "../../../gate/checks/invariances.ts";
import type { Evidence } from "../../../gate/evidence/evidence.ts";
import type { Measurements } from "../../../gate/measure/measurements.ts";
import {
  answered,
  ENDED,
  evidenceOf,
  type Given,
  KILLED,
  measurements,
  sequence,
  withInputs,
  withoutHoldout,
} from "../../support/evidence.ts";

const CONSTRAIN =
  "train with a monotonic constraint on x (monotonic_cst in scikit-learn), or correct what the contract says";

const asking = (invariances: readonly Invariance[], given: Given): Given => ({
  ...given,
  validation: { invariances: [...invariances] },
});
const tablesOf = ({ contract, holdout }: Evidence) =>
  Object.fromEntries(
    Object.entries(invarianceTables(contract, holdout!.value!)).map(([name, table]) => [
      name,
      withInputs(table),
    ]),
  );

/** The values that a feature takes in the first row, and how many rows there are in all. */
function triedIn(given: Given, feature = "x") {
  const { "invariance 0": table } = tablesOf(evidenceOf(asking([{ feature, score: "stays" }], given)));
  const column = columnOf(table!.inputs, given, feature);
  const next = column.indexOf(column[0]!, 1);
  return { rows: table!.rows, values: next === -1 ? column : column.slice(0, next) };
}

function columnOf(inputs: TensorValues, { columns }: Given, feature: string): (number | string)[] {
  const { [feature]: text } = inputs;
  if (text !== undefined) return [...(text.data as string[])];
  const { data } = inputs["numbers"]!;
  const names = Object.keys(columns).filter((name) => typeof columns[name]![0] === "number");
  return Array.from<number | bigint | string | boolean, number>(data, Number).filter(
    (_, i) => i % names.length === names.indexOf(feature),
  );
}

/** The outcome for a model whose score for class 1 is a function of a row's x. */
function outcomeOf(invariance: Invariance, given: Given, score: (x: number) => number) {
  const evidence = evidenceOf(asking([invariance], given));
  const { "invariance 0": table } = tablesOf(evidence);
  const xs = columnOf(table!.inputs, given, "x") as number[];
  const isRegression = given.task === "regression";
  const outputs: TensorValues = isRegression
    ? { value: { shape: [xs.length, 1], data: Float64Array.from(xs, score) } }
    : {
        scores: {
          shape: [xs.length, 2],
          data: Float64Array.from(xs.flatMap((x) => [1 - score(x), score(x)])),
        },
      };
  return outcomeWith(evidence, { "invariance 0": answered(outputs) });
}
function judge(...given: Parameters<typeof outcomeOf>) {
  const check = outcomeOf(...given);
  assert(check.outcome === "judged");
  return check;
}

const outcomeWith = (evidence: Evidence, tables: Measurements["tables"]) =>
  checkInvariances.judge({ ...evidence, measured: measurements({ tables }) });
function checkWith(evidence: Evidence, tables: Measurements["tables"]) {
  const check = outcomeWith(evidence, tables);
  assert(check.outcome === "judged");
  return check;
}

/** Numbers of a datatype other than FP32. */
const inputsOf = (datatype: Datatype, ...columns: readonly Column[]) => ({
  inputs: [{ name: "numbers", datatype, shape: [-1, columns.length], columns: [...columns] }],
});
const ascending = (values: Iterable<number>) => [...new Set(values)].toSorted((a, b) => a - b);

describe("invarianceTables", () => {
  it("gives each row each value that the feature takes, ascending, and leaves the others", () => {
    const columns = { y: [7, 8], x: [3, 1], word: ["a", "b"] };
    const declared = { x: { categories: [3, 1] } };

    assert.deepEqual(
      tablesOf(evidenceOf(asking([{ feature: "x", score: "increases" }], { columns, declared }))),
      {
        "invariance 0": {
          rows: 4,
          inputs: {
            numbers: { shape: [4, 2], data: Float32Array.of(7, 1, 7, 3, 8, 1, 8, 3) },
            word: { shape: [4, 1], data: ["a", "a", "b", "b"] },
          },
          outputs: ["scores"],
          returned: ["scores"],
          batch: 1024,
        },
      },
    );
  });

  it("makes the rows of a run when they are wanted", () => {
    const { contract, holdout } = evidenceOf(
      asking([{ feature: "x", score: "increases" }], {
        columns: { y: [7, 8], x: [3, 1] },
        declared: { x: { categories: [3, 1] } },
      }),
    );

    assert.deepEqual(invarianceTables(contract, holdout!.value!)["invariance 0"]!.inputs(1, 3), {
      numbers: { shape: [2, 2], data: Float32Array.of(7, 3, 8, 1) },
    });
  });

  it("asks for the prediction of a regression", () => {
    const { "invariance 0": table } = tablesOf(
      evidenceOf(asking([{ feature: "x", score: "stays" }], { task: "regression", columns: { x: [1, 2] } })),
    );

    assert.deepEqual([table!.outputs, table!.returned], [["value"], ["value"]]);
  });

  it("varies 100 rows, evenly spaced", () => {
    const given: Given = {
      columns: { x: sequence(1000, (i) => i % 2), y: sequence(1000, (i) => i) },
      declared: { x: { categories: [0, 1] } },
    };
    const { "invariance 0": table } = tablesOf(evidenceOf(asking([{ feature: "x", score: "stays" }], given)));

    assert.deepEqual(
      columnOf(table!.inputs, given, "y"),
      sequence(200, (i) => 10 * Math.floor(i / 2)),
    );
  });

  const x = [40.25, 60, 50];
  for (const { fact, declared, low, high } of [
    { fact: "over the declared range", declared: { min: 0, max: 200 }, low: 0, high: 200 },
    { fact: "one span beyond the data, where nothing is declared", declared: {}, low: 20.5, high: 79.75 },
    { fact: "from the lowest that is declared", declared: { min: 30 }, low: 30, high: 79.75 },
    { fact: "to the highest that is declared", declared: { max: 65 }, low: 20.5, high: 65 },
  ])
    it(`tries 101 values ${fact}, evenly spaced, and those of the data`, () => {
      const evenly = sequence(101, (i) => Math.fround(low + ((high - low) * i) / 100));

      assert.deepEqual(triedIn({ columns: { x }, declared: { x: declared } }), {
        rows: 3 * new Set([...evenly, ...x]).size,
        values: ascending([...evenly, ...x]),
      });
    });

  it("tries 60 of many values of the data, evenly over its sorted column, and the largest", () => {
    const many = sequence(600, (i) => 500 + (599 - i) / 1024);
    const sorted = many.toSorted();

    const { values } = triedIn({ columns: { x: many }, declared: { x: { min: 0, max: 100_000 } } });

    assert.deepEqual(
      values,
      ascending([...sequence(101, (i) => 1000 * i), ...sequence(60, (i) => sorted[10 * i]!), sorted.at(-1)!]),
    );
  });

  it("stays within what is declared, as float32 holds it, whatever the data has", () => {
    const declared = { x: { min: 0.3602, max: 0.7 } };

    const { values } = triedIn({ columns: { x: [-5, 0.5, 9] }, declared });

    assert.deepEqual([values[0], values.at(-1)], [0.3601999878883362, 0.699999988079071]);
  });

  it("gives a column of integers whole numbers within what is declared, each once", () => {
    const contract = inputsOf("INT32", { name: "x", min: 0.5, max: 10.5 });

    assert.deepEqual(triedIn({ columns: { x: [3, 4] }, contract }), {
      rows: 20,
      values: sequence(10, (i) => i + 1),
    });
  });

  it("gives a column no missing value, whatever the data holds", () => {
    const columns = { x: [NaN, 0.25, NaN, 0.5] };

    for (const limits of [{ min: 0, max: 1 }, {}]) {
      const { values } = triedIn({ columns, declared: { x: { ...limits, missing: true } } });
      assert(values.length > 100 && !values.some(Number.isNaN), String(values));
    }
  });

  it("gives it whole numbers a hundredth of its range apart", () => {
    const contract = inputsOf("INT64", { name: "x", min: 0, max: 1000 });

    assert.deepEqual(
      triedIn({ columns: { x: [3, 4] }, contract }).values,
      ascending([...sequence(101, (i) => 10 * i), 3, 4]),
    );
  });

  for (const { datatype, data, low, high } of [
    { datatype: "UINT8", data: [10, 200], low: 0, high: 255 },
    { datatype: "INT8", data: [-100, 100], low: -128, high: 127 },
    { datatype: "UINT16", data: [1, 40_000], low: 0, high: 65_535 },
    { datatype: "UINT64", data: [1, 3], low: 0, high: 5 },
  ] as const)
    it(`stays within what ${datatype} holds, if nothing is declared, so that the values ascend`, () => {
      const { values } = triedIn({ columns: { x: data }, contract: inputsOf(datatype, { name: "x" }) });

      const numbers = values.map(Number);
      const astray = numbers.filter((x, i) => x < low || x > high || x <= (numbers[i - 1] ?? -Infinity));
      assert.deepEqual(astray, []);
    });

  for (const { fact, given, values } of [
    {
      fact: "takes the categories of a column of text in the contract's order",
      given: {
        columns: { x: ["low", "high"] },
        declared: { x: { categories: ["low", "middle", "high"] } },
      },
      values: ["low", "middle", "high"],
    },
    {
      fact: "takes the texts that occur where there are no categories",
      given: { columns: { x: ["b", "a"] } },
      values: ["a", "b"],
    },
    {
      fact: "takes the categories of a column of numbers, ascending, and nothing between",
      given: { columns: { x: [1, 1] }, declared: { x: { categories: [2, 10, 1, 0] } } },
      values: [0, 1, 2, 10],
    },
    {
      fact: "takes all of many categories of text",
      given: {
        columns: { x: ["word 0", "word 7"] },
        declared: { x: { categories: sequence(200, (i) => `word ${i}`) } },
      },
      values: sequence(200, (i) => `word ${i}`),
    },
    {
      fact: "takes all of many categories of numbers",
      given: { columns: { x: [0, 7] }, declared: { x: { categories: sequence(300, (i) => i) } } },
      values: sequence(300, (i) => i),
    },
    {
      fact: "takes 200 of more texts, evenly spaced",
      given: {
        columns: { x: ["word 0", "word 7"] },
        declared: { x: { categories: sequence(400, (i) => `word ${i}`) } },
      },
      values: sequence(200, (i) => `word ${2 * i}`),
    },
    {
      fact: "takes the one value of a column that holds the same value in every row",
      given: { columns: { x: [7, 7] } },
      values: [7],
    },
  ] satisfies readonly { fact: string; given: Given; values: readonly (number | string)[] }[])
    it(fact, () => {
      const { rows, values: tried } = triedIn(given);

      assert.deepEqual([rows, tried], [2 * values.length, values]);
    });

  it("writes integers of 64 bits, and leaves the others to their last digit", () => {
    const { contract, holdout } = evidenceOf(
      asking([{ feature: "x", score: "stays" }], {
        columns: { x: [5, 6], y: [1, 2 ** 53] },
        contract: inputsOf("INT64", { name: "x", min: 5, max: 6 }, { name: "y" }),
      }),
    );
    const exact = { y: BigInt64Array.of(1n, 9007199254740993n) };
    const value = { ...holdout!.value!, exact };

    const { "invariance 0": table } = invarianceTables(contract, value);

    assert.deepEqual(
      table!.inputs(0, 4)["numbers"]!.data,
      BigInt64Array.of(5n, 1n, 6n, 1n, 5n, 9007199254740993n, 6n, 9007199254740993n),
    );
    assert.deepEqual(value.columns["x"], Float64Array.of(5, 6));
  });

  it("makes one for each invariance, and none if the contract has none", () => {
    const columns = { x: [1, 2], y: [3, 4] };

    assert.deepEqual(
      Object.keys(
        tablesOf(
          evidenceOf(
            asking(
              [
                { feature: "x", score: "stays" },
                { feature: "y", score: "stays" },
              ],
              { columns },
            ),
          ),
        ),
      ),
      ["invariance 0", "invariance 1"],
    );
    assert.deepEqual(tablesOf(evidenceOf({ columns })), {});
  });
});

const dipping = (x: number) => (x > 150 && x < 156 ? 0.25 : (x + 200) / 1000);

describe("checkInvariances", () => {
  const columns = { x: [640, 700, 800], y: [1, 2, 3] };
  /** Three values are tried, and no other. */
  const declared = { x: { categories: [640, 700, 800] } };

  for (const { score, by } of [
    { score: "increases", by: (x: number) => x / 1000 },
    { score: "decreases", by: (x: number) => -x / 1000 },
    { score: "stays", by: () => 0.5 },
    { score: "increases", by: () => 0.5 },
    { score: "decreases", by: () => 0.5 },
  ] as const)
    it(`accepts ${by(1) === 0.5 ? "an unchanged score" : "what the contract says"} where it says ${score}`, () => {
      for (const given of [{ columns }, { columns, declared }])
        assert.deepEqual(judge({ feature: "x", score }, given, by), {
          outcome: "judged",
          found: "1 of 1 invariance kept on 3 rows",
          objections: [],
          warnings: [],
        });
    });

  for (const { fact, low, high, given } of [
    {
      fact: "of the declared range, far beyond the data, too",
      low: 0,
      high: 1000,
      given: { columns: { x: [400, 401, 600] }, declared: { x: { min: 0, max: 1000 } } },
    },
    {
      fact: "between values of the data that are far apart",
      low: -1,
      high: 1,
      given: { columns: { x: [-1, 1] }, declared: { x: { min: -1, max: 1 } } },
    },
    {
      fact: "up to one span beyond the data, where nothing is declared",
      low: -500,
      high: 1000,
      given: { columns: { x: [0, 500] } },
    },
    {
      fact: "of a range of whole numbers",
      low: 0,
      high: 150,
      given: { columns: { x: [1, 149] }, contract: inputsOf("INT64", { name: "x", min: 0, max: 150 }) },
    },
  ] satisfies readonly { fact: string; low: number; high: number; given: Given }[])
    for (const { score, sign } of [
      { score: "increases", sign: -1 },
      { score: "decreases", sign: 1 },
      { score: "stays", sign: 1 },
    ] as const)
      it(`finds what is against ${score} on 2 % of the range, anywhere in it: ${fact}`, () => {
        const width = (high - low) / 50;
        // The first value has none before it to rise or fall from.
        const starts = sequence(99, (i) => low + ((high - low - width) * (i + 1)) / 100);

        const missed = starts.filter((start) => {
          const bump = (x: number) => 0.5 + (x > start && x < start + width ? sign / 4 : 0);
          return judge({ feature: "x", score }, given, bump).objections.length === 0;
        });

        assert.deepEqual(missed, []);
      });

  it("names what it finds where the data has nothing", () => {
    assert.deepEqual(judge({ feature: "x", score: "increases" }, { columns: { x: [0, 100] } }, dipping), {
      outcome: "judged",
      found: "0 of 1 invariance kept on 2 rows",
      objections: [
        {
          what: "the score of class 1 falls from 0.3490 to 0.2500 when x grows from 149 to 152 (line 2), in 2 of 2 rows.",
          where: "model/contract.json, /validation/invariances/0",
          fix: CONSTRAIN,
        },
      ],
      warnings: [],
    });
  });

  it("names a category beyond the eighth", () => {
    const categories = sequence(20, (i) => `word ${String.fromCharCode(97 + i)}`);
    const evidence = evidenceOf(
      asking([{ feature: "word", score: "stays" }], {
        columns: { word: ["word a", "word b"] },
        declared: { word: { categories } },
      }),
    );
    const data = Float32Array.from(sequence(40, (i) => (i === 20 + 16 ? [0.25, 0.75] : [0.5, 0.5])).flat());

    const { objections } = checkWith(evidence, {
      "invariance 0": answered({ scores: { shape: [40, 2], data } }),
    });

    assert.deepEqual(objections, [
      {
        what: 'the score of class 1 rises from 0.5000 to 0.7500 when word goes from "word a" to "word q" (line 3), in 1 of 2 rows.',
        where: "model/contract.json, /validation/invariances/0",
        fix: "train without word, or correct what the contract says",
      },
    ]);
  });

  for (const { fact, invariance, by, what, fix } of [
    {
      fact: "names the largest fall, over however many values",
      invariance: { score: "increases" },
      by: (x: number) => ({ 640: 0.8123, 700: 0.8, 800: 0.7312 })[x]!,
      what: "the score of class 1 falls from 0.8123 to 0.7312 when x grows from 640 to 800 (line 2), in 3 of 3 rows.",
      fix: CONSTRAIN,
    },
    {
      fact: "names a fall after a rise",
      invariance: { score: "increases" },
      by: (x: number) => ({ 640: 0.1, 700: 0.8, 800: 0.5 })[x]!,
      what: "the score of class 1 falls from 0.8000 to 0.5000 when x grows from 700 to 800 (line 2), in 3 of 3 rows.",
      fix: CONSTRAIN,
    },
    {
      fact: "names a rise",
      invariance: { score: "decreases" },
      by: (x: number) => x / 1000,
      what: "the score of class 1 rises from 0.6400 to 0.8000 when x grows from 640 to 800 (line 2), in 3 of 3 rows.",
      fix: CONSTRAIN,
    },
    {
      fact: "looks at the class that is meant",
      invariance: { score: "increases", class: 0 },
      by: (x: number) => x / 1000,
      what: "the score of class 0 falls from 0.3600 to 0.2000 when x grows from 640 to 800 (line 2), in 3 of 3 rows.",
      fix: CONSTRAIN,
    },
    {
      fact: "names any change of what must stay, with the digits that tell it",
      invariance: { score: "stays" },
      by: (x: number) => (x === 700 ? 0.50001 : 0.5),
      what: "the score of class 1 rises from 0.50000 to 0.50001 when x grows from 640 to 700 (line 2), in 3 of 3 rows.",
      fix: "train without x, or correct what the contract says",
    },
    {
      fact: "names a fall of what must stay",
      invariance: { score: "stays" },
      by: (x: number) => (x === 800 ? 0.25 : 0.5),
      what: "the score of class 1 falls from 0.5000 to 0.2500 when x grows from 640 to 800 (line 2), in 3 of 3 rows.",
      fix: "train without x, or correct what the contract says",
    },
    {
      fact: "does not take a NaN for kept",
      invariance: { score: "increases" },
      by: (x: number) => (x === 700 ? Number.NaN : x / 1000),
      what: "the score of class 1 changes from 0.6400 to NaN when x grows from 640 to 700 (line 2), in 3 of 3 rows.",
      fix: CONSTRAIN,
    },
  ] as const)
    it(fact, () => {
      assert.deepEqual(judge({ feature: "x", ...invariance }, { columns, declared }, by), {
        outcome: "judged",
        found: "0 of 1 invariance kept on 3 rows",
        objections: [{ what, where: "model/contract.json, /validation/invariances/0", fix }],
        warnings: [],
      });
    });

  it("names the line of the row in which it is worst, and counts those in which it is not kept", () => {
    const evidence = evidenceOf(
      asking([{ feature: "x", score: "increases" }], {
        columns: { x: [1, 2, 1, 2] },
        declared: { x: { categories: [1, 2] } },
      }),
    );
    const scores = [0, 1, 0.5, 0.25, 0.5, 0.125, 1, 1].flatMap((score) => [0, score]);

    const check = checkWith(evidence, {
      "invariance 0": answered({ scores: { shape: [8, 2], data: Float32Array.from(scores) } }),
    });

    assert.deepEqual(
      check.objections.map(({ what }) => what),
      ["the score of class 1 falls from 0.5000 to 0.1250 when x grows from 1 to 2 (line 4), in 2 of 4 rows."],
    );
  });

  for (const { tolerance, change, kept } of [
    { tolerance: undefined, change: 2 ** -21, kept: 1 },
    { tolerance: undefined, change: 2 ** -20, kept: 0 },
    { tolerance: 0.25, change: 0.25, kept: 1 },
    { tolerance: 0.25, change: 0.26, kept: 0 },
    { tolerance: 0, change: 2 ** -30, kept: 0 },
  ])
    it(`${kept ? "accepts" : "refuses"} a fall by ${change} where ${tolerance ?? "nothing"} is tolerated`, () => {
      const invariance = {
        feature: "x",
        score: "increases" as const,
        ...(tolerance !== undefined && { tolerance }),
      };

      const { found } = judge(invariance, { columns, declared }, (x) => (x === 640 ? 0.5 : 0.5 - change));

      assert.equal(found, `${kept} of 1 invariance kept on 3 rows`);
    });

  it("speaks of the prediction of a regression", () => {
    const given: Given = { task: "regression", columns, declared, targets: [1, 2, 3] };

    const { objections } = judge({ feature: "x", score: "increases" }, given, (x) => -x);

    assert.deepEqual(
      objections.map(({ what }) => what),
      [
        "the prediction falls from -640.0000 to -800.0000 when x grows from 640 to 800 (line 2), in 3 of 3 rows.",
      ],
    );
  });

  it("says of text that it goes from one to another", () => {
    const evidence = evidenceOf(
      asking([{ feature: "sex", score: "stays" }], { columns: { sex: ["f", "m"] } }),
    );
    const data = Float32Array.of(0.5, 0.5, 0.25, 0.75, 0.5, 0.5, 0.5, 0.5);

    const check = checkWith(evidence, { "invariance 0": answered({ scores: { shape: [4, 2], data } }) });

    assert.deepEqual(
      check.objections.map(({ what }) => what),
      [
        'the score of class 1 rises from 0.5000 to 0.7500 when sex goes from "f" to "m" (line 2), in 1 of 2 rows.',
      ],
    );
  });

  it("speaks of the last score where the contract names no classes", () => {
    const evidence = evidenceOf(
      asking([{ feature: "x", score: "increases" }], {
        columns: { x: [1, 2] },
        declared: { x: { categories: [1, 2] } },
      }),
    );
    const { classes: _, ...contract } = evidence.contract;
    const data = Float32Array.of(0, 1, 0, 0.5, 0, 1, 0, 1);

    const check = checkWith(
      { ...evidence, contract },
      { "invariance 0": answered({ scores: { shape: [4, 2], data } }) },
    );

    assert.deepEqual(
      check.objections.map(({ what }) => what),
      ["the last score falls from 1.0000 to 0.5000 when x grows from 1 to 2 (line 2), in 1 of 2 rows."],
    );
  });

  it("refuses a model that fails on a value, and judges the others", () => {
    const evidence = evidenceOf(
      asking(
        [
          { feature: "x", score: "stays" },
          { feature: "y", score: "stays" },
        ],
        { columns: { x: [1], y: [1] } },
      ),
    );
    const outputs = { scores: { shape: [1, 2], data: Float32Array.of(0, 1) } };

    const check = checkWith(evidence, {
      "invariance 0": answered(outputs),
      "invariance 1": { error: "no such key" },
    });

    assert.deepEqual(check, {
      outcome: "judged",
      found: "1 of 2 invariances kept on 1 row",
      objections: [
        {
          what: "The model fails on rows in which only y is changed: no such key.",
          where: "model/contract.json, /validation/invariances/1",
          fix: "export the model so that it takes every value that the contract declares",
        },
      ],
      warnings: [],
    });
  });

  const evidence = evidenceOf(
    asking(
      [
        { feature: "x", score: "stays" },
        { feature: "y", score: "stays" },
      ],
      { columns: { x: [1], y: [1] } },
    ),
  );
  const kept = answered({ scores: { shape: [1, 2], data: Float32Array.of(0, 1) } });

  it("passes on the fix for a model that fails, if there is one", () => {
    const tooLong = { error: "it was not done after 120 s of processor time", fix: "give it more time" };

    assert.deepEqual(checkWith(evidence, { "invariance 0": kept, "invariance 1": tooLong }).objections, [
      {
        what: "The model fails on rows in which only y is changed: it was not done after 120 s of processor time.",
        where: "model/contract.json, /validation/invariances/1",
        fix: "give it more time",
      },
    ]);
  });

  it("does not judge what was not run", () => {
    assert.deepEqual(outcomeWith(evidence, { "invariance 0": kept, "invariance 1": ENDED }), {
      outcome: "notJudged",
      why: "the model's process ended before that",
      fault: "model",
    });
  });

  it("blames the machine for what it has kept from being run", () => {
    assert.deepEqual(outcomeWith(evidence, { "invariance 0": kept, "invariance 1": KILLED }), {
      outcome: "notJudged",
      why: "The process was ended by SIGKILL.",
      fault: "machine",
      fix: "judge it again",
    });
  });

  it("objects to one that is not kept, though another was not run", () => {
    const check = checkWith(evidence, { "invariance 0": { error: "no such key" }, "invariance 1": KILLED });

    assert.deepEqual(
      check.objections.map(({ where }) => where),
      ["model/contract.json, /validation/invariances/0"],
    );
  });

  it("does not judge by a holdout that cannot be used", () => {
    assert.deepEqual(checkInvariances.judge(withoutHoldout(evidence)), {
      outcome: "notJudged",
      why: "the holdout cannot be used",
      fault: "model",
    });
  });

  it("is asked for where the contract names one", () => {
    const champion = { none: "" };
    const { contract } = evidenceOf({ columns });

    assert.equal(checkInvariances.notAsked?.({ ...evidence, champion }), undefined);
    assert.equal(checkInvariances.notAsked?.({ contract, demands: {}, champion }), "the contract names none");
  });
});
