import assert from "node:assert/strict";
import { type Holdout, parseHoldout } from "../../../infra/gate/holdout.ts";
import type { Contract } from "../../../model/contract.ts";

const FILE = "model/holdout.csv";

/** A contract with two columns, changed as a test wants it. */
function contract({
  datatype = "FP32",
  validation = {},
  ...changes
}: Record<string, unknown> & { validation?: object } = {}): Contract {
  return {
    task: "classification",
    inputs: [{ name: "features", datatype, shape: [-1, 2], columns: [{ name: "income" }, { name: "age" }] }],
    outputs: [{ name: "label", datatype: "INT64", shape: [-1] }],
    prediction: "label",
    classes: [0, 1],
    validation: { holdout: { file: "holdout.csv", target: "approved" }, ...validation },
    ...changes,
  } as unknown as Contract;
}

const asking = (...wheres: object[]) =>
  contract({ validation: { slices: wheres.map((where) => ({ where, metrics: {} })) } });

const parse = (lines: readonly string[], like = contract()) =>
  parseHoldout(Buffer.from(lines.join("\n")), FILE, like);

/** Of a holdout without a fault. */
function valueOf(lines: readonly string[], like = contract()): Holdout {
  const { value, findings } = parse(lines, like);
  assert.deepEqual(findings, []);
  return value!;
}

const HEADER = "income,age,approved";
const at = (line: number, what: string) => ({
  what,
  where: `${FILE}:${line}`,
  fix: "mend or remove that row",
});
const cell = (line: number, column: string, what: string) => ({
  what,
  where: `${FILE}:${line}, column ${column}`,
  fix: "mend or remove that row",
});
const quotes = (line: number, what: string) => ({
  what,
  where: `${FILE}:${line}`,
  fix: "put quotes around the whole cell, and write each quote inside it twice",
});
const missing = (column: string, has: string) => ({
  what: `The holdout has no column "${column}"; it has ${has}.`,
  where: `${FILE}:1`,
  fix: "name the columns as model/contract.json does",
});

describe("parseHoldout", () => {
  it("objects to a text that the runtime would cut, unless the model is not shown it", () => {
    const lines = ["note,income,age,approved", "a\0b,x,y,1", 'a,x,"y\0z",0'];

    assert.deepEqual(parse(lines, contract({ datatype: "BYTES" })).findings, [
      cell(3, "age", '"y\\u0000z" holds U+0000, where ONNX Runtime ends a text.'),
    ]);
  });

  it("puts the features into the contract's order, keeps the file's and writes labels as the contract does", () => {
    const lines = ["approved,age,region,income,year", "1.0,35,x,50000,2020", "0,22,,14000.5,2021", ""];

    const holdout = parse(lines);

    assert.deepEqual(holdout, {
      file: FILE,
      findings: [],
      value: {
        rows: 2,
        inputs: { features: { shape: [2, 2], data: Float32Array.of(50000, 35, 14000.5, 22) } },
        columns: {
          age: Float64Array.of(35, 22),
          region: ["x", ""],
          income: Float64Array.of(50000, 14000.5),
          year: Float64Array.of(2020, 2021),
        },
        targets: ["1", "0"],
        lines: Int32Array.of(2, 3),
      },
    });
    assert.deepEqual(Object.keys(holdout.value.columns), ["age", "region", "income", "year"]);
  });

  it("gives each input its own columns", () => {
    const inputs = [
      { name: "who", datatype: "BYTES", shape: [-1, 1], columns: [{ name: "region" }] },
      {
        name: "what",
        datatype: "INT32",
        shape: [-1, 2, 1],
        columns: [{ name: "income" }, { name: "age" }],
      },
    ];

    const holdout = valueOf(
      ["age,income,region,approved", "35,50,north,1", "22,60,07,0"],
      contract({ inputs }),
    );

    assert.deepEqual(holdout.inputs, {
      who: { shape: [2, 1], data: ["north", "07"] },
      what: { shape: [2, 2, 1], data: Int32Array.of(50, 35, 60, 22) },
    });
  });

  for (const { datatype, data, column } of [
    { datatype: "INT64", data: BigInt64Array.of(50000n, 35n), column: Float64Array.of(35) },
    { datatype: "UINT64", data: BigUint64Array.of(50000n, 35n), column: Float64Array.of(35) },
    { datatype: "INT32", data: Int32Array.of(50000, 35), column: Float64Array.of(35) },
    { datatype: "FP64", data: Float64Array.of(50000, 35), column: Float64Array.of(35) },
    { datatype: "BYTES", data: ["50000", "35"], column: ["35"] },
  ]) {
    it(`gives ${datatype} as the runtime takes it`, () => {
      const { inputs, columns } = valueOf([HEADER, "50000,35,1"], contract({ datatype }));

      assert.deepEqual(inputs, { features: { shape: [1, 2], data } });
      assert.deepEqual(columns.age, column);
    });
  }

  it("keeps a column as text where a single cell is no number", () => {
    const { columns } = valueOf([`zip,code,${HEADER}`, "01234,1,1,2,1", "n/a,,1,2,1", "5,2,1,2,1"]);

    assert.deepEqual(
      [columns.zip, columns.code],
      [
        ["01234", "n/a", "5"],
        ["1", "", "2"],
      ],
    );
  });

  it("takes text classes and what quotes hold", () => {
    const classes = ["yes", "no, never", 'so "so"'];

    const { targets } = valueOf([HEADER, '1,2,"no, never"', '1,2,"so ""so"""'], contract({ classes }));

    assert.deepEqual(targets, ["no, never", 'so "so"']);
  });

  it("takes any label where the contract lists no classes, an integer in one spelling", () => {
    const { targets } = valueOf([HEADER, "1,2,maybe", "1,2,1.0", "1,2,01"], contract({ classes: undefined }));

    assert.deepEqual(targets, ["maybe", "1", "1"]);
  });

  it("takes labels letter by letter where the model gives text and the contract lists no classes", () => {
    const outputs = [{ name: "label", datatype: "BYTES", shape: [-1] }];

    const { targets } = valueOf([HEADER, "1,2,1.0", "1,2,01"], contract({ classes: undefined, outputs }));

    assert.deepEqual(targets, ["1.0", "01"]);
  });

  it("takes numbers as the targets of a regression", () => {
    const { targets } = valueOf(
      [HEADER, "1,2,-1.5e3", "1,2,0"],
      contract({ task: "regression", classes: undefined }),
    );

    assert.deepEqual(targets, Float64Array.of(-1500, 0));
  });

  it("counts the line breaks in cells and of Windows, and passes over empty lines and a byte order mark", () => {
    const text = `\ufeff"region\r\nof birth",${HEADER}\r\n"a\r\nb\nc",1,2,1\r\n\r\nd,3,4,0\r\n`;

    const { value, findings } = parseHoldout(Buffer.from(text), FILE, contract());

    assert.deepEqual(findings, []);
    assert.deepEqual(value!.lines, Int32Array.of(3, 7));
    assert.deepEqual(value!.columns["region\r\nof birth"], ["a\r\nb\nc", "d"]);
  });

  it("reads lines that end as on old Macs", () => {
    const { value } = parseHoldout(Buffer.from(`${HEADER}\r1,2,1\r3,4,0\r`), FILE, contract());

    assert.deepEqual(value!.inputs.features!.data, Float32Array.of(1, 2, 3, 4));
    assert.deepEqual(value!.lines, Int32Array.of(2, 3));
  });

  it("takes slices of features and of other columns", () => {
    const like = asking({ age: { below: 25 }, region: { in: ["x"] } }, { year: { from: 2020 } });

    assert.deepEqual(parse([`${HEADER},region,year`, "1,2,1,x,2020"], like).findings, []);
  });

  for (const { fact, lines, like, findings } of [
    {
      fact: "names each column that is missing and those that there are",
      lines: ["salary,age", "1,2"],
      findings: [missing("income", "salary, age"), missing("approved", "salary, age")],
    },
    {
      fact: "says that a file is empty",
      lines: [""],
      findings: [
        { what: "The holdout is empty.", where: `${FILE}:1`, fix: "put a header and labelled rows there" },
      ],
    },
    {
      fact: "knows a Git LFS pointer",
      lines: ["version https://git-lfs.github.com/spec/v1", "oid sha256:0", "size 34172"],
      findings: [
        {
          what: "The holdout is a Git LFS pointer, not the rows themselves.",
          where: `${FILE}:1`,
          fix: "git lfs pull",
        },
      ],
    },
    {
      fact: "knows a text in UTF-16",
      lines: ["i\0n\0c\0o\0m\0e\0,\0a\0g\0e\0"],
      findings: [
        {
          what: "The holdout is no text in UTF-8: it holds bytes that are 0, as UTF-16 and binary files do.",
          where: `${FILE}:1`,
          fix: "write it as CSV, in UTF-8",
        },
      ],
    },
    {
      fact: "shows the first twenty columns of many",
      lines: [`income,age,${Array.from({ length: 19 }, (_, i) => `c${i}`).join(",")}`],
      findings: [
        missing(
          "approved",
          "income, age, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, …",
        ),
      ],
    },
    {
      fact: "names a column that stands twice",
      lines: [`${HEADER},age`, "1,2,1,3"],
      findings: [
        {
          what: 'The holdout has the column "age" twice.',
          where: `${FILE}:1`,
          fix: "remove or rename one of them",
        },
      ],
    },
    {
      fact: "names the column that only a slice asks for",
      lines: ["income,approved", "1,1"],
      like: asking({ income: { below: 1 }, age: { below: 1 } }, { "a/b": { in: [1] } }),
      findings: [
        missing("age", "income, approved"),
        {
          what: 'A slice asks for the column "a/b", and the holdout has none of that name; it has income, approved.',
          where: `model/contract.json, /validation/slices/1/where/a~1b; ${FILE}:1`,
          fix: "name a column of the holdout, or add that one to it",
        },
      ],
    },
    {
      fact: "names the slice that wants a range of text",
      lines: [`${HEADER},year`, "1,2,1,2020", "", "1,2,1,", "1,2,1,then"],
      like: asking({ year: { in: ["then"] } }, { year: { from: 2020 } }, { year: { below: 2020 } }),
      findings: [1, 2].map((slice) => ({
        what: 'A slice asks for a range of year, and not every cell there is a number: the first other one is "".',
        where: `model/contract.json, /validation/slices/${slice}/where/year; ${FILE}:4, column year`,
        fix: 'mend the column, or list the values that the slice takes: {"in": […]}',
      })),
    },
    ...[
      { separator: ";", name: "semicolons", shown: "income;age;approved" },
      { separator: "\t", name: "tabs", shown: "income\\tage\\tapproved" },
    ].map(({ separator, name, shown }) => ({
      fact: `says that the cells are separated by ${name}`,
      lines: [HEADER.replaceAll(",", separator), ["1,5", "2", "1"].join(separator)],
      like: undefined,
      findings: [
        {
          what: `The holdout's header is a single cell, "${shown}": its cells are separated by ${name}, not by commas.`,
          where: `${FILE}:1`,
          fix: "write the file with commas between the cells and points in the numbers",
        },
      ],
    })),
    {
      fact: "says that a header has no rows below it",
      lines: [HEADER, "", ""],
      findings: [{ what: "The holdout has no rows.", where: FILE, fix: "put labelled rows there" }],
    },
    {
      fact: "names every cell that is not a number",
      lines: [HEADER, "1,2,1", "much,,0", "Infinity,NaN,1", `1,${"9 ".repeat(50)},1`],
      findings: [
        cell(3, "income", '"much" is no finite number.'),
        cell(3, "age", '"" is no finite number.'),
        cell(4, "income", '"Infinity" is no finite number.'),
        cell(4, "age", '"NaN" is no finite number.'),
        cell(5, "age", `"${"9 ".repeat(28)}9..." is no finite number.`),
      ],
    },
    {
      fact: "names a row that is too long and one that is too short, and the bad cells of others",
      lines: [HEADER, "1,2,1,4", "1,x", "1,y,1"],
      findings: [
        at(2, "The row has 4 cells, and the header has 3."),
        at(3, "The row has 2 cells, and the header has 3."),
        cell(4, "age", '"y" is no finite number.'),
      ],
    },
    {
      fact: "names a label that is none of the classes",
      lines: [HEADER, "1,2,2", "1,2,", "1,2,2"],
      findings: [
        cell(2, "approved", '"2" is none of the classes 0, 1.'),
        cell(3, "approved", '"" is none of the classes 0, 1.'),
        cell(4, "approved", '"2" is none of the classes 0, 1.'),
      ],
    },
    {
      fact: "shows the first ten of many classes",
      lines: [HEADER, "1,2,x"],
      like: contract({ classes: Array.from({ length: 11 }, (_, i) => i) }),
      findings: [cell(2, "approved", '"x" is none of the classes 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ….')],
    },
    {
      fact: "names a row without a label where the contract lists no classes",
      lines: [HEADER, "1,2,"],
      like: contract({ classes: undefined }),
      findings: [cell(2, "approved", '"" is no label.')],
    },
    {
      fact: "names the target of a regression that is no number",
      lines: [HEADER, "1,2,3", "1,2,high"],
      like: contract({ task: "regression", classes: undefined }),
      findings: [cell(3, "approved", '"high" is no finite number.')],
    },
    {
      fact: "names a quote that is never closed",
      lines: [HEADER, "1,2,1", '1,"2,1', "1,2,1"],
      findings: [quotes(3, "A quoted cell is opened and never closed.")],
    },
    {
      fact: "names a cell that goes on after its quotes",
      lines: [HEADER, '1,"2"x,1', "1,2,1"],
      findings: [quotes(2, "A quoted cell goes on after its closing quote.")],
    },
    {
      fact: "names a quote in the header",
      lines: ['income,"age,approved', "1,2,1"],
      findings: [quotes(1, "A quoted cell is opened and never closed.")],
    },
    {
      fact: "counts what is beyond five",
      lines: [HEADER, ...Array.from({ length: 8 }, () => "x,2,1"), ...Array.from({ length: 7 }, () => "1")],
      findings: [
        ...[10, 11, 12, 13, 14].map((line) => at(line, "The row has 1 cell, and the header has 3.")),
        at(15, "And 2 more like these."),
        ...[2, 3, 4, 5, 6].map((line) => cell(line, "income", '"x" is no finite number.')),
        cell(7, "income", "And 3 more like these."),
      ],
    },
    {
      fact: "counts the sixth as one",
      lines: [HEADER, ...Array.from({ length: 6 }, () => "x,2,1")],
      findings: [
        ...[2, 3, 4, 5, 6].map((line) => cell(line, "income", '"x" is no finite number.')),
        cell(7, "income", "And 1 more like it."),
      ],
    },
    {
      fact: "names the line of the file, also after an empty one and a cell with line breaks",
      lines: [`${HEADER},note`, "1,2,1,", "", '1,2,1,"a', 'b"', "x,2,1,"],
      findings: [cell(6, "income", '"x" is no finite number.')],
    },
  ] satisfies { fact: string; lines: string[]; like?: Contract | undefined; findings: object[] }[]) {
    it(fact, () => {
      assert.deepEqual(parse(lines, like ?? contract()), { file: FILE, findings });
    });
  }

  for (const { datatype, fits, text } of [
    { datatype: "FP32", fits: "3.4e38", text: "3.5e38" },
    { datatype: "INT64", fits: "-9223372036854775808", text: "9223372036854775808" },
    { datatype: "INT64", fits: "1.0", text: "1.5" },
    { datatype: "UINT8", fits: "255", text: "256" },
    { datatype: "UINT8", fits: "0", text: "-1" },
    { datatype: "INT8", fits: "-128", text: "-129" },
    { datatype: "INT8", fits: "127", text: "128" },
  ]) {
    it(`takes ${fits} as ${datatype} and refuses ${text}, which it cannot hold`, () => {
      const { findings } = parse([HEADER, `${fits},2,1`, `${text},2,1`], contract({ datatype }));

      assert.deepEqual(findings, [cell(3, "income", `"${text}" is no ${datatype}.`)]);
    });
  }
});
