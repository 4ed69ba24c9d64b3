import assert from "node:assert/strict";
import type { Contract } from "../../../contract/contract.ts";
import { type Holdout, HoldoutReader, parseHoldout } from "../../../gate/data/parseHoldout.ts";
import { between, tensorsOf } from "../../../gate/data/tensorsOf.ts";

const FILE = "model/holdout.csv";

/** A contract with two columns and a test's changes. */
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

/** The value of a sound holdout. */
function valueOf(lines: readonly string[], like = contract()): Holdout {
  const { value, findings } = parse(lines, like);
  assert.deepEqual(findings, []);
  return value!;
}

const HEADER = "income,age,approved";
const at = (line: number, what: string) => ({
  what,
  where: `${FILE}:${line}`,
  fix: "mend or remove that row; a comma inside a cell needs quotes around the cell",
});
const cell = (line: number, column: string, what: string, fix: string) => ({
  what,
  where: `${FILE}:${line}, column ${column}`,
  fix,
});
const numbersOf = (column: string, seen: string) =>
  `give the numbers that the model was trained on, in pandas: df["${column}"] = df["${column}"].replace({${seen}})`;
const quotes = (line: number, what: string) => ({
  what,
  where: `${FILE}:${line}`,
  fix: "put quotes around the whole cell, and write each quote inside it twice",
});
const missing = (columns: string, has: string, more = "") => ({
  what: `The holdout has no ${columns.includes(",") ? "columns" : "column"} ${columns}; it has ${has}.`,
  where: `${FILE}:1`,
  fix: `name the columns as model/contract.json does${more}`,
});

const IF_TAKEN = '; if the model takes missing values, say so of the column in the contract: "missing": true';
const maybeMissing = (...names: string[]) => names.map((name) => ({ name, missing: true }));

/** Only of what the model takes. */
const ifTaken = (column: string) => (column === "approved" ? "" : IF_TAKEN);
const missingRows = (column: string) =>
  `fill them as in training, or leave those rows out, in pandas: df = df.dropna(subset=["${column}"])${ifTaken(column)}`;
const unknownRows = (column: string, words: string) =>
  `fill them as in training, or leave those rows out, in pandas: df = df[df["${column}"].notna() & ~df["${column}"].isin([${words}])]${ifTaken(column)}`;
const assigned = (column: string, steps: string) => `df["${column}"] = df["${column}"]${steps}`;
const NO_THOUSANDS = `.str.replace(r"[,'\\s_]", "", regex=True).astype(float)`;
const POINT = '.str.replace(",", ".", regex=False).astype(float)';
const POINT_ALONE =
  '.map(lambda cell: cell.replace(".", "").replace(",", ".") if "," in cell else cell, na_action="ignore").astype(float)';
const amount = (steps: string) =>
  `write the number alone, in pandas: ${assigned("income", `.str.replace(r"^[^\\d+()-]+|[^\\d()]+$", "", regex=True)${steps}`)}`;
const seconds = (order: string) =>
  `write it as in training, perhaps in seconds since 1970, in pandas: df["income"] = (pandas.to_datetime(df["income"], ${order}utc=True) - pandas.Timestamp(0, tz="UTC")).dt.total_seconds()`;
const AMBIGUOUS =
  "write each number without thousands separators and without currency, and with a point for its decimals";
const labelsOf = (map: string, also = "") =>
  `write the labels as the model gives them, in pandas: df["approved"] = df["approved"].astype(str)${also}.replace({${map}})`;

const tooLarge = (datatype: string) => ({
  noun: `a number that ${datatype} cannot hold`,
  fix: 'mend those values, or leave those rows out; df["income"].describe() in pandas shows the range',
});
const fraction = (datatype: string) => ({
  noun: `a fraction instead of ${datatype}`,
  fix: 'round them if the model was trained so, in pandas: df["income"] = df["income"].round().astype("int64")',
});
const NOT_FINITE = {
  noun: "a number that is not finite",
  fix: 'leave those rows out, in pandas: df = df[numpy.isfinite(df["income"])]',
};

interface Case {
  readonly fact: string;
  readonly lines: string[];
  readonly like?: Contract | undefined;
  readonly findings: object[];
}

/** One column in which every second cell is wrong, and the finding. */
const CELL_CASES: readonly Case[] = [
  { cells: ["", " "], noun: "an empty cell", few: "lines 3, 5", fix: missingRows("income") },
  { cells: ["NA", "nan"], noun: "a word for a missing value", fix: unknownRows("income", '"NA", "nan"') },
  { cells: ["null", "?"], noun: "a word for a missing value", fix: unknownRows("income", '"null", "?"') },
  { cells: ["<NA>", "NaT"], noun: "a word for a missing value", fix: unknownRows("income", '"<NA>", "NaT"') },
  {
    cells: ["yes", "no"],
    noun: "a truth value as a word",
    fix: `write them as in training, in pandas: ${assigned("income", '.astype(str).str.lower().replace({"yes": "1", "no": "0"}).astype(float)')}`,
  },
  {
    cells: ["True", "False"],
    noun: "a truth value as a word",
    fix: `write them as in training, in pandas: ${assigned("income", '.astype(str).str.lower().replace({"true": "1", "false": "0"}).astype(float)')}`,
  },
  {
    cells: ['"1,234"', '"1,234,567.5"'],
    noun: "a number with thousands separators",
    fix: `write it without, in pandas: ${assigned("income", NO_THOUSANDS)}`,
  },
  {
    cells: ["1 234", "1'234"],
    noun: "a number with thousands separators",
    fix: `write it without, in pandas: ${assigned("income", NO_THOUSANDS)}`,
  },
  {
    cells: ['"12,34,567"', '"1,09,279"'],
    noun: "a number with thousands separators",
    fix: `write it without, in pandas: ${assigned("income", NO_THOUSANDS)}`,
  },
  {
    cells: ['"0,5"', '"0,125"'],
    noun: "a number with a decimal comma",
    fix: `write it with a point, in pandas: ${assigned("income", POINT)}`,
  },
  {
    cells: ['"0,5"', '"1.234,5"'],
    noun: "a number with a decimal comma",
    fix: `write it with a point, in pandas: ${assigned("income", POINT_ALONE)}`,
  },
  {
    cells: ["12%", "12.5 %"],
    noun: "a percentage",
    fix: 'write the number alone, divided by 100 if the model was trained so, in pandas: df["income"] = df["income"].str.rstrip("% ").astype(float)',
  },
  {
    cells: ["$12", "12.50 EUR"],
    noun: "an amount with its currency",
    fix: amount(".astype(float)"),
  },
  { cells: ['"$1,234"', "€ 7"], noun: "an amount with its currency", fix: amount(NO_THOUSANDS) },
  { cells: ['"7,50 €"', '"12,00 €"'], noun: "an amount with its currency", fix: amount(POINT) },
  { cells: ['"7,50 €"', '"€1.234,50"'], noun: "an amount with its currency", fix: amount(POINT_ALONE) },
  { cells: ['"7,50 €"', '"$1,234"'], noun: "an amount with its currency", fix: AMBIGUOUS },
  {
    cells: ["0x05", "0b11"],
    noun: "a number that is not decimal",
    fix: 'write it in decimal, in pandas: df["income"] = df["income"].map(lambda text: int(text, 0))',
  },
  { cells: ["inf", "-Infinity"], ...NOT_FINITE },
  {
    cells: ["2024-01-31", "31.1.2024"],
    noun: "a date instead of a number",
    fix: seconds("dayfirst=True, "),
  },
  {
    cells: ["much", "a lot"],
    noun: "text instead of FP32",
    fix: numbersOf("income", '"much": …, "a lot": …'),
  },
].map(({ cells: [one = "", other = ""], noun, few, fix }) => {
  const [first, second] = [one, other].map((text) => JSON.stringify(text.replaceAll(/^"|"$/g, "")));
  return {
    fact: `counts a column's cells with ${noun}, such as ${one} and ${other}, as one objection`,
    lines: [HEADER, "1,2,1", `${one},2,0`, "3,2,1", `${other},2,0`],
    findings: [
      cell(
        3,
        "income",
        `2 of 4 rows have ${noun} in income: ${few ?? `${first} in line 3, ${second} in line 5`}.`,
        fix,
      ),
    ],
  };
});

const LABEL_CASES: readonly Case[] = [
  {
    fact: "counts labels that are none of the classes, and rows without one",
    lines: [HEADER, "1,2,2", "1,2,", "1,2,2", "1,2,1"],
    findings: [
      cell(
        2,
        "approved",
        '2 of 4 rows have a target that is none of the classes 0, 1 in approved: "2" in line 2, "2" in line 4.',
        labelsOf('"2": …'),
      ),
      cell(3, "approved", "1 of 4 rows has an empty cell in approved: line 3.", missingRows("approved")),
    ],
  },
  {
    fact: "knows which of two classes yes and no are",
    lines: [HEADER, "1,2,yes", "1,2,no", "1,2,yes"],
    findings: [
      cell(
        2,
        "approved",
        '3 of 3 rows have a target that is none of the classes 0, 1 in approved: "yes" in line 2, "no" in line 3, "yes" in line 4.',
        labelsOf('"yes": "1", "no": "0"', ".str.lower()"),
      ),
    ],
  },
  {
    fact: "shows the first ten of many classes",
    lines: [HEADER, "1,2,x"],
    like: contract({ classes: Array.from({ length: 11 }, (_, i) => i) }),
    findings: [
      cell(
        2,
        "approved",
        '1 of 1 row has a target that is none of the classes 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … in approved: "x" in line 2.',
        labelsOf('"x": …'),
      ),
    ],
  },
  {
    fact: "names a row without a label, if the contract lists no classes",
    lines: [HEADER, "1,2,"],
    like: contract({ classes: undefined }),
    findings: [
      cell(2, "approved", "1 of 1 row has an empty cell in approved: line 2.", missingRows("approved")),
    ],
  },
  {
    fact: "names the target of a regression that is no number",
    lines: [HEADER, "1,2,3", "1,2,high"],
    like: contract({ task: "regression", classes: undefined }),
    findings: [
      cell(
        3,
        "approved",
        '1 of 2 rows has text instead of a number in approved: "high" in line 3.',
        numbersOf("approved", '"high": …'),
      ),
    ],
  },
];

describe("parseHoldout", () => {
  it("objects to a text that the runtime would cut, unless the model is not shown it", () => {
    const lines = ["note,income,age,approved", "a\0b,x,y,1", 'a,x,"y\0z",0'];

    assert.deepEqual(parse(lines, contract({ datatype: "BYTES" })).findings, [
      cell(
        3,
        "age",
        '1 of 2 rows has a text with U+0000, at which ONNX Runtime ends it in age: "y\\u0000z" in line 3.',
        'take it out, in pandas: df["age"] = df["age"].str.replace("\\0", "", regex=False)',
      ),
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
        columns: {
          age: Float64Array.of(35, 22),
          region: ["x", ""],
          income: Float64Array.of(50000, 14000.5),
          year: Float64Array.of(2020, 2021),
        },
        exact: {},
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

    const like = contract({ inputs });
    const holdout = valueOf(["age,income,region,approved", "35,50,north,1", "22,60,07,0"], like);

    assert.deepEqual(tensorsOf(like, holdout, between(0, 2)), {
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
      const like = contract({ datatype });
      const holdout = valueOf([HEADER, "50000,35,1"], like);

      assert.deepEqual(tensorsOf(like, holdout, between(0, 1)), { features: { shape: [1, 2], data } });
      assert.deepEqual(holdout.columns["age"], column);
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

  it("takes labels letter by letter if the model gives text and the contract lists no classes", () => {
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

    assert.deepEqual(
      tensorsOf(contract(), value!, Int32Array.of(1, 0))["features"]!.data,
      Float32Array.of(3, 4, 1, 2),
    );
    assert.deepEqual(value!.lines, Int32Array.of(2, 3));
  });

  it("takes slices of features and of other columns", () => {
    const like = asking({ age: { below: 25 }, region: { in: ["x"] } }, { year: { from: 2020 } });

    assert.deepEqual(parse([`${HEADER},region,year`, "1,2,1,x,2020"], like).findings, []);
  });

  it("reads what is missing as NaN, and an empty text as one, if the contract lets it be missing", () => {
    const like = contract({
      inputs: [
        { name: "features", datatype: "FP32", shape: [-1, 2], columns: maybeMissing("income", "age") },
        { name: "plan", datatype: "BYTES", shape: [-1, 1], columns: maybeMissing("plan") },
      ],
    });
    const { value, findings } = parse([`${HEADER},plan`, ",2,1,NA", "NaN,null,1,", "3,x,1,pro"], like);

    assert.equal(value, undefined);
    assert.deepEqual(
      findings.map(({ where }) => where),
      [`${FILE}:4, column age`],
    );
    const { value: sound } = parse([`${HEADER},plan`, ",2,1,NA", "NaN,null,1,", "3,1e2,1,pro"], like);
    assert.deepEqual(sound?.columns, {
      income: Float64Array.of(NaN, NaN, 3),
      age: Float64Array.of(2, NaN, 100),
      plan: ["NA", "", "pro"],
    });
  });

  for (const { fact, lines, like, findings } of [
    {
      fact: "names each column that is missing and those that there are",
      lines: ["salary,age", "1,2"],
      findings: [missing('"income", "approved"', "salary, age")],
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
          what: "The file is a Git LFS pointer, not CSV.",
          where: FILE,
          fix: "git lfs pull",
        },
      ],
    },
    {
      fact: "knows a text in UTF-16 without a mark",
      lines: ["i\0n\0c\0o\0m\0e\0,\0a\0g\0e\0"],
      findings: [{ what: "The file is binary, not CSV.", where: FILE, fix: "save it as CSV in UTF-8" }],
    },
    {
      fact: "knows Parquet",
      lines: ["PAR1\u0015\u0004"],
      findings: [
        {
          what: "The file is Parquet, not CSV.",
          where: FILE,
          fix: 'write it as CSV, in pandas: pandas.read_parquet(…).to_csv("holdout.csv", index=False)',
        },
      ],
    },
    {
      fact: "knows a web page",
      lines: ["<!DOCTYPE html><title>Log in</title>"],
      findings: [
        {
          what: "The file is a web page, as a failed download leaves it behind, not CSV.",
          where: FILE,
          fix: "download it again, from the address of the file itself",
        },
      ],
    },
    {
      fact: "says that the first line holds numbers if it does",
      lines: ["50000,35,1", "60000,40,0"],
      findings: [
        missing('"income", "age", "approved"', "50000, 35, 1", ", in the first line, which holds numbers"),
      ],
    },
    {
      fact: "shows how a name differs if it is by its case or spaces",
      lines: ["Income, age, approved", "1,2,1"],
      findings: [
        missing(
          '"income", "age", "approved"',
          "Income,  age,  approved",
          ', to the letter: "income", not "Income"',
        ),
      ],
    },
    {
      fact: "knows semicolons between cells in quotes",
      lines: ['"income";"age";"approved"', "1;2;1"],
      findings: [
        {
          what: "The cells of the holdout's header are separated by semicolons, not by commas.",
          where: `${FILE}:1`,
          fix: "write the file with commas between the cells and points in the numbers",
        },
      ],
    },
    {
      fact: "gives no line for a column whose commas mean two things",
      lines: ["income,age,approved", '"1,234",2,1', '"0,5",2,1'],
      findings: [
        cell(
          2,
          "income",
          '1 of 2 rows has a number with thousands separators in income: "1,234" in line 2.',
          AMBIGUOUS,
        ),
        cell(
          3,
          "income",
          '1 of 2 rows has a number with a decimal comma in income: "0,5" in line 3.',
          AMBIGUOUS,
        ),
      ],
    },
    {
      fact: "takes a word for a missing label for what it is",
      lines: ["income,age,approved", "1,2,1", "1,2,nan"],
      findings: [
        cell(
          3,
          "approved",
          '1 of 2 rows has a word for a missing value in approved: "nan" in line 3.',
          unknownRows("approved", '"nan"'),
        ),
      ],
    },
    {
      fact: "shows the first twenty columns of many",
      lines: [`income,age,${Array.from({ length: 19 }, (_, i) => `c${i}`).join(",")}`],
      findings: [
        missing(
          '"approved"',
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
        missing('"age"', "income, approved"),
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
      fact: "names what is missing in a column of integers, which cannot hold it",
      lines: [HEADER, "1,2,1", ",2,1"],
      like: contract({
        inputs: [
          {
            name: "features",
            datatype: "INT32",
            shape: [-1, 2],
            columns: [{ name: "income" }, { name: "age" }],
          },
        ],
      }),
      findings: [
        cell(
          3,
          "income",
          "1 of 2 rows has an empty cell in income: line 3.",
          missingRows("income").replace(IF_TAKEN, ""),
        ),
      ],
    },
    {
      fact: "says that a header has no rows below it",
      lines: [HEADER, "", ""],
      findings: [{ what: "The holdout has no rows.", where: FILE, fix: "put labelled rows there" }],
    },
    ...CELL_CASES,
    ...LABEL_CASES,
    {
      fact: "names a row that is too long and one that is too short, and the bad cells of others",
      lines: [HEADER, "1,2,1,4", "1,x", "1,much,1"],
      findings: [
        at(2, "The row has 4 cells, and the header has 3."),
        at(3, "The row has 2 cells, and the header has 3."),
        cell(
          4,
          "age",
          '1 of 3 rows has text instead of FP32 in age: "much" in line 4.',
          numbersOf("age", '"much": …'),
        ),
      ],
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
      fact: "counts rows of the wrong length, and cells by column and cause",
      lines: [HEADER, ...Array.from({ length: 8 }, () => "x,2,1"), ...Array.from({ length: 7 }, () => "1")],
      findings: [
        {
          what: "The row has 1 cell, and the header has 3. This is true of 7 rows: lines 10, 11, 12, ….",
          where: `${FILE}:10`,
          fix: "mend or remove that row; a comma inside a cell needs quotes around the cell",
        },
        cell(
          2,
          "income",
          '8 of 15 rows have text instead of FP32 in income: "x" in line 2, "x" in line 3, "x" in line 4, ….',
          numbersOf("income", '"x": …'),
        ),
      ],
    },
    {
      fact: "counts the columns with the same cause beyond five",
      lines: [
        `${Array.from({ length: 8 }, (_, i) => `c${i}`).join(",")},approved`,
        `${Array.from({ length: 8 }, () => '"1,5"').join(",")},1`,
      ],
      like: contract({
        inputs: [
          {
            name: "features",
            datatype: "FP32",
            shape: [-1, 8],
            columns: Array.from({ length: 8 }, (_, i) => ({ name: `c${i}` })),
          },
        ],
      }),
      findings: [
        ...[0, 1, 2, 3, 4].map((i) =>
          cell(
            2,
            `c${i}`,
            `1 of 1 row has a number with a decimal comma in c${i}: "1,5" in line 2.`,
            `write it with a point, in pandas: df["c${i}"] = df["c${i}"].str.replace(",", ".", regex=False).astype(float)`,
          ),
        ),
        {
          what: "And 3 more like these.",
          where: `${FILE}:2, column c5`,
          fix: 'write it with a point, in pandas: df["c5"] = df["c5"].str.replace(",", ".", regex=False).astype(float)',
        },
      ],
    },
    {
      fact: "names the line of the file, also after an empty one and a cell with line breaks",
      lines: [`${HEADER},note`, "1,2,1,", "", '1,2,1,"a', 'b"', "x,2,1,"],
      findings: [
        cell(
          6,
          "income",
          '1 of 3 rows has text instead of FP32 in income: "x" in line 6.',
          numbersOf("income", '"x": …'),
        ),
      ],
    },
  ] satisfies Case[]) {
    it(fact, () => {
      assert.deepEqual(parse(lines, like ?? contract()), { file: FILE, findings });
    });
  }

  for (const { datatype, fits, text, noun, fix } of [
    { datatype: "FP32", fits: "3.4e38", text: "3.5e38", ...tooLarge("FP32") },
    { datatype: "FP32", fits: "0.1", text: "1e400", ...NOT_FINITE },
    { datatype: "FP64", fits: "1e308", text: "-1.5e400", ...NOT_FINITE },
    { datatype: "INT64", fits: "-9223372036854775808", text: "9223372036854775808", ...tooLarge("INT64") },
    { datatype: "INT64", fits: "9223372036854775807", text: "1e30", ...tooLarge("INT64") },
    { datatype: "INT64", fits: "1.0", text: "1.5", ...fraction("INT64") },
    { datatype: "INT64", fits: "9.007199254740993e15", text: "9007199254740993.5", ...fraction("INT64") },
    { datatype: "UINT64", fits: "18446744073709551615", text: "-1", ...tooLarge("UINT64") },
    { datatype: "UINT8", fits: "255", text: "256", ...tooLarge("UINT8") },
    { datatype: "UINT8", fits: "0", text: "-1", ...tooLarge("UINT8") },
    { datatype: "INT8", fits: "-128", text: "-129", ...tooLarge("INT8") },
    { datatype: "INT8", fits: "127", text: "128", ...tooLarge("INT8") },
    { datatype: "INT8", fits: "1", text: "0.5", ...fraction("INT8") },
  ]) {
    it(`takes ${fits} as ${datatype} and refuses ${text}`, () => {
      const { findings } = parse([HEADER, `${fits},2,1`, `${text},2,1`], contract({ datatype }));

      assert.deepEqual(findings, [
        cell(3, "income", `1 of 2 rows has ${noun} in income: "${text}" in line 3.`, fix),
      ]);
    });
  }

  it("keeps every digit of 64-bit integers, also of those before the first large one", () => {
    const like = contract({ datatype: "INT64" });
    const lines = [
      HEADER,
      "5,1,1",
      "9007199254740993,2,0",
      "-9223372036854775808,3,1",
      "9007199254740993.0,4,1",
    ];
    const holdout = valueOf(lines, like);

    const exact = BigInt64Array.of(5n, 9007199254740993n, -(2n ** 63n), 9007199254740993n);
    assert.deepEqual(holdout.exact, { income: exact });
    assert.deepEqual(
      tensorsOf(like, holdout, between(0, 4))["features"]!.data,
      BigInt64Array.of(5n, 1n, exact[1]!, 2n, exact[2]!, 3n, exact[3]!, 4n),
    );
  });

  it("keeps every digit of labels, if the contract lists no classes", () => {
    const lines = [HEADER, "1,2,9007199254740993", "1,2,9007199254740992"];

    assert.deepEqual(valueOf(lines, contract({ classes: undefined })).targets, [
      "9007199254740993",
      "9007199254740992",
    ]);
  });

  it("gives rows as they are read", () => {
    const text = [HEADER, "1,2,1", "3,4,0", "5,6,1"].join("\n");
    const reader = new HoldoutReader(Buffer.from(text), FILE, contract());

    assert.deepEqual(
      [reader.read(2), reader.soFar.rows, reader.read(2), reader.soFar.rows, reader.read(2)],
      [2, 2, 1, 3, 0],
    );
    assert.deepEqual(reader.soFar.columns["income"], Float64Array.of(1, 3, 5));
    assert.deepEqual(reader.material(), parse(text.split("\n")));
    assert.equal(reader.capacity, 3);
  });
});
