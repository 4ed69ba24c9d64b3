import assert from "node:assert/strict";
import { checkInvariances, invarianceTables } from "../../../../infra/gate/checks/invariances.ts";
import type { Evidence } from "../../../../infra/gate/evidence.ts";
import type { Outcome, TensorValues } from "../../../../infra/gate/measurements.ts";
import type { Invariance } from "../../../../model/validationSchema.ts";
import { evidenceOf, type Given, sequence, withoutHoldout } from "../../../support/evidence.ts";

const CONSTRAIN =
  "train with a monotonic constraint on x (monotonic_cst in scikit-learn), or correct what the contract says";

const asking = (invariances: readonly Invariance[], given: Given): Given => ({
  ...given,
  validation: { invariances: [...invariances] },
});
const tablesOf = ({ contract, holdout }: Evidence) => invarianceTables(contract, holdout!.value!);

/** What the check says where the model's scores for class 1 come from a row's number x. */
function judge(invariance: Invariance, given: Given, score: (x: number) => number) {
  const evidence = evidenceOf(asking([invariance], given));
  const { "invariance 0": table } = tablesOf(evidence);
  const { shape, data } = table!.inputs["numbers"]!;
  const width = shape[1]!;
  const xs = Array.from(data as Float32Array).filter((_, i) => i % width === 0);
  const isRegression = given.task === "regression";
  const outputs: TensorValues = isRegression
    ? { value: { shape: [xs.length, 1], data: Float64Array.from(xs, score) } }
    : {
        scores: {
          shape: [xs.length, 2],
          data: Float64Array.from(xs.flatMap((x) => [1 - score(x), score(x)])),
        },
      };
  return checkWith(evidence, { "invariance 0": { outputs } })!;
}
const checkWith = (evidence: Evidence, tables: Record<string, Outcome<{ outputs: TensorValues }>>) =>
  checkInvariances({ ...evidence, measured: { load: { error: "" }, golden: [], tables } });

describe("invarianceTables", () => {
  it("gives each row each value that the feature takes, ascending, and leaves the others", () => {
    const columns = { y: [7, 8], x: [3, 1], word: ["a", "b"] };

    assert.deepEqual(tablesOf(evidenceOf(asking([{ feature: "x", score: "increases" }], { columns }))), {
      "invariance 0": {
        rows: 4,
        inputs: {
          numbers: { shape: [4, 2], data: Float32Array.of(7, 1, 7, 3, 8, 1, 8, 3) },
          word: { shape: [4, 1], data: ["a", "a", "b", "b"] },
        },
        outputs: ["scores"],
        batch: 1024,
      },
    });
  });

  it("takes eight values that occur, from the smallest to the largest, of 200 rows", () => {
    const x = sequence(1000, (i) => 999 - i);

    const { "invariance 0": table } = tablesOf(
      evidenceOf(asking([{ feature: "x", score: "stays" }], { task: "regression", columns: { x } })),
    );

    assert.deepEqual([table!.rows, table!.outputs], [1600, ["value"]]);
    assert.deepEqual(
      Array.from<unknown>(table!.inputs["numbers"]!.data).slice(0, 8),
      [0, 142, 285, 428, 570, 713, 856, 999],
    );
  });

  it("takes the first eight of many texts", () => {
    const word = sequence(20, (i) => `word ${String.fromCharCode(97 + i)}`);

    const { "invariance 0": table } = tablesOf(
      evidenceOf(asking([{ feature: "word", score: "stays" }], { columns: { word } })),
    );

    assert.equal(table!.rows, 20 * 8);
    assert.deepEqual(Array.from<unknown>(table!.inputs["word"]!.data).slice(0, 8), word.slice(0, 8));
  });

  it("takes each value where there are eight, however rare", () => {
    const x = sequence(1000, (i) => Math.min(i, 7));

    const { "invariance 0": table } = tablesOf(
      evidenceOf(asking([{ feature: "x", score: "stays" }], { columns: { x } })),
    );

    assert.deepEqual(
      Array.from<unknown>(table!.inputs["numbers"]!.data).slice(0, 8),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
  });

  for (const { fact, given, values } of [
    {
      fact: "takes the categories of a column of text in the contract's order",
      given: {
        columns: { x: ["low", "high"] },
        declared: { x: { categories: ["low", "middle", "high"] } },
      },
      values: ["low", "middle", "high", "low", "middle", "high"],
    },
    {
      fact: "takes the texts that occur where there are no categories",
      given: { columns: { x: ["b", "a"] } },
      values: ["a", "b", "a", "b"],
    },
    {
      fact: "takes the categories of a column of numbers, ascending",
      given: { columns: { x: [1, 1] }, declared: { x: { categories: [2, 1, 0] } } },
      values: [0, 1, 2, 0, 1, 2],
    },
  ])
    it(fact, () => {
      const { "invariance 0": table } = tablesOf(
        evidenceOf(asking([{ feature: "x", score: "stays" }], given)),
      );

      const [input] = Object.values(table!.inputs);
      assert.deepEqual(Array.from<unknown>(input!.data), values);
    });

  it("writes integers of 64 bits", () => {
    const { contract, holdout } = evidenceOf(
      asking([{ feature: "x", score: "stays" }], { columns: { x: [5, 6], y: [1, 2] } }),
    );
    const inputs = { numbers: { shape: [2, 2], data: BigInt64Array.of(5n, 1n, 6n, 2n) } };

    const { "invariance 0": table } = invarianceTables(contract, { ...holdout!.value!, inputs });

    assert.deepEqual(table!.inputs["numbers"]!.data, BigInt64Array.of(5n, 1n, 6n, 1n, 5n, 2n, 6n, 2n));
    assert.deepEqual(inputs.numbers.data, BigInt64Array.of(5n, 1n, 6n, 2n));
  });

  it("makes one for each invariance, and none where the contract has none", () => {
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

describe("checkInvariances", () => {
  const columns = { x: [640, 700, 800], y: [1, 2, 3] };

  for (const { score, by } of [
    { score: "increases", by: (x: number) => x / 1000 },
    { score: "decreases", by: (x: number) => -x / 1000 },
    { score: "stays", by: () => 0.5 },
    { score: "increases", by: () => 0.5 },
    { score: "decreases", by: () => 0.5 },
  ] as const)
    it(`accepts ${by(1) === 0.5 ? "an unchanged score" : "what the contract says"} where it says ${score}`, () => {
      assert.deepEqual(judge({ feature: "x", score }, { columns }, by), {
        name: "invariances",
        found: "1 of 1 invariance kept on 3 rows",
        objections: [],
        warnings: [],
      });
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
      const check = judge({ feature: "x", ...invariance }, { columns }, by);

      assert.equal(check.found, "0 of 1 invariance kept on 3 rows");
      assert.deepEqual(check.objections, [
        { what, where: "model/contract.json, /validation/invariances/0", fix },
      ]);
    });

  it("names the line of the row in which it is worst, and counts those in which it is not kept", () => {
    const evidence = evidenceOf(
      asking([{ feature: "x", score: "increases" }], { columns: { x: [1, 2, 1, 2] } }),
    );
    const scores = [0, 1, 0.5, 0.25, 0.5, 0.125, 1, 1].flatMap((score) => [0, score]);

    const check = checkWith(evidence, {
      "invariance 0": { outputs: { scores: { shape: [8, 2], data: Float32Array.from(scores) } } },
    });

    assert.deepEqual(
      check?.objections.map(({ what }) => what),
      ["the score of class 1 falls from 0.5000 to 0.1250 when x grows from 1 to 2 (line 4), in 2 of 4 rows."],
    );
  });

  for (const { tolerance, change, kept } of [
    { tolerance: undefined, change: 2 ** -20, kept: 1 },
    { tolerance: undefined, change: 2 ** -19, kept: 0 },
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

      const { found } = judge(invariance, { columns }, (x) => (x === 640 ? 0.5 : 0.5 - change));

      assert.equal(found, `${kept} of 1 invariance kept on 3 rows`);
    });

  it("speaks of the prediction of a regression", () => {
    const given: Given = { task: "regression", columns, targets: [1, 2, 3] };

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

    const check = checkWith(evidence, { "invariance 0": { outputs: { scores: { shape: [4, 2], data } } } });

    assert.deepEqual(
      check?.objections.map(({ what }) => what),
      [
        'the score of class 1 rises from 0.5000 to 0.7500 when sex goes from "f" to "m" (line 2), in 1 of 2 rows.',
      ],
    );
  });

  it("speaks of the last score where the contract names no classes", () => {
    const evidence = evidenceOf(asking([{ feature: "x", score: "increases" }], { columns: { x: [1, 2] } }));
    const { classes: _, ...contract } = evidence.contract;
    const data = Float32Array.of(0, 1, 0, 0.5, 0, 1, 0, 1);

    const check = checkWith(
      { ...evidence, contract },
      { "invariance 0": { outputs: { scores: { shape: [4, 2], data } } } },
    );

    assert.deepEqual(
      check?.objections.map(({ what }) => what),
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
      "invariance 0": { outputs },
      "invariance 1": { error: "No such key" },
    });

    assert.deepEqual(check, {
      name: "invariances",
      found: "1 of 2 invariances kept on 1 row",
      objections: [
        {
          what: "The model fails on rows in which only y is changed: No such key",
          where: "model/contract.json, /validation/invariances/1",
          fix: "export the model so that it takes every value that the contract declares",
        },
      ],
      warnings: [],
    });
  });

  it("does not judge what was not run, nor where nothing is asked", () => {
    const evidence = evidenceOf(asking([{ feature: "x", score: "stays" }], { columns }));

    assert.equal(checkInvariances(evidence)?.notJudged, "the model was not run on the changed rows");
    assert.equal(checkInvariances(withoutHoldout(evidence))?.notJudged, "the holdout cannot be used");
    assert.equal(checkInvariances(evidenceOf({ columns })), undefined);
  });
});
