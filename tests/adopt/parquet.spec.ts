import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Papa from "papaparse";
import { parquetToCsv } from "../../adopt/parquet.ts";
import { readHoldout } from "../../adopt/readHoldout.ts";

const read = (file: string) => readFileSync(path.join(import.meta.dirname, "parquet", file));
const rowsOf = (csv: Buffer) => Papa.parse<string[]>(csv.toString(), { skipEmptyLines: true }).data;

/** Python writes 1e-05, 1.0 and all digits of a float32. The number must be the same, not its text. */
function sameCell(column: string, given: string, wanted: string): boolean {
  if (wanted === "" || !column.startsWith("float")) return given === wanted;
  const round = column === "float32" ? Math.fround : Number;
  return given !== "" && Object.is(round(Number(given)), round(Number(wanted)));
}

describe("parquetToCsv", () => {
  const [names = [], ...wanted] = rowsOf(read("cells.csv"));

  for (const file of [
    "none",
    "snappy",
    "gzip",
    "zstd",
    "brotli",
    "row-groups",
    "plain",
    "small-pages",
    "delta",
  ]) {
    it(`writes each cell of ${file}.parquet as Python does`, async () => {
      const [header, ...rows] = rowsOf(await parquetToCsv(read(`${file}.parquet`), file));

      assert.deepEqual(header, names);
      assert.equal(rows.length, 120);
      const other = rows.flatMap((row, i) =>
        names.flatMap((name, j) =>
          sameCell(name, row[j]!, wanted[i]![j]!)
            ? []
            : [`row ${i}, ${name}: ${JSON.stringify(row[j])} for ${JSON.stringify(wanted[i]![j])}`],
        ),
      );
      assert.deepEqual(other, []);
    });
  }

  it("writes a float32 in as few digits as identify it", async () => {
    const [, ...rows] = rowsOf(await parquetToCsv(read("zstd.parquet"), "zstd.parquet"));

    assert.deepEqual(
      rows.slice(0, 6).map(([float32, float64, float16]) => [float32, float64, float16]),
      [
        ["0.1", "0.1", "0.0999755859375"],
        ["-0", "-0", "-0"],
        ["1.4013e-45", "5e-324", "5.960464477539063e-8"],
        ["3.4028235e+38", "1.7976931348623157e+308", "65504"],
        ["16777216", "1e+21", "1.423828125"],
        ["0.33333334", "0.3333333333333333", "-0.263427734375"],
      ],
    );
  });

  it("does not fill up a column that has fewer values than the others", async () => {
    const bytes = read("delta.parquet");
    bytes[7353] = 191; // in a page of "uint8"

    await assert.rejects(parquetToCsv(bytes, "delta.parquet"), /the column "uint8" ends early\./);
  });
});

describe("readHoldout", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-parquet-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const name of ["rows.parquet", "rows.pq", "ROWS.PARQUET", "rows.csv"])
    it(`reads ${name} as Parquet, by its name or its first bytes`, async () => {
      const file = path.join(folder, name);
      writeFileSync(file, read("none.parquet"));

      const { bytes, madeOf } = await readHoldout(file);

      assert.equal(madeOf, file);
      assert.deepEqual(bytes, await parquetToCsv(read("none.parquet"), file));
    });

  for (const name of ["rows.parquet", "rows.pq"])
    it(`says that ${name} is not Parquet if it holds something else`, async () => {
      const file = path.join(folder, name);
      writeFileSync(file, "a,b\n1,2\n");

      await assert.rejects(readHoldout(file), /but begins with "a,b\\n1,2\\n", not with PAR1\./);
    });
});
