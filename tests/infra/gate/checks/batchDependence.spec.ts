import assert from "node:assert/strict";
import { batchTables, checkBatchDependence } from "../../../../infra/gate/checks/batchDependence.ts";
import type { Outcome, TensorValues } from "../../../../infra/gate/measurements.ts";
import { contractOf, evidenceOf, type Given, sequence, withoutHoldout } from "../../../support/evidence.ts";

const FIX =
  "export the model without what looks across rows: batch normalisation in training mode, a mean or a ranking over the first axis";
const objection = (output: string, what: string) => ({
  what,
  where: `model/model.onnx, output ${output}`,
  fix: FIX,
});

const ROWS = 100;
/** Of 100 rows, the 64 that are asked about alone. */
const PICKED = sequence(64, (i) => Math.floor((i * 100) / 64));

const given: Given = { columns: { x: sequence(ROWS, (i) => i), word: sequence(ROWS, (i) => `w${i}`) } };
const classified = (labels: readonly bigint[], scores: readonly number[]): TensorValues => ({
  label: { shape: [labels.length], data: BigInt64Array.from(labels) },
  scores: { shape: [labels.length, 2], data: Float32Array.from(scores) },
});
const estimated = (values: readonly number[]): TensorValues => ({
  value: { shape: [values.length, 1], data: Float32Array.from(values) },
});

/** Answers by row: label and scores. */
type Answer = (row: number) => readonly [label: bigint, ...scores: number[]];
const tablesOf = (among: Answer, alone: Answer) => ({
  holdout: { outputs: answers(sequence(ROWS, among)) },
  "rows alone": { outputs: answers(PICKED.map(alone)) },
});
const answers = (rows: readonly ReturnType<Answer>[]) =>
  classified(
    rows.map(([label]) => label),
    rows.flatMap(([, ...scores]) => scores),
  );
const judge = (tables: Record<string, Outcome<{ outputs: TensorValues }>>, more: Partial<Given> = {}) =>
  checkBatchDependence(evidenceOf({ ...given, ...more, measured: { tables } }))!;

const usual: Answer = (row) => [BigInt(row % 2), 0.25, 0.75];
/** The first row's label, whose score is by so much the higher one. */
const firstRow =
  (label: bigint, lead: number): Answer =>
  (row) =>
    row === 0 ? [label, 0.5 + lead, 0.5] : usual(row);
const words = (...data: string[]) => ({ outputs: { label: { shape: [2], data } } });

describe("batchTables", () => {
  it("takes 64 rows, evenly spaced, for runs of one row each", () => {
    const { contract, holdout } = evidenceOf(given);

    assert.deepEqual(batchTables(contract, holdout!.value!), {
      "rows alone": {
        rows: 64,
        inputs: {
          numbers: { shape: [64, 1], data: Float32Array.from(PICKED) },
          word: { shape: [64, 1], data: PICKED.map((row) => `w${row}`) },
        },
        outputs: ["label", "scores"],
        batch: 1,
      },
    });
  });

  it("takes all rows where there are fewer, and the prediction alone where there are no scores", () => {
    const { contract, holdout } = evidenceOf({ task: "regression", columns: { x: [5, 6], y: [7, 8] } });

    assert.deepEqual(batchTables(contract, holdout!.value!), {
      "rows alone": {
        rows: 2,
        inputs: { numbers: { shape: [2, 2], data: Float32Array.of(5, 7, 6, 8) } },
        outputs: ["value"],
        batch: 1,
      },
    });
  });
});

/** One row whose first and last class have the same score. */
const tied = (label: bigint) => ({
  outputs: {
    label: { shape: [1], data: BigInt64Array.of(label) },
    scores: { shape: [1, 3], data: Float32Array.of(0.45, 0.1, 0.45) },
  },
});

describe("checkBatchDependence", () => {
  it("accepts the same answers", () => {
    assert.deepEqual(judge(tablesOf(usual, usual)), {
      name: "batchDependence",
      found: "64 rows alone and among others, 0 outputs differing",
      objections: [],
      warnings: [],
    });
  });

  it("names the first row that differs in each output, and counts all", () => {
    const check = judge(tablesOf(usual, (row) => (row >= 97 ? [5n, 0.25, 0.5] : usual(row))));

    // Row 98, the last that is asked about alone, stands in line 100.
    assert.deepEqual(check, {
      name: "batchDependence",
      found: "64 rows alone and among others, 2 outputs differing",
      objections: [
        objection(
          "label",
          "label for line 100 is 5 where that row is alone, and 0 among other rows; 1 of 64 rows differs.",
        ),
        objection(
          "scores",
          "scores[1] for line 100 is 0.5 where that row is alone, and 0.75 among other rows; 1 of 64 rows differs.",
        ),
      ],
      warnings: [],
    });
  });

  it("counts several", () => {
    const { objections } = judge(
      tablesOf(usual, (row) => (row < 3 ? [BigInt(row % 2), 0.5, 0.75] : usual(row))),
    );

    assert.deepEqual(objections, [
      objection(
        "scores",
        "scores[0] for line 2 is 0.5 where that row is alone, and 0.25 among other rows; 2 of 64 rows differ.",
      ),
    ]);
  });

  for (const { fact, tolerance, among, alone, differing } of [
    { fact: "a rounding of 0.01 %", tolerance: 0, among: 1000, alone: 1000.09, differing: 0 },
    { fact: "a difference of 0.02 %", tolerance: 0, among: 1000, alone: 1000.2, differing: 1 },
    { fact: "a rounding near 0", tolerance: 0, among: 0, alone: 9e-7, differing: 0 },
    { fact: "a difference near 0", tolerance: 0, among: 0, alone: 3e-6, differing: 1 },
    { fact: "what the golden requests tolerate", tolerance: 0.5, among: 1, alone: 1.5, differing: 0 },
    { fact: "more than the golden requests tolerate", tolerance: 0.5, among: 1, alone: 1.75, differing: 1 },
    { fact: "a NaN in both", tolerance: 0, among: Number.NaN, alone: Number.NaN, differing: 0 },
    { fact: "a NaN in one", tolerance: 0, among: 1, alone: Number.NaN, differing: 1 },
  ])
    it(`${differing === 0 ? "accepts" : "refuses"} ${fact}`, () => {
      const tables = {
        holdout: { outputs: estimated([7, among]) },
        "rows alone": { outputs: estimated([7, alone]) },
      };
      const golden = { file: "golden.json", tolerance };

      const { objections } = judge(tables, {
        task: "regression",
        columns: { x: [1, 2] },
        validation: { golden },
      });

      assert.equal(objections.length, differing);
    });

  it("lets rounding decide a label whose scores are as good as equal", () => {
    assert.deepEqual(judge(tablesOf(firstRow(0n, 1e-6), firstRow(1n, 1e-6))).objections, []);
  });

  it("lets it decide among three classes, wherever the two highest scores stand", () => {
    const columns = { x: [1] };
    const check = judge({ holdout: tied(0n), "rows alone": tied(2n) }, { columns, targets: [0, 1, 2] });

    assert.deepEqual(check.objections, []);
  });

  it("does not let it decide the scores themselves", () => {
    const tables = tablesOf(firstRow(0n, 0), (row) => (row === 0 ? [0n, 0.9, 0.1] : usual(row)));

    assert.deepEqual(
      judge(tables).objections.map(({ where }) => where),
      ["model/model.onnx, output scores"],
    );
  });

  it("does not let it decide another", () => {
    assert.deepEqual(judge(tablesOf(firstRow(0n, 0.01), firstRow(1n, 0.01))).objections, [
      objection(
        "label",
        "label for line 2 is 1 where that row is alone, and 0 among other rows; 1 of 64 rows differs.",
      ),
    ]);
  });

  it("compares labels of text, though there be no scores", () => {
    const columns = { x: [1, 2] };
    const { scores: _, ...contract } = contractOf({ columns, targets: ["a", "b"] });
    const tables = { holdout: words("a", "b"), "rows alone": words("a", "a") };

    const check = checkBatchDependence({ ...evidenceOf({ columns, measured: { tables } }), contract });

    assert.deepEqual(check?.objections, [
      objection(
        "label",
        "label for line 3 is a where that row is alone, and b among other rows; 1 of 2 rows differs.",
      ),
    ]);
  });

  it("refuses a model that fails on a row alone", () => {
    const { objections } = judge({ ...tablesOf(usual, usual), "rows alone": { error: "Bad shape" } });

    assert.deepEqual(objections, [
      {
        what: "The model answers rows together, and fails on a row alone: Bad shape",
        where: "model/model.onnx",
        fix: "export the model so that it takes any number of rows",
      },
    ]);
  });

  it("does with it what the contract says", () => {
    const check = judge(
      tablesOf(usual, () => [1n, 1, 0]),
      { validation: { findings: { batchDependence: "warn" } } },
    );

    assert.deepEqual([check.objections.length, check.warnings.length], [0, 2]);
  });

  it("does not judge a model that did not answer, nor without a holdout", () => {
    const evidence = evidenceOf(given);
    const { holdout: _, ...without } = evidence;
    const tables = tablesOf(usual, usual);

    for (const check of [
      checkBatchDependence(evidence),
      checkBatchDependence(withoutHoldout(evidence)),
      judge({ ...tables, holdout: { error: "It failed." } }),
      judge({ holdout: tables.holdout }),
    ])
      assert.equal(check?.notJudged, "the model did not answer the holdout");
    assert.equal(checkBatchDependence(without), undefined);
  });
});
