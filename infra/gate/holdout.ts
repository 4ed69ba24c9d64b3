/** Reads the holdout: CSV in, columns, tensors and right answers out, every problem named. Pure. */
import { createHash } from "node:crypto";
import type { Contract, Datatype } from "../../model/contract.ts";
import { newData, type TensorData } from "../../model/tensors.ts";
import { type CellReader, type ColumnValues, labels, numbers, numbersOrText, text } from "./cellReaders.ts";
import { type CsvRow, eachCsvRow, MEND_QUOTES } from "./eachCsvRow.ts";
import type { Material } from "./evidence.ts";
import { headerProblems, sliceProblems } from "./holdoutColumns.ts";
import type { TensorValues } from "./measurements.ts";
import { atMost, count, type Finding } from "./report.ts";

export type { ColumnValues };

export interface Holdout {
  readonly rows: number;
  /** As the model takes them. */
  readonly inputs: TensorValues;
  /** Every column of the file but the target, in the file's order, features and others. */
  readonly columns: Readonly<Record<string, ColumnValues>>;
  /** The right answers, one per row: labels as the contract writes the classes, as text; or numbers for a regression. */
  readonly targets: readonly string[] | Float64Array;
  /** The line of each row in the file, 1 for the header's. */
  readonly lines: Int32Array;
  /** Of the file's bytes, in hex. */
  readonly sha256: string;
}

/** Of each kind of fault, so many are shown. */
const SHOWN = 5;
const FIX = "mend or remove that row";

/**
 * @param csv The file's contents, untrusted: UTF-8, cells separated by commas, one header.
 * @param file Its name, for the findings: `model/holdout.csv`.
 * @param contract One that names a holdout.
 */
export function parseHoldout(csv: string, file: string, contract: Contract): Material<Holdout> {
  const header = firstRow(csv);
  const unusable = headerProblems(header, file, contract);
  if (unusable.length > 0) return { file, findings: unusable };

  const readers = columnReaders(header.cells, contract, mostRows(csv));
  const { lines, findings } = readRows(csv, header, readers, file);
  const rows = lines.length;
  if (rows === 0 && findings.length === 0) {
    return {
      file,
      findings: [{ what: "The holdout has no rows.", where: file, fix: "put labelled rows there" }],
    };
  }
  const { target } = contract.validation!.holdout!;
  const columns = Object.fromEntries(
    header.cells.map((name, j) => [name, readers[j]!.values(rows)] as const),
  );
  const { [target]: targets, ...others } = columns;
  findings.push(...sliceProblems(others, lines, file, contract));
  if (findings.length > 0) return { file, findings };
  return {
    file,
    findings: [],
    value: {
      rows,
      inputs: inputTensors(contract, others, rows),
      columns: others,
      targets: targets!,
      lines,
      sha256: createHash("sha256").update(csv).digest("hex"),
    },
  };
}

function firstRow(csv: string): CsvRow {
  let first: CsvRow = { cells: [], line: 1 };
  eachCsvRow(csv, (row) => {
    first = row;
    return false;
  });
  return first;
}

/** Line breaks of either kind: one row each, after the header's; more than rows where cells hold some. */
function mostRows(csv: string): number {
  let breaks = 0;
  for (const one of ["\n", "\r"])
    for (let at = csv.indexOf(one); at !== -1; at = csv.indexOf(one, at + 1)) breaks++;
  return breaks;
}

/** One per column of the file. */
function columnReaders(header: readonly string[], contract: Contract, capacity: number): CellReader[] {
  const datatypes = new Map<string, Datatype>(
    contract.inputs.flatMap(({ columns = [], datatype }) => columns.map(({ name }) => [name, datatype])),
  );
  return header.map((name) => {
    if (name === contract.validation?.holdout?.target)
      return contract.task === "regression" ? numbers("FP64", capacity) : labels(contract);
    const datatype = datatypes.get(name);
    if (datatype === undefined) return numbersOrText();
    return datatype === "BYTES" ? text() : numbers(datatype, capacity);
  });
}

function readRows(
  csv: string,
  header: CsvRow,
  readers: readonly CellReader[],
  file: string,
): { readonly lines: Int32Array; readonly findings: Finding[] } {
  const lines: number[] = [];
  const rowFaults: Finding[] = [];
  const cellFaults: Finding[] = [];
  const { cells: names } = header;
  eachCsvRow(csv, ({ cells, line, fault }) => {
    if (line === header.line) return true;
    if (fault !== undefined) {
      note(rowFaults, () => ({ what: fault, where: `${file}:${line}`, fix: MEND_QUOTES }));
    } else if (cells.length !== names.length) {
      const what = `The row has ${count(cells.length, "cell")}, and the header has ${names.length}.`;
      note(rowFaults, () => ({ what, where: `${file}:${line}`, fix: FIX }));
    } else {
      for (let j = 0; j < readers.length; j++) {
        const what = readers[j]!.read(cells[j]!, lines.length);
        if (what !== undefined)
          note(cellFaults, () => ({ what, where: `${file}:${line}, column ${names[j]}`, fix: FIX }));
      }
      lines.push(line);
    }
    return true;
  });
  return {
    lines: Int32Array.from(lines),
    findings: [...atMost(SHOWN, rowFaults), ...atMost(SHOWN, cellFaults)],
  };
}

/** Beyond those that are shown, faults only count: a file can have millions. */
function note(faults: Finding[], fault: () => Finding): void {
  faults.push(faults[SHOWN] ?? fault());
}

function inputTensors(contract: Contract, columns: Holdout["columns"], rows: number): TensorValues {
  return Object.fromEntries(
    contract.inputs.map(({ name, datatype, shape, columns: own = [] }) => {
      const values = own.map((column) => columns[column.name]!);
      return [name, { shape: [rows, ...shape.slice(1)], data: rowMajor(values, datatype, rows) }];
    }),
  );
}

function rowMajor(columns: readonly ColumnValues[], datatype: Datatype, rows: number): TensorData {
  const data = newData(datatype, rows * columns.length);
  const cells = data as (number | string | bigint)[];
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  columns.forEach((values, j) => {
    for (let i = 0, at = j; i < rows; i++, at += columns.length)
      cells[at] = wide ? BigInt(values[i]!) : values[i]!;
  });
  return data;
}
