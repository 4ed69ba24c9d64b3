/** Reads the labelled rows that a model is adopted with: CSV as it is, or Parquet as the CSV that it makes. Edge. */
import { readRegularFile } from "../common/regularFile.ts";
import { mistake } from "./mistake.ts";
import { readTable, type Table } from "./table.ts";

/** @throws Mistake where there are no rows to be had. */
export async function readHoldout(file: string): Promise<Table> {
  const bytes = await read(file);
  if (!/\.(parquet|pq)$/i.test(file) && !/^PAR[1E]/.test(bytes.toString("latin1", 0, 4)))
    return readTable(bytes, file);
  const { parquetToCsv } = await import("./parquet.ts"); // with its decompressors: most holdouts are CSV
  // A line of it is a line of the CSV: Parquet has none.
  return { ...readTable(await parquetToCsv(bytes, file), `${file} as CSV`), madeOf: file };
}

async function read(file: string): Promise<Buffer> {
  return readRegularFile(file).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EISDIR"
      ? mistake(
          `${file} is a folder, and one file is wanted.`,
          file,
          `make one of it, in pandas: pandas.read_parquet(${JSON.stringify(file)}).to_parquet("holdout.parquet", index=False)`,
        )
      : mistake(
          error.code === "ENOENT" ? `${file} does not exist.` : `${file} cannot be read: ${error.message}`,
          file,
          "name a CSV or Parquet file of labelled rows with --holdout",
        );
  });
}
