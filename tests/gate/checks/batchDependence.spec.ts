import assert from "node:assert/strict";
import type { Contract } from "../../../contract/contract.ts";
import type { TensorValues } from "../../../contract/tensors.ts";
import { checkBatchDependence } from "../../../gate/checks/batchDependence.ts";
import { pickRows } from "../../../gate/data/pickRows.ts";
import type { Evidence } from "../../../gate/evidence/evidence.ts";
import type { Measurements, TableAnswers } from "../../../gate/measure/measurements.ts";
import type { ModelFacts } from "../../../gate/onnx/inspect.ts";
import {
  answered,
  contractOf,
  ENDED,
  evidenceOf,
  type Given,
  KILLED,
  sequence,
  withoutHoldout,
} from "../../support/evidence.ts";

const FIX =
  "export the model without operators that look across rows: batch normalisation in training mode, a mean or a ranking over the first axis";
const SLIGHT =
  "do nothing if only the order of sums differs, as in deep networks; otherwise export the model without operators that look across rows";
const QUANTISED =
  'the model is quantised dynamically, so its scale depends on all rows of a run: quantise it statically (onnxruntime.quantization.quantize_static), or accept it: "batchDependence": "warn" in model/contract.json, /validation/findings';
const finding = (output: string, what: string, fix = FIX) => ({
  what,
  where: `model/model.onnx, output ${output}`,
  fix,
});
const slight = (output: string, what: string, fix = SLIGHT) =>
  finding(output, `${what}, and no answer changes.`, fix);

const ROWS = 100;
/** The 64 of 100 rows that are run alone. */
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
type Tables = Measurements["tables"];
const tablesOf = (among: Answer, alone: Answer): Tables => ({
  holdout: answered(answers(sequence(ROWS, among))),
  "rows alone, twice": twice(answered(answers(PICKED.map(alone)))),
});
/** The same rows once more. */
const twice = (alone: TableAnswers): TableAnswers => {
  const rows = Object.values(alone.outputs)[0]!.shape[0]!;
  const picked = Int32Array.from({ length: 2 * rows }, (_, i) => i % rows);
  return { ...alone, outputs: pickRows(alone.outputs, picked) };
};
const answers = (rows: readonly ReturnType<Answer>[]) =>
  classified(
    rows.map(([label]) => label),
    rows.flatMap(([, ...scores]) => scores),
  );
const evidenceWith = (tables: Tables, more: Partial<Given> = {}) =>
  evidenceOf({ ...given, ...more, measured: { ...more.measured, tables } });
const judge = (tables: Tables, more: Partial<Given> = {}) => judged(evidenceWith(tables, more));

/** The outcome of a check that can be judged. */
function judged(evidence: Evidence) {
  const check = checkBatchDependence.judge(evidence);
  assert(check.outcome === "judged");
  return check;
}

const usual: Answer = (row) => [BigInt(row % 2), 0.25, 0.75];
/** The first row's label, whose score is higher by this much. */
const firstRow =
  (label: bigint, lead: number): Answer =>
  (row) =>
    row === 0 ? [label, 0.5 + lead, 0.5] : usual(row);
const words = (...data: string[]) => answered({ label: { shape: [2], data } });

/** Two rows of a model that gives no label. */
const scored = (...scores: readonly number[]) =>
  answered({ scores: { shape: [2, 2], data: Float32Array.from(scores) } });

/** One row whose first and last class have the same score. */
const tied = (label: bigint) =>
  answered({
    label: { shape: [1], data: BigInt64Array.of(label) },
    scores: { shape: [1, 3], data: Float32Array.of(0.45, 0.1, 0.45) },
  });

const otherLabel: Answer = (row) => (row === 98 ? [1n, 0.25, 0.75] : usual(row));
const otherScore: Answer = (row) => (row === 98 ? [0n, 0.25, 0.5] : usual(row));

/** Facts of the model's file. It is quantised if it has such operators. */
const factsOf = (operators: readonly string[]): ModelFacts => ({
  irVersion: 10,
  producer: "",
  opsets: [],
  operators,
  functions: [],
  externalData: [],
});

/** Answers to two rows. The first is 7 each time by default. */
const tablesWith = (among: number, alone: number, other = 7): Tables => ({
  holdout: answered(estimated([other, among])),
  "rows alone, twice": twice(answered(estimated([other, alone]))),
});

const regression = (tolerance = 0): Partial<Given> => ({
  task: "regression",
  columns: { x: [1, 2] },
  validation: { golden: { file: "golden.json", tolerance } },
});

const whole = (...values: bigint[]) =>
  answered({ value: { shape: [2, 1], data: BigInt64Array.from(values) } });

const text = (...data: string[]) => answered({ value: { shape: [2, 1], data } });

const firstScored =
  (label: bigint, score: number): Answer =>
  (row) =>
    row === 0 ? [label, 1 - score, score] : usual(row);

const asked = ({ contract, demands }: Evidence) =>
  checkBatchDependence.notAsked?.({ contract, demands, champion: { none: "" } });

const extras = (values: readonly number[]) => ({
  extra: { shape: [values.length], data: Float32Array.from(values) },
});
/** With a further output, by row. */
const withExtra = (among: (row: number) => number, alone = among, again = alone): Tables => {
  const { holdout, "rows alone, twice": rows } = tablesOf(usual, usual);
  const all = sequence(ROWS, (row) => row);
  return {
    holdout: holdout!,
    "rows alone, twice": answered({
      ...(rows as TableAnswers).outputs,
      ...extras([...PICKED.map(alone), ...PICKED.map(again)]),
    }),
    "rows together, twice": answered({
      ...answers([...all, ...all].map(usual)),
      ...extras([...all, ...all].map(among)),
    }),
  };
};

describe("checkBatchDependence", () => {
  it("accepts the same answers", () => {
    assert.deepEqual(checkBatchDependence.judge(evidenceWith(tablesOf(usual, usual))), {
      outcome: "judged",
      found: "64 rows alone and among others, 0 outputs differing",
      objections: [],
      warnings: [],
    });
  });

  it("names the first row with another label, and counts all", () => {
    const check = judge(tablesOf(usual, (row) => (row >= 95 ? [5n, 0.25, 0.75] : usual(row))));

    // Rows 95, 96 and 98, the last that are run alone, are in lines 97, 98 and 100.
    assert.deepEqual(check, {
      outcome: "judged",
      found: "64 rows alone and among others, 1 output differing",
      objections: [
        finding(
          "label",
          "label for line 97 is 5 when that row is run alone, and 1 among other rows; 3 of 64 rows differ.",
        ),
      ],
      warnings: [],
    });
  });

  it("refuses a label, and says nothing more of the scores that differ with it", () => {
    const check = judge(
      tablesOf(usual, (row) => (row >= 97 ? [5n, 0.25, 0.5] : row === 3 ? [1n, 0.125, 0.75] : usual(row))),
    );

    assert.deepEqual(check, {
      outcome: "judged",
      found: "64 rows alone and among others, 2 outputs differing",
      objections: [
        finding(
          "label",
          "label for line 100 is 5 when that row is run alone, and 0 among other rows; 1 of 64 rows differs.",
        ),
      ],
      warnings: [],
    });
  });

  it("only warns of scores that differ and change no label, naming the place where they differ most", () => {
    const { warnings } = judge(tablesOf(usual, (row) => (row === 0 ? [0n, 0.125, 0.25] : usual(row))));

    assert.deepEqual(warnings, [
      slight(
        "scores",
        "scores[1] for line 2 is 0.25 when that row is run alone, and 0.75 among other rows; 1 of 64 rows differs",
        FIX,
      ),
    ]);
  });

  it("takes a small difference for the rounding of a deep network", () => {
    const { warnings } = judge(tablesOf(usual, (row) => (row === 0 ? [0n, 0.25, 0.7578125] : usual(row))));

    assert.deepEqual(warnings, [
      slight(
        "scores",
        "scores[1] for line 2 is 0.7578125 when that row is run alone, and 0.75 among other rows; 1 of 64 rows differs",
      ),
    ]);
  });

  it("counts several", () => {
    const check = judge(tablesOf(usual, (row) => (row < 3 ? [BigInt(row % 2), 0.5, 0.75] : usual(row))));

    assert.deepEqual(
      [check.objections, check.warnings],
      [
        [],
        [
          slight(
            "scores",
            "scores[0] for line 2 is 0.5 when that row is run alone, and 0.25 among other rows; 2 of 64 rows differ",
            FIX,
          ),
        ],
      ],
    );
  });

  describe("of a further output", () => {
    const extra: Contract["outputs"][number] = { name: "extra", datatype: "FP32", shape: [-1] };
    const { outputs } = contractOf(given);
    const more: Partial<Given> = { contract: { outputs: [...outputs, extra] } };
    it("refuses numbers that depend on the company", () => {
      const { objections } = judge(
        withExtra(
          (row) => row - 50,
          () => 0,
        ),
        more,
      );

      assert.deepEqual(objections, [
        finding(
          "extra",
          "extra for line 2 is 0 when that row is run alone, and -50 among other rows; 63 of 64 rows differ.",
        ),
      ]);
    });

    it("refuses a NaN that only a row alone has", () => {
      const { objections } = judge(
        withExtra(
          () => 1,
          () => Number.NaN,
        ),
        more,
      );

      assert.match(
        objections[0]!.what,
        /^extra for line 2 is NaN when that row is run alone, and 1 among other/,
      );
    });

    it("leaves it out if it is random, and the contract takes that; and judges the others", () => {
      const random = withExtra(
        (row) => row,
        (row) => row + 1,
        (row) => row + 2,
      );
      const { holdout } = tablesOf((row) => [1n - BigInt(row % 2), 0.25, 0.75], usual);
      const lenient = { ...more, validation: { findings: { nondeterminism: "warn" as const } } };

      assert.deepEqual(judge(random, lenient), {
        outcome: "judged",
        found:
          "64 rows alone and among others, 0 outputs differing, without extra, which the contract allows to be random",
        objections: [],
        warnings: [],
      });
      assert.equal(judge({ ...random, holdout: holdout! }, lenient).objections.length, 1);
    });
  });

  describe("of a regression", () => {
    const ACCEPTS = { verb: "accepts", counts: [0, 0] };
    const WARNS = { verb: "warns of", counts: [0, 1] };
    const REFUSES = { verb: "refuses", counts: [1, 0] };

    for (const { fact, tolerance, among, alone, other, expected } of [
      { fact: "a rounding of 0.01 %", tolerance: 0, among: 1000, alone: 1000.09, expected: ACCEPTS },
      { fact: "a difference of 0.02 %", tolerance: 0, among: 1000, alone: 1000.2, expected: WARNS },
      { fact: "a rounding near 0", tolerance: 0, among: 0, alone: 9e-7, expected: ACCEPTS },
      { fact: "a difference near 0", tolerance: 0, among: 0, alone: 3e-6, expected: WARNS },
      { fact: "what the golden requests tolerate", tolerance: 0.5, among: 1, alone: 1.5, expected: ACCEPTS },
      {
        fact: "more than the golden requests tolerate",
        tolerance: 0.5,
        among: 1,
        alone: 1.75,
        expected: REFUSES,
      },
      {
        fact: "what is rounded of a number, and is more than 1 % of what tells the answers apart",
        tolerance: 0,
        among: 1e6,
        alone: 1e6 + 50,
        other: 1e6 - 100,
        expected: REFUSES,
      },
      {
        fact: "a step of float32 where the answers differ by as little",
        tolerance: 0,
        among: 1e6,
        alone: 1e6 + 0.25,
        other: 1e6 - 0.25,
        expected: ACCEPTS,
      },
      { fact: "a NaN in both", tolerance: 0, among: Number.NaN, alone: Number.NaN, expected: ACCEPTS },
      { fact: "a NaN in one", tolerance: 0, among: 1, alone: Number.NaN, expected: REFUSES },
    ])
      it(`${expected.verb} ${fact}`, () => {
        const { objections, warnings } = judge(tablesWith(among, alone, other), regression(tolerance));

        assert.deepEqual([objections.length, warnings.length], expected.counts);
      });

    // The standard deviation of 0 and 200 is 100.
    it("warns of a difference of 1 % of the answers' spread", () => {
      assert.deepEqual(judge(tablesWith(200, 201, 0), regression()), {
        outcome: "judged",
        found: "2 rows alone and among others, 1 output differing",
        objections: [],
        warnings: [
          slight(
            "value",
            "value for line 3 is 201 when that row is run alone, and 200 among other rows; 1 of 2 rows differs",
          ),
        ],
      });
    });

    it("refuses a larger one", () => {
      assert.deepEqual(judge(tablesWith(200, 201.5, 0), regression()), {
        outcome: "judged",
        found: "2 rows alone and among others, 1 output differing",
        objections: [
          finding(
            "value",
            "value for line 3 is 201.5 when that row is run alone, and 200 among other rows; 1 of 2 rows differs.",
          ),
        ],
        warnings: [],
      });
    });

    it("refuses any difference where all answers are the same", () => {
      assert.deepEqual(judge(tablesWith(7, 7.25), regression()).objections, [
        finding(
          "value",
          "value for line 3 is 7.25 when that row is run alone, and 7 among other rows; 1 of 2 rows differs.",
        ),
      ]);
    });

    it("refuses another whole number, though the model gives no floats", () => {
      assert.deepEqual(
        judge({ holdout: whole(0n, 200n), "rows alone, twice": twice(whole(0n, 100n)) }, regression())
          .objections,
        [
          finding(
            "value",
            "value for line 3 is 100 when that row is run alone, and 200 among other rows; 1 of 2 rows differs.",
          ),
        ],
      );
    });
  });

  it("refuses another text of a raw model", () => {
    assert.deepEqual(
      judge(
        { holdout: text("a", "b"), "rows alone, twice": twice(text("a", "c")) },
        { task: "raw", columns: { x: [1, 2] } },
      ).objections,
      [
        finding(
          "value",
          "value for line 3 is c when that row is run alone, and b among other rows; 1 of 2 rows differs.",
        ),
      ],
    );
  });

  it("refuses a score that is a number only among other rows", () => {
    const { objections } = judge(tablesOf(usual, (row) => (row === 0 ? [0n, 0.25, Number.NaN] : usual(row))));

    assert.deepEqual(objections, [
      finding(
        "scores",
        "scores[1] for line 2 is NaN when that row is run alone, and 0.75 among other rows; 1 of 64 rows differs.",
      ),
    ]);
  });

  it("lets rounding decide a label whose scores are as good as equal", () => {
    assert.deepEqual(judge(tablesOf(firstRow(0n, 1e-6), firstRow(1n, 1e-6))).objections, []);
  });

  it("lets it decide among three classes, wherever the two highest scores stand", () => {
    const columns = { x: [1] };
    const check = judge(
      { holdout: tied(0n), "rows alone, twice": twice(tied(2n)) },
      { columns, targets: [0, 1, 2] },
    );

    assert.deepEqual([check.objections, check.warnings], [[], []]);
  });

  it("does not let it decide the scores themselves", () => {
    const tables = tablesOf(firstRow(0n, 0), (row) => (row === 0 ? [0n, 0.9, 0.1] : usual(row)));

    assert.deepEqual(
      judge(tables).warnings.map(({ where }) => where),
      ["model/model.onnx, output scores"],
    );
  });

  it("does not let rounding decide another label", () => {
    assert.deepEqual(judge(tablesOf(firstRow(0n, 0.01), firstRow(1n, 0.01))).objections, [
      finding(
        "label",
        "label for line 2 is 1 when that row is run alone, and 0 among other rows; 1 of 64 rows differs.",
      ),
    ]);
  });

  for (const { score, objections } of [
    { score: 0.3, objections: 0 },
    { score: 0.30001, objections: 0 },
    { score: 0.31, objections: 1 },
    { score: 0.5, objections: 1 },
  ])
    it(`${objections === 0 ? "lets it decide" : "refuses"} another label with a score of ${score}, where 0.3 is the threshold`, () => {
      const contract = { decision: "threshold", threshold: 0.3 } as const;

      const check = judge(tablesOf(firstScored(1n, score), firstScored(0n, score)), { contract });

      assert.deepEqual([check.objections.length, check.warnings.length], [objections, 0]);
    });

  it("compares the labels that are made from the scores of a model that gives none", () => {
    const columns = { x: [1, 2] };
    const { prediction: _, ...contract } = contractOf({ columns, targets: ["a", "b"] });
    const tables = {
      holdout: scored(0.25, 0.75, 0.4, 0.6),
      "rows alone, twice": twice(scored(0.25, 0.75, 0.6, 0.4)),
    };

    const { objections } = judged({ ...evidenceOf({ columns, measured: { tables } }), contract });

    assert.deepEqual(objections, [
      finding(
        "scores",
        "the label for line 3 is a when that row is run alone, and b among other rows; 1 of 2 rows differs.",
      ),
    ]);
  });

  it("compares labels of text, even without scores", () => {
    const columns = { x: [1, 2] };
    const { scores: _, ...contract } = contractOf({ columns, targets: ["a", "b"] });
    const tables = { holdout: words("a", "b"), "rows alone, twice": twice(words("a", "a")) };

    const { objections } = judged({ ...evidenceOf({ columns, measured: { tables } }), contract });

    assert.deepEqual(objections, [
      finding(
        "label",
        "label for line 3 is a when that row is run alone, and b among other rows; 1 of 2 rows differs.",
      ),
    ]);
  });

  for (const operator of ["ai.onnx:DynamicQuantizeLinear", "com.microsoft:DynamicQuantizeMatMul"])
    it(`says of a model with ${operator} that it is quantised dynamically`, () => {
      const facts = factsOf(["ai.onnx:MatMulInteger", operator]);

      const model = { size: 1, facts };
      const [ofLabel, ofScores] = [otherLabel, otherScore].map((alone) =>
        judged({ ...evidenceWith(tablesOf(usual, alone)), model }),
      );

      assert.deepEqual(
        [ofLabel!.objections, ofScores!.warnings],
        [
          [
            finding(
              "label",
              "label for line 100 is 1 when that row is run alone, and 0 among other rows; 1 of 64 rows differs.",
              QUANTISED,
            ),
          ],
          [
            finding(
              "scores",
              "scores[1] for line 100 is 0.5 when that row is run alone, and 0.75 among other rows; 1 of 64 rows differs, and no answer changes.",
              QUANTISED.replace('"warn"', '"ignore"'),
            ),
          ],
        ],
      );
    });

  it("says so of no other", () => {
    const tables = tablesOf(usual, (row) => (row === 98 ? [1n, 0.25, 0.75] : usual(row)));
    const facts = factsOf(["ai.onnx:QuantizeLinear", "ai.onnx:MatMulInteger", "ai.onnx:DequantizeLinear"]);

    const { objections } = judged({ ...evidenceWith(tables), model: { size: 1, facts } });

    assert.deepEqual(objections, [
      finding(
        "label",
        "label for line 100 is 1 when that row is run alone, and 0 among other rows; 1 of 64 rows differs.",
      ),
    ]);
  });

  it("refuses a model that fails on a row alone", () => {
    assert.deepEqual(judge({ ...tablesOf(usual, usual), "rows alone, twice": { error: "bad shape" } }), {
      outcome: "judged",
      found: "64 rows alone",
      objections: [
        {
          what: "The model answers rows together, but fails on a row alone: bad shape.",
          where: "model/model.onnx",
          fix: "export the model so that it takes any number of rows",
        },
      ],
      warnings: [],
    });
  });

  for (const { action, counts } of [
    { action: "refuse", counts: [2, 0] }, // of the scores, too, though they change no label
    { action: "warn", counts: [0, 1] },
    { action: "ignore", counts: [0, 0] },
  ] as const)
    it(`does with it what the contract says: ${action}`, () => {
      const { objections, warnings } = judge(
        tablesOf(usual, () => [1n, 1, 0]),
        { validation: { findings: { batchDependence: action } } },
      );

      assert.deepEqual([objections.length, warnings.length], counts);
    });

  for (const { fact, tables, measured } of [
    {
      fact: "rows of the holdout again",
      tables: {
        "rows together, twice": answered(
          answers(sequence(2 * ROWS, (row) => [1n, 0.5, row < ROWS ? 0.5 : 0])),
        ),
      },
      measured: {},
    },
    {
      fact: "a golden request again",
      tables: {},
      measured: { golden: [{ outputs: classified([1n], [0, 1]), again: classified([1n], [0.25, 0.75]) }] },
    },
  ])
    it(`blames chance, not the neighbours, for what also differs for ${fact}`, () => {
      const different = tablesOf(usual, () => [1n, 1, 0]);

      assert.deepEqual(checkBatchDependence.judge(evidenceWith({ ...different, ...tables }, { measured })), {
        outcome: "notJudged",
        why: "the same rows are answered differently each time",
        fault: "model",
      });
    });

  it("is judged where the same rows are answered the same way again", () => {
    const tables = {
      ...tablesOf(usual, () => [1n, 1, 0]),
      "rows together, twice": answered(answers(sequence(2 * ROWS, usual))),
    };
    const golden = [{ outputs: classified([1n], [0, 1]), again: classified([1n], [0, 1]) }];

    assert.equal(judge(tables, { measured: { golden } }).objections.length, 1);
  });

  const tables = tablesOf(usual, usual);
  for (const { fact, check, why } of [
    {
      fact: "the holdout cannot be used",
      check: () => checkBatchDependence.judge(withoutHoldout(evidenceWith(tables))),
      why: "the holdout cannot be used",
    },
    {
      fact: "the model fails on the holdout",
      check: () => checkBatchDependence.judge(evidenceWith({ ...tables, holdout: { error: "It failed." } })),
      why: "the model did not answer the holdout",
    },
    {
      fact: "the model has ended its process before the holdout",
      check: () => checkBatchDependence.judge(evidenceWith({ holdout: ENDED, "rows alone, twice": ENDED })),
      why: ENDED.notRun,
    },
    {
      fact: "the model has ended its process after the holdout",
      check: () => checkBatchDependence.judge(evidenceWith({ ...tables, "rows alone, twice": ENDED })),
      why: ENDED.notRun,
    },
  ])
    it(`does not judge where ${fact}`, () => {
      assert.deepEqual(check(), { outcome: "notJudged", why, fault: "model" });
    });

  for (const missing of ["holdout", "rows alone, twice"])
    it(`blames the machine for what it has kept from being run: ${missing}`, () => {
      assert.deepEqual(checkBatchDependence.judge(evidenceWith({ ...tables, [missing]: KILLED })), {
        outcome: "notJudged",
        why: "The process was ended by SIGKILL.",
        fault: "machine",
        fix: "judge it again",
      });
    });

  it("is asked for wherever there is a holdout", () => {
    const evidence = evidenceOf(given);
    const { holdout: _, ...validation } = evidence.contract.validation!;

    assert.equal(asked(evidence), undefined);
    assert.equal(
      asked({ ...evidence, contract: { ...evidence.contract, validation } }),
      "the contract names no holdout",
    );
  });
});
