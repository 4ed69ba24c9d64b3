import assert from "node:assert/strict";
import type { Column, Contract } from "../../../contract/contract.ts";
import type { Datatype } from "../../../contract/datatypes.ts";
import type { TensorValues } from "../../../contract/tensors.ts";
import { checkDeclaredValues, declaredTables } from "../../../gate/checks/declaredValues.ts";
import type { GoldenRequest } from "../../../gate/data/parseGolden.ts";
import type { Evidence } from "../../../gate/evidence/evidence.ts";
import type { Measurements, TableAnswers } from "../../../gate/measure/measurements.ts";
import type { NotFinite } from "../../../gate/measure/orders.ts";
import type { Finding } from "../../../gate/report/report.ts";
import {
  answered,
  ENDED,
  evidenceOf,
  type Given,
  KILLED,
  sequence,
  withInputs,
  withoutHoldout,
} from "../../support/evidence.ts";

const FIX =
  "export the model so that it answers every declared value, or declare only what it takes: callers may send this, and would get status 500";

type Value = number | string;
/** The cells of a row by column. */
type Row = Readonly<Record<string, Value>>;

const tableOf = (evidence: Evidence) => {
  const { "declared values": table, ...others } = declaredTables(evidence.contract, evidence);
  assert.deepEqual(others, {});
  return table && withInputs(table);
};

/** All rows in which something is tried. */
function rowsOf(evidence: Evidence): Row[] {
  const { rows, inputs } = tableOf(evidence)!;
  return sequence(rows, (row) =>
    Object.fromEntries(
      evidence.contract.inputs.flatMap(({ name, columns = [] }) =>
        columns.map((column, at) => [column.name, cellOf(inputs[name]!, row * columns.length + at)]),
      ),
    ),
  );
}

function cellOf({ data }: TensorValues[string], at: number): Value {
  const cell = data[at]!;
  return typeof cell === "string" ? cell : Number(cell);
}

/** The values that are tried in a column alone, in order. */
function triedIn(given: Partial<Given> & Pick<Given, "columns">, column = "x"): Value[] {
  return [...new Set(rowsOf(evidenceOf(given)).map((row) => row[column]!))];
}

const triedIfMissing = (declared: Omit<Column, "name">) =>
  triedIn({ columns: { x: [0.5] }, declared: { x: { ...declared, missing: true } } });

/** How a model answers a row: with an error, without a finite number, or well. */
type Model = (
  row: Row,
) => { readonly error: string } | { readonly nan: string; readonly output?: string } | undefined;

function answersOf(evidence: Evidence, model: Model): TableAnswers {
  const failures: { row: number; error: string }[] = [];
  const notFinite = new Map<string, NotFinite>();
  for (const [row, cells] of rowsOf(evidence).entries()) {
    const answer = model(cells);
    if (answer === undefined) continue;
    if ("error" in answer) failures.push({ row, ...answer });
    else {
      const { output = "scores", nan: value } = answer;
      const before = notFinite.get(output);
      notFinite.set(output, {
        output,
        value: before?.value ?? value,
        count: (before?.count ?? 0) + 1,
        rows: [...(before?.rows ?? []), row],
      });
    }
  }
  return answered({}, { failures, notFinite: [...notFinite.values()] });
}

const withTable = (
  evidence: Evidence,
  table: Measurements["tables"][string],
  holdout: Measurements["tables"][string] = answered({}),
): Evidence => ({
  ...evidence,
  measured: { ...evidence.measured, tables: { holdout, "declared values": table } },
});

function judge(given: Given, model: Model) {
  const evidence = evidenceOf(given);
  const check = checkDeclaredValues.judge(withTable(evidence, answersOf(evidence, model)));
  assert(check.outcome === "judged");
  return check;
}
const objectionsTo = (given: Given, model: Model) => judge(given, model).objections;

/** The values between the ends of a range: the sixteenths, except those that are named before. */
const between = (min: number, max: number, ...named: readonly number[]) =>
  sequence(15, (i) => min + ((max - min) * (i + 1)) / 16).filter((value) => !named.includes(value));

const inputsOf = (datatype: Datatype, ...columns: readonly Column[]): Partial<Contract> => ({
  inputs: [{ name: "numbers", datatype, shape: [-1, columns.length], columns: [...columns] }],
});
/** Without a holdout, but with a golden request. */
function goldenAlone(given: Given, inputs: TensorValues, contract: Partial<Contract> = {}): Evidence {
  const { holdout: _, ...evidence } = evidenceOf(given);
  const { holdout: __, ...validation } = evidence.contract.validation!;
  const request: GoldenRequest = { name: "a request", inputs, outputs: {} };
  return {
    ...evidence,
    contract: { ...evidence.contract, ...contract, validation },
    golden: { file: "model/golden.json", value: [request], findings: [] },
  };
}

const rowsWith = (values: number) =>
  tableOf(
    evidenceOf({
      columns: { x: [1, 2, 3, 4] },
      declared: { x: { categories: sequence(values, (i) => i) } },
    }),
  )!.rows;

describe("declaredTables", () => {
  it("tries each declared value in rows of the holdout, which keep their other values", () => {
    const evidence = evidenceOf({
      columns: { x: [0.5, 1.5], y: [7, 8], word: ["a", "b"] },
      declared: { x: { min: 0, max: 2 }, word: { categories: ["a"] } },
    });
    const { rows, inputs, ...table } = tableOf(evidence)!;

    const outputs = ["label", "scores"];
    assert.deepEqual(table, { outputs, returned: outputs, batch: 256, failuresWanted: true });
    const ofX = [0, 2, 1, ...between(0, 2, 1)];
    assert.equal(ofX.length, 17);
    assert.equal(rows, 2 * (17 + 1) + 512);
    assert.deepEqual(Object.keys(inputs), ["numbers", "word"]);
    assert.deepEqual(rowsOf(evidence).slice(0, 2 * (17 + 1)), [
      ...ofX.flatMap((x) => [
        { x, y: 7, word: "a" },
        { x, y: 8, word: "b" },
      ]),
      { x: 0.5, y: 7, word: "a" },
      { x: 1.5, y: 8, word: "a" },
    ]);
  });

  it("makes the rows of a run when they are wanted", () => {
    const { contract, ...evidence } = evidenceOf({
      columns: { x: [0.5, 1.5] },
      declared: { x: { min: 0, max: 2 } },
    });

    assert.deepEqual(declaredTables(contract, evidence)["declared values"]!.inputs(1, 4), {
      numbers: { shape: [3, 1], data: Float32Array.of(0, 2, 2) },
    });
  });

  it("tries each in four rows of the holdout, evenly spaced", () => {
    const given: Given = {
      columns: { x: sequence(1000, () => 1), y: sequence(1000, (i) => i) },
      declared: { x: { categories: [1, 2] } },
    };

    assert.deepEqual(
      rowsOf(evidenceOf(given)).map(({ x, y }) => [x, y]),
      [1, 2].flatMap((x) => [0, 250, 500, 750].map((y) => [x, y])),
    );
  });

  it("tries many values in fewer rows, and each in one at least", () => {
    assert.deepEqual([1024, 1025, 2048, 5000].map(rowsWith), [4096, 3075, 4096, 5000]);
  });

  it("tries all columns together, too, first all at their first end and then all at their second", () => {
    const evidence = evidenceOf({
      columns: { x: [0.5, 1.5], y: [7, 8], word: ["a", "b"], other: [1, 2] },
      declared: { x: { min: 0, max: 2 }, y: { max: -5 }, word: { categories: ["a", "b"] } },
    });
    const ofX = [0, 2, 1, ...between(0, 2, 1)];
    const together = rowsOf(evidence).slice(2 * (17 + 1 + 2));

    assert.equal(together.length, 512);
    assert.deepEqual(together.slice(0, 2), [
      { x: 0, y: -5, word: "a", other: 1 },
      { x: 2, y: -5, word: "b", other: 2 },
    ]);
    assert.deepEqual([...new Set(together.map(({ x }) => x as number))].toSorted(), ofX.toSorted());
    assert.deepEqual([...new Set(together.map(({ y, word }) => `${y} ${word}`))].toSorted(), [
      "-5 a",
      "-5 b",
    ]);
    assert.deepEqual(
      together.map(({ other }) => other),
      sequence(512, (i) => 1 + (i % 2)),
    );
  });

  it("tries all combinations of a few values", () => {
    const evidence = evidenceOf({
      columns: { x: [0.5, 1.5], y: [7, 8], word: ["a", "b"], other: [1, 2] },
      declared: { x: { categories: [0, 2, 1] }, y: { max: -5 }, word: { categories: ["a", "b"] } },
    });
    const together = rowsOf(evidence).slice(2 * (3 + 1 + 2));

    assert.equal(together.length, 512);
    assert.deepEqual(together.slice(0, 2), [
      { x: 0, y: -5, word: "a", other: 1 },
      { x: 2, y: -5, word: "b", other: 2 },
    ]);
    const combinations = new Set(together.map(({ x, y, word }) => `${x} ${y} ${word}`));
    assert.deepEqual(
      [...combinations].toSorted(),
      [0, 1, 2].flatMap((x) => ["a", "b"].map((word) => `${x} -5 ${word}`)),
    );
  });

  it("tries the same each time", () => {
    const given: Given = {
      columns: { x: [0.5, 1.5], y: [7, 8] },
      declared: { x: { min: 0, max: 1000 }, y: { min: 0, max: 1000 } },
    };

    assert.deepEqual(tableOf(evidenceOf(given)), tableOf(evidenceOf(given)));
  });

  it("tries nothing together if there is one column", () => {
    const given: Given = { columns: { x: [0.5] }, declared: { x: { min: 0, max: 2 } } };

    assert.deepEqual(
      rowsOf(evidenceOf(given)),
      [0, 2, 1, ...between(0, 2, 1)].map((x) => ({ x })),
    );
  });

  for (const { fact, declared, values } of [
    {
      fact: "the ends of a range of floats, and 15 values between",
      declared: { min: 16, max: 1616 },
      values: [16, 1616, ...sequence(15, (i) => 116 + 100 * i)],
    },
    {
      fact: "0, where the range holds it",
      declared: { min: -100, max: 1500 },
      values: [-100, 1500, 0, ...sequence(15, (i) => 100 * i)].filter((x, i, all) => all.indexOf(x) === i),
    },
    {
      fact: "each whole number of a range with few of them, its ends, and what lies between",
      declared: { min: -1.5, max: 3.5 },
      values: [
        -1.5, 3.5, 0, -1, 1, 2, 3,
        // The sixteenths, except the eighth, which is 1.
        -1.1875, -0.875, -0.5625, -0.25, 0.0625, 0.375, 0.6875, 1.3125, 1.625, 1.9375, 2.25, 2.5625, 2.875,
        3.1875,
      ],
    },
    {
      fact: "each of 256 whole numbers, and what lies between",
      declared: { min: 0, max: 255 },
      values: [0, 255, ...sequence(254, (i) => i + 1), ...between(0, 255)],
    },
    {
      fact: "none of 257 whole numbers, but what lies between",
      declared: { min: 0, max: 256 },
      values: [0, 256, ...sequence(15, (i) => 16 * (i + 1))],
    },
    {
      fact: "what lies between the ends of a range without whole numbers",
      declared: { min: 0.25, max: 0.75 },
      values: [0.25, 0.75, ...sequence(15, (i) => 0.25 + (i + 1) / 32)],
    },
    { fact: "the lowest, if that alone is declared", declared: { min: 0.25 }, values: [0.25] },
    { fact: "the highest, if that alone is declared, and 0", declared: { max: 0.75 }, values: [0.75, 0] },
    { fact: "the lowest below 0, and 0", declared: { min: -100 }, values: [-100, 0] },
    {
      fact: "the ends as float32 has them",
      declared: { min: 0.3602, max: 0.3602 },
      values: [0.3601999878883362],
    },
    { fact: "categories, in their order", declared: { categories: [3, 1, 2] }, values: [3, 1, 2] },
  ])
    it(`tries ${fact}`, () => {
      assert.deepEqual(triedIn({ columns: { x: [0.5] }, declared: { x: declared } }), values);
    });

  for (const { fact, column, values } of [
    { fact: "within its ends", column: { min: 0.5, max: 3.5 }, values: [1, 3, 2] },
    { fact: "from the lowest on", column: { min: 0.5 }, values: [1] },
    { fact: "up to the highest", column: { max: 3.5 }, values: [3, 0] },
    {
      fact: "between the ends of a wide range",
      column: { min: 1, max: 1000 },
      values: [1, 1000, 63, 126, 188, 251, 313, 376, 438, 501, 563, 625, 688, 750, 813, 875, 938],
    },
  ])
    for (const datatype of ["INT64", "INT32"] as const)
      it(`tries whole numbers in a column of ${datatype}, ${fact}`, () => {
        assert.deepEqual(
          triedIn({ columns: { x: [2] }, contract: inputsOf(datatype, { name: "x", ...column }) }),
          values,
        );
      });

  for (const { fact, datatype, column, values } of [
    {
      fact: "whole numbers of eight bits",
      datatype: "INT8",
      column: { min: -1000, max: 1000 },
      values: [-128, 127, 0, ...sequence(254, (i) => i - 127).filter((value) => value !== 0)],
    },
    { fact: "whole numbers without a sign", datatype: "UINT8", column: { min: -5 }, values: [0] },
    {
      fact: "whole numbers that JSON has to their last digit",
      datatype: "INT64",
      column: { max: 1e300 },
      values: [2 ** 53 - 1, 0],
    },
    { fact: "finite numbers", datatype: "FP32", column: { max: 1e39 }, values: [3.4028234663852886e38, 0] },
  ] as const)
    it(`tries nothing that a tensor does not hold: ${fact} alone`, () => {
      assert.deepEqual(
        triedIn({ columns: { x: [2] }, contract: inputsOf(datatype, { name: "x", ...column }) }),
        values,
      );
    });

  it("leaves integers of other columns to their last digit", () => {
    const evidence = evidenceOf({
      columns: { x: [5], y: [2 ** 53] },
      contract: inputsOf("INT64", { name: "x", categories: [5, 6] }, { name: "y" }),
    });
    const value = { ...evidence.holdout!.value!, exact: { y: BigInt64Array.of(9007199254740993n) } };

    const table = declaredTables(evidence.contract, { ...evidence, holdout: { value } })["declared values"]!;

    assert.deepEqual(
      table.inputs(0, 2)["numbers"]!.data,
      BigInt64Array.of(5n, 9007199254740993n, 6n, 9007199254740993n),
    );
  });

  it("tries a missing value beside all others, if the contract lets it be missing", () => {
    assert.deepEqual(triedIfMissing({}), [NaN]);
    assert.deepEqual(triedIfMissing({ categories: [1, 2] }), [1, 2, NaN]);
    assert.deepEqual(triedIfMissing({ min: 3 }), [3, NaN]);
  });

  it("tries the categories of a column of text, and if there are none what callers may send", () => {
    assert.deepEqual(triedIn({ columns: { x: ["b"] }, declared: { x: { categories: ["b", "a"] } } }), [
      "b",
      "a",
    ]);
    assert.deepEqual(triedIn({ columns: { x: ["b"] } }), ["", " ", "é😀", "a".repeat(1000)]);
  });

  it("takes rows of the first golden request if there is no holdout", () => {
    const declared = { x: { categories: [1, 2] } };
    const inputs = { numbers: { shape: [2, 2], data: Float32Array.of(5, 7, 6, 8) } };

    assert.deepEqual(rowsOf(goldenAlone({ columns: { x: [0], y: [0] }, declared }, inputs)), [
      { x: 1, y: 7 },
      { x: 1, y: 8 },
      { x: 2, y: 7 },
      { x: 2, y: 8 },
    ]);
  });

  it("tries values beside an input of which nothing is declared", () => {
    const { inputs } = evidenceOf({ columns: { x: [0] }, declared: { x: { categories: [1, 2] } } }).contract;
    const image = { name: "image", datatype: "FP32" as const, shape: [-1, 2] };
    const evidence = goldenAlone(
      { task: "raw", columns: { x: [0] } },
      {
        numbers: { shape: [1, 1], data: Float32Array.of(5) },
        image: { shape: [1, 2], data: Float32Array.of(0.25, 0.75) },
      },
      { inputs: [...inputs, image] },
    );

    assert.deepEqual(tableOf(evidence)?.inputs, {
      numbers: { shape: [2, 1], data: Float32Array.of(1, 2) },
      image: { shape: [2, 2], data: Float32Array.of(0.25, 0.75, 0.25, 0.75) },
    });
  });

  it("makes none if nothing is declared, and none without rows", () => {
    const declared = { x: { categories: [1, 2] } };
    const evidence = evidenceOf({ columns: { x: [1, 2] }, declared });

    assert.equal(tableOf(evidenceOf({ columns: { x: [1, 2] } })), undefined);
    assert.equal(tableOf(withoutHoldout(evidence)), undefined);
    assert.equal(
      tableOf(
        goldenAlone(
          { columns: { x: [1] }, declared },
          { numbers: { shape: [0, 1], data: new Float32Array(0) } },
        ),
      ),
      undefined,
    );
  });
});

const ofColumn = (column: string, what: string, input = "numbers"): Finding => ({
  what: `With ${column} ${what}.`,
  where: `model/contract.json, the column "${column}" of the input "${input}"`,
  fix: FIX,
});

const ofSeveral = (what: string): Finding => ({
  what: `With declared values together ${what}.`,
  where: "model/contract.json, /inputs",
  fix: FIX,
});

const judged = (found: string, ...objections: readonly Finding[]) => ({
  outcome: "judged",
  found,
  objections,
  warnings: [],
});

const eachInItsWay: Model = ({ x, y }) => {
  if (x === 0) return { error: "It is 0" };
  if (x === 10) return { error: "It is 10" };
  if (x === 5) return { nan: "NaN" };
  return y === 3 ? { nan: "NaN" } : undefined;
};

const aloneAndTogether: Model = ({ x, y }) =>
  x === 0 ? { error: "It is 0" } : x === 10 && y === 3 ? { error: "Both" } : undefined;

const why = (given: Given) => {
  const { contract, demands } = evidenceOf(given);
  return checkDeclaredValues.notAsked?.({ contract, demands, champion: { none: "" } });
};

const ANSWERS =
  "train or export the model so that it answers every declared value as the contract says, or declare only what it takes";

/** Outcome for the model's answers to the rows in which values are tried. */
function judgeAnswers(given: Given, answer: (cells: Row) => readonly [label: number, ...scores: number[]]) {
  const evidence = evidenceOf(given);
  const answers = rowsOf(evidence).map(answer);
  const table = answered({
    label: { shape: [answers.length], data: BigInt64Array.from(answers, ([label]) => BigInt(label)) },
    scores: {
      shape: [answers.length, 2],
      data: Float32Array.from(answers.flatMap(([, ...scores]) => scores)),
    },
  });
  const check = checkDeclaredValues.judge(withTable(evidence, table));
  assert(check.outcome === "judged");
  return check.objections;
}

const unlikely = ({ x }: Row) => [1, 0.25, x === 10 ? 3 : 0.75] as const;
const wrongly = () => [-1, 0.25, 3] as const;

describe("checkDeclaredValues", () => {
  const two: Given = {
    columns: { x: [1, 2], y: [1, 2] },
    declared: { x: { min: 0, max: 10 }, y: { categories: [1, 2, 3] } },
  };

  it("accepts a model that answers all of them", () => {
    assert.deepEqual(
      judge(two, () => undefined),
      judged("28 values of 2 columns, all answered"),
    );
    assert.deepEqual(
      judge({ columns: { x: [1] }, declared: { x: { max: 10 } } }, () => undefined),
      judged("2 values of 1 column, all answered"),
    );
  });

  it("names a value that is answered with a label that is no class", () => {
    assert.deepEqual(
      judgeAnswers(two, ({ y }) => [y === 3 ? -1 : 1, 0.25, 0.75]),
      [
        {
          ...ofColumn("y", "3, which the contract declares, the label is -1, which is no class"),
          fix: ANSWERS,
        },
      ],
    );
  });

  it("names a value that is answered with scores that are no probabilities, unless they are to be numbers", () => {
    assert.deepEqual(judgeAnswers(two, unlikely), [
      {
        ...ofColumn(
          "x",
          "10, which the contract declares, the scores run from 0.25 to 3, and probabilities from 0 to 1",
        ),
        fix: ANSWERS,
      },
    ]);
    assert.deepEqual(judgeAnswers({ ...two, contract: { scoresAre: "numbers" } }, unlikely), []);
  });

  it("leaves to another check what the holdout's rows show", () => {
    const shown: Given = { ...two, predictions: [7, 1], scores: [0.25, 3, 0.25, 3] };

    assert.equal(judgeAnswers(two, wrongly).length, 2); // one for each column
    assert.deepEqual(judgeAnswers(shown, wrongly), []);
  });

  it("names a value on which the model fails, once, however many rows have it", () => {
    assert.deepEqual(
      judge(two, ({ y }) => (y === 3 ? { error: "No such key" } : undefined)),
      judged(
        "28 values of 2 columns, not all answered",
        ofColumn("y", "3, which the contract declares, the model fails: No such key"),
      ),
    );
  });

  it("names a value that is answered with what is no finite number, though nothing is made of that output", () => {
    assert.deepEqual(
      judge(two, ({ x }) => (x === 0 ? { nan: "-Infinity", output: "embedding" } : undefined)),
      judged(
        "28 values of 2 columns, not all answered",
        ofColumn("x", '0, which the contract declares, the output "embedding" holds -Infinity'),
      ),
    );
  });

  it("names five values of a column at most", () => {
    assert.deepEqual(
      objectionsTo(two, ({ x }) => ((x as number) > 2 ? { error: "Index out of bounds" } : undefined)),
      [ofColumn("x", "10, 3, 4, 5, 6, …, which the contract declares, the model fails: Index out of bounds")],
    );
    assert.deepEqual(
      objectionsTo(two, ({ x }) => ((x as number) > 6 ? { error: "Index out of bounds" } : undefined)),
      [
        ofColumn(
          "x",
          "10, 7, 8, 9, 6.25, …, which the contract declares, the model fails: Index out of bounds",
        ),
      ],
    );
    assert.deepEqual(
      objectionsTo(two, ({ x }) => ((x as number) > 9 ? { error: "Index out of bounds" } : undefined)),
      [ofColumn("x", "10, 9.375, which the contract declares, the model fails: Index out of bounds")],
    );
  });

  it("finds a value that is answered in some rows alone", () => {
    assert.deepEqual(
      objectionsTo(two, ({ x, y }) => (x === 4 && y === 2 ? { error: "It failed" } : undefined)),
      [ofColumn("x", "4, which the contract declares, the model fails: It failed")],
    );
  });

  it("tells columns, errors and outputs apart", () => {
    assert.deepEqual(objectionsTo(two, eachInItsWay), [
      ofColumn("x", "0, which the contract declares, the model fails: It is 0"),
      ofColumn("x", "10, which the contract declares, the model fails: It is 10"),
      ofColumn("x", '5, which the contract declares, the output "scores" holds NaN'),
      ofColumn("y", '3, which the contract declares, the output "scores" holds NaN'),
    ]);
  });

  it("names values on which the model fails only together", () => {
    const given: Given = {
      columns: { x: [5, 5], y: [1, 1], word: ["b", "b"] },
      declared: {
        x: { min: 0, max: 10 },
        y: { categories: [3, 1] },
        word: { categories: ["a", "b"] },
      },
    };

    assert.deepEqual(
      judge(given, ({ x, y, word }) =>
        x === 0 && y === 3 && word === "a" ? { error: "It failed" } : undefined,
      ),
      judged(
        "29 values of 3 columns, not all answered",
        ofSeveral('(x 0, y 3, word "a"), the model fails: It failed'),
      ),
    );
  });

  it("names five of them at most", () => {
    const names = sequence(6, (i) => `c${i}`);
    const given: Given = {
      columns: Object.fromEntries(names.map((name) => [name, [1]])),
      declared: Object.fromEntries(names.map((name) => [name, { categories: [0, 1] }])),
    };

    assert.deepEqual(
      objectionsTo(given, (row) => (names.every((name) => row[name] === 0) ? { nan: "NaN" } : undefined)),
      [ofSeveral('(c0 0, c1 0, c2 0, c3 0, c4 0, …), the output "scores" holds NaN')],
    );
  });

  it("says nothing of values together if one of them is named already", () => {
    assert.deepEqual(
      objectionsTo(two, aloneAndTogether).map(({ what }) => what),
      [
        "With x 0, which the contract declares, the model fails: It is 0.",
        "With declared values together (x 10, y 3), the model fails: Both.",
      ],
    );
  });

  it("cuts long texts, and shows an empty one as such", () => {
    const given: Given = { columns: { word: ["a"] } };
    const cut = JSON.stringify("a".repeat(40));

    assert.deepEqual(
      objectionsTo(given, ({ word }) =>
        (word as string).length === 1000 ? { error: "Too long" } : undefined,
      ),
      [ofColumn("word", `${cut}…, which the contract declares, the model fails: Too long`, "word")],
    );
    assert.deepEqual(
      objectionsTo(given, ({ word }) => (word === "" ? { error: "Empty" } : undefined)),
      [ofColumn("word", '"", which the contract declares, the model fails: Empty', "word")],
    );
  });

  it("counts what is beyond five", () => {
    const names = sequence(7, (i) => `c${i}`);
    const given: Given = {
      columns: Object.fromEntries(names.map((name) => [name, [1]])),
      declared: Object.fromEntries(names.map((name) => [name, { categories: [0, 1] }])),
    };

    assert.deepEqual(
      objectionsTo(given, (row) =>
        names.some((name) => row[name] === 0) ? { error: "It failed" } : undefined,
      ),
      [
        ...names
          .slice(0, 5)
          .map((name) => ofColumn(name, "0, which the contract declares, the model fails: It failed")),
        { ...ofColumn("c5", ""), what: "And 2 more like these." },
      ],
    );
  });

  for (const { action, counts } of [
    { action: "refuse", counts: [1, 0] },
    { action: "warn", counts: [0, 1] },
    { action: "ignore", counts: [0, 0] },
  ] as const)
    it(`does with it what the contract says: ${action}`, () => {
      const { objections, warnings } = judge(
        { ...two, validation: { findings: { declaredValues: action } } },
        ({ y }) => (y === 3 ? { error: "No such key" } : undefined),
      );

      assert.deepEqual([objections.length, warnings.length], counts);
    });

  const evidence = evidenceOf(two);
  const all = answersOf(evidence, () => undefined);
  const failing = { error: "It failed." };
  const golden = goldenAlone(two, { numbers: { shape: [1, 2], data: Float32Array.of(1, 1) } });
  for (const { fact, of, why } of [
    {
      fact: "the holdout cannot be used",
      of: withoutHoldout(withTable(evidence, all)),
      why: "there is no row in which a value could be tried",
    },
    {
      fact: "the golden requests cannot be used, and there is no holdout",
      of: withTable({ ...golden, golden: { file: "model/golden.json", findings: [] } }, all),
      why: "there is no row in which a value could be tried",
    },
    {
      fact: "the model fails on the holdout itself",
      of: withTable(evidence, all, failing),
      why: "the model does not answer the rows in which values are tried",
    },
    {
      fact: "the model answers the holdout itself with what is no finite number",
      of: withTable(
        evidence,
        all,
        answered({}, { notFinite: [{ output: "scores", count: 1, value: "NaN", rows: [0] }] }),
      ),
      why: "the model does not answer the rows in which values are tried",
    },
    {
      fact: "the model fails on the golden request itself, and there is no holdout",
      of: withTable({ ...golden, measured: { ...golden.measured, golden: [failing] } }, all),
      why: "the model does not answer the rows in which values are tried",
    },
    { fact: "the model has ended its process before", of: withTable(evidence, ENDED), why: ENDED.notRun },
    { fact: "the model ends its process", of: withTable(evidence, failing), why: "It failed." },
  ])
    it(`does not judge where ${fact}`, () => {
      assert.deepEqual(checkDeclaredValues.judge(of), { outcome: "notJudged", why, fault: "model" });
    });

  it("passes on the fix for a model that ends its process, if there is one", () => {
    const tooLong = { error: "it was not done after 120 s of processor time.", fix: "give it more time" };

    assert.deepEqual(checkDeclaredValues.judge(withTable(evidence, tooLong)), {
      outcome: "notJudged",
      why: "it was not done after 120 s of processor time.",
      fault: "model",
      fix: "give it more time",
    });
  });

  it("judges by a golden request if there is no holdout", () => {
    const answers = answersOf(golden, ({ y }) => (y === 3 ? { error: "No such key" } : undefined));
    const outputs = { outputs: {}, again: {} };

    assert.deepEqual(
      checkDeclaredValues.judge({
        ...golden,
        measured: { ...golden.measured, golden: [outputs], tables: { "declared values": answers } },
      }),
      judged(
        "28 values of 2 columns, not all answered",
        ofColumn("y", "3, which the contract declares, the model fails: No such key"),
      ),
    );
  });

  it("blames the machine for what it has kept from being run", () => {
    assert.deepEqual(checkDeclaredValues.judge(withTable(evidence, KILLED)), {
      outcome: "notJudged",
      why: "The process was ended by SIGKILL.",
      fault: "machine",
      fix: "judge it again",
    });
  });

  it("is asked for wherever anything is declared, or text is taken", () => {
    assert.equal(why(two), undefined);
    assert.equal(why({ columns: { x: [1] }, declared: { x: { min: 0 } } }), undefined);
    assert.equal(why({ columns: { x: ["a"] } }), undefined);
    assert.equal(why({ columns: { x: [1] } }), "the contract declares no ranges, categories or texts");
  });
});
