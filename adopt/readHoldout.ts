/** Reads the labelled rows that a model is adopted with: CSV as it is, or Parquet turned into CSV. Edge. */
import { readRegularFile } from "../common/regularFile.ts";
import { readTable, type Table } from "./labelledRows.ts";
import { mistake } from "./mistake.ts";

/** @throws Mistake if the rows cannot be read. */
export async function readHoldout(file: string): Promise<Table> {
  const bytes = await read(file);
  if (!/\.(parquet|pq)$/i.test(file) && !/^PAR[1E]/.test(bytes.toString("latin1", 0, 4)))
    return readTable(bytes, file);
  const { parquetToCsv } = await import("./parquet.ts"); // only now, with its decompressors: most holdouts are CSV
  // Line numbers are the CSV's: Parquet has no lines.
  return { ...readTable(await parquetToCsv(bytes, file), `${file} as CSV`), madeOf: file };
}

async function read(file: string): Promise<Buffer> {
  return readRegularFile(file).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EISDIR"
      ? mistake(
          `${file} is a folder, not a single file.`,
          file,
          `make one file of it, in pandas: pandas.read_parquet(${JSON.stringify(file)}).to_parquet("holdout.parquet", index=False)`,
        )
      : mistake(
          error.code === "ENOENT" ? `${file} does not exist.` : `${file} cannot be read: ${error.message}`,
          file,
          "name a CSV or Parquet file of labelled rows with --holdout",
        );
  });
}
