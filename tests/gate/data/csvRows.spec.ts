import assert from "node:assert/strict";
import Papa from "papaparse";
import { CsvRows } from "../../../gate/data/csvRows.ts";
import { random } from "../../support/evidence.ts";

/** A row with a fault has no cells here, since none of them should be read. */
function rowsOf(csv: string) {
  const rows = new CsvRows(Buffer.from(csv));
  const found: { line: number; cells: string[]; fault: string | undefined }[] = [];
  while (rows.next()) {
    const length = rows.fault === undefined ? rows.length : 0;
    const cells = Array.from({ length }, (_, cell) => rows.text(cell));
    found.push({ line: rows.line, cells, fault: rows.fault });
  }
  return found;
}

const row = (line: number, ...cells: string[]) => ({ line, cells, fault: undefined });

describe("CsvRows", () => {
  for (const { fact, csv, rows } of [
    { fact: "has no row in an empty file", csv: "", rows: [] },
    { fact: "has no row in one of empty lines", csv: '\n\r\n\r""\n', rows: [] },
    { fact: "passes over a byte order mark", csv: '\ufeff"a"', rows: [row(1, "a")] },
    { fact: "has a cell before and after each comma", csv: ",", rows: [row(1, "", "")] },
    {
      fact: "counts lines however each of them ends",
      csv: "a\nb\r\nc\rd\n\re",
      rows: [row(1, "a"), row(2, "b"), row(3, "c"), row(4, "d"), row(6, "e")],
    },
    {
      fact: "counts the lines in quotes",
      csv: '"a\nb\r\nc\rd",e\nf,g',
      rows: [row(1, "a\nb\r\nc\rd", "e"), row(5, "f", "g")],
    },
    {
      fact: "takes quotes from around a cell and leaves those inside",
      csv: '"a,b","c ""d""",e"f,"" \t,"g" \t\n',
      rows: [row(1, "a,b", 'c "d"', 'e"f', "", "g")],
    },
    { fact: "takes all letters", csv: '"Zürich",東京,👍\n', rows: [row(1, "Zürich", "東京", "👍")] },
    {
      fact: "goes on to the next quote that closes the cell",
      csv: '"a" "b",c\nd,e\n"f"g',
      rows: [
        { line: 1, cells: [], fault: "A quoted cell goes on after its closing quote." },
        row(2, "d", "e"),
        { line: 3, cells: [], fault: "A quoted cell goes on after its closing quote." },
      ],
    },
  ]) {
    it(fact, () => {
      assert.deepEqual(rowsOf(csv), rows);
    });
  }

  for (const newline of ["\n", "\r\n", "\r"] as const) {
    it(`finds in any text the rows that papaparse finds, where lines end with ${JSON.stringify(newline)}`, () => {
      const next = random();
      const pieces = ["a", "1", " ", ",", ",", '"', '"', '""', ',"', '",', "é", newline, newline];
      const anyPiece = () => pieces[Math.floor(next() * pieces.length)];
      const texts = Array.from(
        { length: 20_000 },
        () => Array.from({ length: 1 + next() * 12 }, anyPiece).join("") + newline,
      );

      for (const text of texts) {
        const ours = rowsOf(text).map(({ cells, fault }) => ({ cells, fault }));
        const theirs = papaparseRows(text, newline);
        assert.deepEqual(ours, theirs, JSON.stringify(text));
      }
    });
  }

  it("reads a hundred thousand texts as Number does, to the bit, unless they are no decimal number", () => {
    const next = random();
    const texts = [...ODD_NUMBERS, ...Array.from({ length: 100_000 }, () => anyNumber(next))];
    const rows = new CsvRows(Buffer.from(texts.map((text) => `${text},x`).join("\n")));

    for (const text of texts) {
      assert(rows.next());
      const expected = NO_DECIMAL.test(text) ? Number.NaN : Number(text);
      assert(Object.is(rows.number(0), expected), `${JSON.stringify(text)}: ${rows.number(0)}`);
    }
    assert(!rows.next());
  });

  it("reads numbers in quotes", () => {
    const rows = new CsvRows(Buffer.from('"-1.5"," 2e3 ","","1"""'));

    rows.next();

    assert.deepEqual(
      [0, 1, 2, 3].map((cell) => rows.number(cell)),
      [-1.5, 2000, Number.NaN, Number.NaN],
    );
  });
});

const FAULTS: Readonly<Record<string, string>> = {
  MissingQuotes: "A quoted cell is opened and never closed.",
  InvalidQuotes: "A quoted cell goes on after its closing quote.",
};

function papaparseRows(text: string, newline: "\n" | "\r\n" | "\r") {
  const rows: { cells: string[]; fault: string | undefined }[] = [];
  Papa.parse<string[]>(text, {
    delimiter: ",",
    newline,
    step: ({ data: cells, errors: [error] }) => {
      if (error !== undefined) rows.push({ cells: [], fault: FAULTS[error.code] });
      else if (cells.length > 1 || cells[0] !== "") rows.push({ cells, fault: undefined });
    },
  });
  return rows;
}

/** `Number` reads them as 0, 16 and infinity. */
const NO_DECIMAL = /^\s*$|[xbo]|Infinity/i;

const ODD_NUMBERS = [
  "",
  " ",
  "-",
  ".",
  "-.",
  "--1",
  "1-",
  "1.2.3",
  "1..2",
  "0",
  "-0",
  "-0.0",
  "00012",
  "+5",
  "5.",
  ".5",
  "-.5",
  " 5 ",
  "\u00a05\u00a0",
  "5x",
  "1_000",
  "0x10",
  "0X1F",
  "0b11",
  "0o17",
  "Infinity",
  "-Infinity",
  "NaN",
  "1e400",
  "-1e400",
  "1e-400",
  "1E5",
  "1e",
  "１",
  "999999999999999",
  "9007199254740993",
  "0.30000000000000004",
  "0.1234567890123456",
  "1234567890.12345",
  "0.000000000000001",
];

/** Digits, often with a sign, a point, an exponent or any other character. */
function anyNumber(next: () => number): string {
  const upTo = (limit: number) => Math.floor(next() * limit);
  const digits = (most: number) => Array.from({ length: upTo(most + 1) }, () => upTo(10)).join("");
  const one = (choices: readonly string[]) => choices[upTo(choices.length)]!;
  return [
    one(["", "", "", "", " ", "+"]),
    one(["", "-"]),
    one(["", "", "0", "000"]),
    digits(upTo(20)),
    one(["", ".", ".", "."]),
    digits(upTo(27)),
    one(["", "", "", "", "", "e5", "e-7", "E+12", "e300", "e-320", "x", "_", " "]),
  ].join("");
}
