/** Reads the holdout: CSV in, columns and right answers out, every problem named. Pure. */

import { firstFew } from "../../common/shown.ts";
import type { Contract, Datatype } from "../../contract/index.ts";
import { atMost, count, type Finding } from "../report/report.ts";
import { type Cause, CellFaults } from "./cellFaults.ts";
import {
  type CellReader,
  type ColumnValues,
  labels,
  numbers,
  numbersOrMissing,
  numbersOrText,
  text,
  type WideIntegers,
} from "./cellReaders.ts";
import { CsvRows, MEND_QUOTES } from "./csvRows.ts";
import { type Header, headerProblems, sliceProblems } from "./holdoutColumns.ts";
import type { Material } from "./material.ts";
import { notCsv } from "./notCsv.ts";

export type { ColumnValues };

export interface Columns {
  /** Every column of the file except the target, in the file's order, features and others. */
  readonly columns: Readonly<Record<string, ColumnValues>>;
  /** The same to the last digit, for columns with integers beyond 2^53. */
  readonly exact: Readonly<Record<string, WideIntegers>>;
}

export interface Holdout extends Columns {
  readonly rows: number;
  /** The right answers, one per row: numbers for a regression, otherwise labels as text, as the contract writes them. */
  readonly targets: readonly string[] | Float64Array;
  /** The line of each row in the file. The header is line 1. */
  readonly lines: Int32Array;
}

/** Faults of each kind that are shown. */
const SHOWN = 5;
/** Lines that are shown of rows with the same fault. */
const LINES_SHOWN = 3;

/**
 * @param bytes The file's contents, untrusted: UTF-8, cells separated by commas, one header.
 * @param file Its name, for the findings: `model/holdout.csv`.
 * @param contract One that names a holdout.
 */
export function parseHoldout(bytes: Buffer, file: string, contract: Contract): Material<Holdout> {
  const reader = new HoldoutReader(bytes, file, contract);
  while (reader.read(Number.POSITIVE_INFINITY) > 0);
  return reader.material();
}

/** Reads the holdout part by part, so that the model can run on the first rows before the last are read. */
export class HoldoutReader {
  readonly #file: string;
  readonly #contract: Contract;
  readonly #csv: CsvRows;
  readonly #header: Header;
  readonly #unusable: readonly Finding[];
  readonly #readers: readonly CellReader[] = [];
  /** The values of each column of floats: a plain decimal needs no further check. */
  readonly #plain: readonly (Float64Array | undefined)[] = [];
  readonly #byName = new Map<string, CellReader>();
  readonly #lines: Int32Array = new Int32Array(0);
  readonly #cellFaults = new CellFaults();
  readonly #rowFaults = new Map<string, { fix: string; lines: number[]; rows: number }>();
  #rows = 0;
  #seen = 0;

  constructor(bytes: Buffer, file: string, contract: Contract) {
    this.#file = file;
    this.#contract = contract;
    this.#csv = new CsvRows(bytes);
    this.#header = firstRow(this.#csv);
    const other = notCsv(bytes, file);
    this.#unusable = other === undefined ? headerProblems(this.#header, file, contract) : [other];
    if (this.#unusable.length > 0) return;
    const capacity = mostRows(bytes);
    this.#readers = columnReaders(this.#header.cells, contract, capacity);
    this.#plain = this.#readers.map(({ floats }) => floats);
    this.#header.cells.forEach((name, j) => this.#byName.set(name, this.#readers[j]!));
    this.#lines = new Int32Array(capacity);
  }

  /** Whether the holdout has a fault that makes it useless. */
  get faulty(): boolean {
    return this.#unusable.length + this.#rowFaults.size > 0 || this.#cellFaults.any;
  }

  /** No file of this size has more rows. */
  get capacity(): number {
    return this.#lines.length;
  }

  /** The line of each row that has been read. */
  get lines(): Int32Array {
    return this.#lines;
  }

  /** @param most Most rows to read. @returns How many it has read, 0 at the end. */
  read(most: number): number {
    if (this.#unusable.length > 0) return 0;
    const { cells: names } = this.#header;
    let read = 0;
    for (; read < most && this.#csv.next(); read++) this.#readRow(names);
    return read;
  }

  /** The rows that have been read. */
  get soFar(): Columns & { readonly rows: number } {
    return { rows: this.#rows, ...this.#columns(this.#header.cells) };
  }

  material(): Material<Holdout> {
    const file = this.#file;
    if (this.#unusable.length > 0) return { file, findings: this.#unusable };
    const rows = this.#rows;
    const lines = this.#lines.slice(0, rows);
    const findings = [...this.#rowFindings(), ...this.#cellFaults.findings(file, this.#seen)];
    if (rows === 0 && findings.length === 0)
      return {
        file,
        findings: [{ what: "The holdout has no rows.", where: file, fix: "put labelled rows there" }],
      };
    const { target } = this.#contract.validation!.holdout!;
    const columns = this.#columns(this.#header.cells.filter((name) => name !== target));
    findings.push(...sliceProblems(columns.columns, lines, file, this.#contract));
    if (findings.length > 0) return { file, findings };
    const targets = this.#byName.get(target)!.values(rows);
    return { file, findings: [], value: { rows, ...columns, targets, lines } };
  }

  #readRow(names: readonly string[]): void {
    const csv = this.#csv;
    this.#seen++;
    if (csv.fault !== undefined) return this.#rowFault(csv.fault, MEND_QUOTES);
    if (csv.length !== names.length)
      return this.#rowFault(
        `The row has ${count(csv.length, "cell")}, and the header has ${names.length}.`,
        "mend or remove that row; a comma inside a cell needs quotes around the cell",
      );
    const row = this.#rows;
    const { decimals } = csv;
    for (let j = 0; j < names.length; j++) {
      const room = this.#plain[j];
      const decimal = decimals[j]!;
      if (room !== undefined && !Number.isNaN(decimal)) {
        room[row] = decimal;
        continue;
      }
      const cause = this.#readers[j]!.read(csv, j, row);
      if (cause !== undefined) this.#cellFault(cause, j);
    }
    this.#lines[row] = csv.line;
    this.#rows++;
  }

  #rowFault(what: string, fix: string): void {
    const fault = this.#rowFaults.get(what) ?? { fix, lines: [], rows: 0 };
    this.#rowFaults.set(what, fault);
    fault.rows++;
    if (fault.lines.length < LINES_SHOWN) fault.lines.push(this.#csv.line);
  }

  #rowFindings(): Finding[] {
    const findings = [...this.#rowFaults].map(([what, { fix, lines, rows }]) => ({
      what:
        rows === 1
          ? what
          : `${what} This is true of ${count(rows, "row")}: lines ${firstFew(lines.map(String), rows)}.`,
      where: `${this.#file}:${lines[0]}`,
      fix,
    }));
    return [...atMost(SHOWN, findings)];
  }

  #cellFault(cause: Cause, j: number): void {
    const column = this.#header.cells[j]!;
    const { classes, validation, task } = this.#contract;
    const isTarget = column === validation?.holdout?.target;
    const datatype = isTarget
      ? task === "regression"
        ? "a number"
        : "a label"
      : datatypeOf(this.#contract, column);
    this.#cellFaults.note(cause, { column, datatype, classes }, this.#csv.line, this.#csv.text(j));
  }

  #columns(names: readonly string[]): Columns {
    const readers = names.map((name) => [name, this.#byName.get(name)!] as const);
    return {
      columns: Object.fromEntries(readers.map(([name, reader]) => [name, reader.values(this.#rows)])),
      exact: Object.fromEntries(
        readers.flatMap(([name, reader]) => {
          const exact = reader.exact?.(this.#rows);
          return exact === undefined ? [] : [[name, exact]];
        }),
      ),
    };
  }
}

function firstRow(csv: CsvRows): Header {
  if (!csv.next()) return { cells: [], line: 1, fault: undefined };
  const cells = Array.from({ length: csv.length }, (_, cell) => csv.text(cell));
  return { cells, line: csv.line, fault: csv.fault };
}

/** The number of line breaks, LF or CR: at most one row follows each. */
function mostRows(bytes: Buffer): number {
  const [LF, CR] = [10, 13];
  let breaks = 0;
  for (const one of [LF, CR])
    for (let at = bytes.indexOf(one); at !== -1; at = bytes.indexOf(one, at + 1)) breaks++;
  return breaks;
}

function datatypeOf({ inputs }: Contract, column: string): Datatype {
  return inputs.find(({ columns }) => columns?.some(({ name }) => name === column))?.datatype ?? "FP64";
}

/** One per column of the file. */
function columnReaders(header: readonly string[], contract: Contract, capacity: number): CellReader[] {
  const known = new Map(
    contract.inputs.flatMap(({ columns = [], datatype }) =>
      columns.map(({ name, missing = false }) => [name, { datatype, missing }] as const),
    ),
  );
  const rooms = new Float64Array(header.length * capacity); // one array for all: one for each column would wake the garbage collector
  return header.map((name, j) => {
    const room = rooms.subarray(j * capacity, (j + 1) * capacity);
    if (name === contract.validation?.holdout?.target)
      return contract.task === "regression" ? numbers("FP64", room) : labels(contract);
    const column = known.get(name);
    if (column === undefined) return numbersOrText(room);
    const { datatype, missing } = column;
    if (datatype === "BYTES") return text();
    return missing ? numbersOrMissing(datatype, room) : numbers(datatype, room);
  });
}
