import assert from "node:assert/strict";
import { EMPTY_HOLDOUT, parseHoldout } from "../../../infra/gate/holdout.ts";
import type { Contract } from "../../../model/contract.ts";

const FILE = "model/holdout.csv";

function contract(datatype = "FP32", classes: unknown[] | undefined = [0, 1]): Contract {
  const columns = [{ name: "income" }, { name: "age" }];
  return {
    inputs: [{ name: "features", datatype, shape: [-1, 2], columns }],
    classes,
  } as unknown as Contract;
}

const parse = (lines: readonly string[], like = contract()) =>
  parseHoldout(lines.join("\n"), FILE, like, "approved");

const cell = (line: number, column: string, what: string) => ({
  what,
  where: `${FILE}:${line}, column ${column}`,
  fix: "mend or remove that row",
});

describe("parseHoldout", () => {
  it("puts the columns into the contract's order and the labels into its words", () => {
    assert.deepEqual(parse(["approved,age,unused,income", "1.0,35,x,50000", "0,22,,14000.5", ""]), {
      holdout: {
        rows: 2,
        inputs: { features: { shape: [2, 2], data: Float32Array.of(50000, 35, 14000.5, 22) } },
        labels: ["1", "0"],
      },
      objections: [],
    });
  });

  for (const { datatype, data } of [
    { datatype: "INT64", data: BigInt64Array.of(50000n, 35n) },
    { datatype: "INT32", data: Int32Array.of(50000, 35) },
    { datatype: "FP64", data: Float64Array.of(50000, 35) },
    { datatype: "BYTES", data: ["50000", "35"] },
  ]) {
    it(`gives ${datatype} as the runtime takes it`, () => {
      const { holdout } = parse(["income,age,approved", "50000,35,1"], contract(datatype));

      assert.deepEqual(holdout.inputs, { features: { shape: [1, 2], data } });
    });
  }

  it("takes text classes and what quotes hold", () => {
    const { holdout } = parse(
      ["income,age,approved", '1,2,"no, never"'],
      contract("FP32", ["yes", "no, never"]),
    );

    assert.deepEqual(holdout.labels, ["no, never"]);
  });

  it("takes any label where the contract lists no classes", () => {
    const { classes: _, ...rest } = contract();

    assert.deepEqual(parse(["income,age,approved", "1,2,maybe"], rest as Contract).holdout.labels, ["maybe"]);
  });

  for (const { fact, lines, objections } of [
    {
      fact: "names each column that is missing and those that there are",
      lines: ["salary,age", "1,2"],
      objections: [
        {
          what: 'The holdout has no column "income"; it has salary, age.',
          where: `${FILE}:1`,
          fix: "name the columns as model/contract.json does",
        },
        {
          what: 'The holdout has no column "approved"; it has salary, age.',
          where: `${FILE}:1`,
          fix: "name the columns as model/contract.json does",
        },
      ],
    },
    {
      fact: "says that an empty file has no column",
      lines: [""],
      objections: ["income", "age", "approved"].map((name) => ({
        what: `The holdout has no column "${name}"; it has none.`,
        where: `${FILE}:1`,
        fix: "name the columns as model/contract.json does",
      })),
    },
    {
      fact: "names a column that stands twice",
      lines: ["income,age,approved,age", "1,2,1,3"],
      objections: [
        {
          what: 'The holdout has the column "age" twice.',
          where: `${FILE}:1`,
          fix: "remove or rename one of them",
        },
      ],
    },
    {
      fact: "names every cell that is not a number",
      lines: ["income,age,approved", "1,2,1", "much,,0", "Infinity,NaN,1"],
      objections: [
        cell(3, "income", '"much" is no finite number.'),
        cell(3, "age", '"" is no finite number.'),
        cell(4, "income", '"Infinity" is no finite number.'),
        cell(4, "age", '"NaN" is no finite number.'),
      ],
    },
    {
      fact: "names a row that is too long",
      lines: ["income,age,approved", "1,2,1,4"],
      objections: [cell(2, "income", "The row has 4 cells, and the header has 3.")],
    },
    {
      fact: "names a label that is none of the classes",
      lines: ["income,age,approved", "1,2,2", "1,2,"],
      objections: [
        cell(2, "approved", '"2" is none of the classes 0, 1.'),
        cell(3, "approved", '"" is none of the classes 0, 1.'),
      ],
    },
    {
      fact: "counts what is beyond five",
      lines: ["income,age,approved", ...Array.from({ length: 8 }, () => "x,2,1")],
      objections: [
        ...[2, 3, 4, 5, 6].map((line) => cell(line, "income", '"x" is no finite number.')),
        cell(7, "income", "And 3 more like these."),
      ],
    },
    {
      fact: "counts the sixth as one",
      lines: ["income,age,approved", ...Array.from({ length: 6 }, () => "x,2,1")],
      objections: [
        ...[2, 3, 4, 5, 6].map((line) => cell(line, "income", '"x" is no finite number.')),
        cell(7, "income", "And 1 more like it."),
      ],
    },
    {
      fact: "names the line of the file, also after an empty one",
      lines: ["income,age,approved", "1,2,1", "", "x,2,1"],
      objections: [cell(4, "income", '"x" is no finite number.')],
    },
  ]) {
    it(fact, () => {
      assert.deepEqual(parse(lines), { holdout: EMPTY_HOLDOUT, objections });
    });
  }

  for (const { datatype, text } of [
    { datatype: "FP32", text: "1e39" },
    { datatype: "INT64", text: "1.5" },
    { datatype: "UINT8", text: "256" },
  ]) {
    it(`refuses ${text} as ${datatype}, which cannot hold it`, () => {
      const { holdout, objections } = parse(["income,age,approved", `${text},2,1`], contract(datatype));

      assert.deepEqual(holdout, EMPTY_HOLDOUT);
      assert.deepEqual(
        objections.map(({ where }) => where),
        [`${FILE}:2, column income`],
      );
    });
  }
});
