/** Labelled rows as CSV, and the mistakes in files that are not CSV. Pure. */
import { CsvRows, MEND_QUOTES, notCsv, separatorProblem } from "../gate/instruments.ts";
import { closest } from "./closest.ts";
import { Mistake, mistake } from "./mistake.ts";

export interface Table {
  readonly bytes: Buffer;
  /** The name for the messages. */
  readonly file: string;
  /** The Parquet file that the CSV was made from. */
  readonly madeOf?: string;
  /** The names of its columns. */
  readonly columns: readonly string[];
}

const TO_CSV = 'df.to_csv("holdout.csv", index=False)';

/** @throws Mistake if it is not a CSV with a header. */
export function readTable(bytes: Buffer, file: string): Table {
  const other = notCsv(bytes, file);
  if (other !== undefined) throw new Mistake([other]);
  const csv = new CsvRows(bytes);
  if (!csv.next()) throw mistake("The file has no rows.", file, "put a header and labelled rows there");
  const columns = Array.from({ length: csv.length }, (_, cell) => csv.text(cell));
  const where = `${file}:${csv.line}`;
  if (csv.fault !== undefined) throw mistake(csv.fault, where, MEND_QUOTES);
  const separator = separatorProblem(columns, where);
  if (separator !== undefined) throw new Mistake([separator]);
  const nameless = columns.findIndex((name) => name.trim() === "");
  if (nameless !== -1)
    throw mistake(
      `Column ${nameless + 1} has no name${nameless === 0 ? ", like the index that pandas writes" : ""}.`,
      where,
      nameless === 0 ? `leave the index out: ${TO_CSV}` : "name it, or remove the column",
    );
  const numbers = columns.filter((name) => Number.isFinite(Number(name)));
  if (numbers.length === columns.length && new Set(columns).size < columns.length)
    throw mistake(
      "The first line holds numbers, but should name the columns.",
      where,
      "write the columns' names into the first line",
    );
  return { bytes, file, columns };
}

/** All cells of a column, as text. The holdout's reader reports rows of another length. */
export function cellsOf({ bytes, columns }: Table, name: string): string[] {
  const csv = new CsvRows(bytes);
  const at = columns.indexOf(name);
  const cells: string[] = [];
  csv.next();
  while (csv.next()) if (at < csv.length) cells.push(csv.text(at));
  return cells;
}

/** @throws Mistake if the data has no such column. */
export function requireColumn({ columns, file }: Table, name: string, flag: string): void {
  if (columns.includes(name)) return;
  const near = closest(name, columns);
  throw mistake(
    `The data has no column ${JSON.stringify(name)}; it has ${listed(columns)}.`,
    `${file}:1, and --${flag}`,
    near.length > 0
      ? `did you mean ${near.map((candidate) => JSON.stringify(candidate)).join(" or ")}?`
      : `name one of them with --${flag}`,
  );
}

/** `age, income and 3 more`. */
export function listed(names: readonly string[], most = 10): string {
  const few = names.slice(0, most).join(", ");
  return names.length > most ? `${few} and ${names.length - most} more` : few;
}
