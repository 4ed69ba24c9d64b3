/** Reads the holdout: CSV in, columns, tensors and right answers out, every problem named. Pure. */
import type { Contract, Datatype } from "../../model/contract.ts";
import { newData, type TensorData } from "../../model/tensors.ts";
import { type CellReader, type ColumnValues, labels, numbers, numbersOrText, text } from "./cellReaders.ts";
import { CsvRows, MEND_QUOTES } from "./csvRows.ts";
import type { Material } from "./evidence.ts";
import { type Header, headerProblems, sliceProblems } from "./holdoutColumns.ts";
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
}

/** Of each kind of fault, so many are shown. */
const SHOWN = 5;
const FIX = "mend or remove that row";

/**
 * @param bytes The file's contents, untrusted: UTF-8, cells separated by commas, one header.
 * @param file Its name, for the findings: `model/holdout.csv`.
 * @param contract One that names a holdout.
 */
export function parseHoldout(bytes: Buffer, file: string, contract: Contract): Material<Holdout> {
  const csv = new CsvRows(bytes);
  const header = firstRow(csv);
  const unusable = headerProblems(header, file, contract);
  if (unusable.length > 0) return { file, findings: unusable };

  const readers = columnReaders(header.cells, contract, mostRows(bytes));
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
    },
  };
}

function firstRow(csv: CsvRows): Header {
  if (!csv.next()) return { cells: [], line: 1, fault: undefined };
  const cells = Array.from({ length: csv.length }, (_, cell) => csv.text(cell));
  return { cells, line: csv.line, fault: csv.fault };
}

/** Line breaks of either kind: one row each, after the header's; more than rows where cells hold some. */
function mostRows(bytes: Buffer): number {
  const [LF, CR] = [10, 13];
  let breaks = 0;
  for (const one of [LF, CR])
    for (let at = bytes.indexOf(one); at !== -1; at = bytes.indexOf(one, at + 1)) breaks++;
  return breaks;
}

/** One per column of the file. */
function columnReaders(header: readonly string[], contract: Contract, capacity: number): CellReader[] {
  const datatypes = new Map<string, Datatype>(
    contract.inputs.flatMap(({ columns = [], datatype }) => columns.map(({ name }) => [name, datatype])),
  );
  const rooms = new Float64Array(header.length * capacity); // at once: one for each column would wake the garbage collector
  return header.map((name, j) => {
    const room = rooms.subarray(j * capacity, (j + 1) * capacity);
    if (name === contract.validation?.holdout?.target)
      return contract.task === "regression" ? numbers("FP64", room) : labels(contract);
    const datatype = datatypes.get(name);
    if (datatype === undefined) return numbersOrText(room);
    return datatype === "BYTES" ? text() : numbers(datatype, room);
  });
}

/** Reads what follows the header. */
function readRows(
  csv: CsvRows,
  { cells: names }: Header,
  readers: readonly CellReader[],
  file: string,
): { readonly lines: Int32Array; readonly findings: Finding[] } {
  const lines: number[] = [];
  const rowFaults: Finding[] = [];
  const cellFaults: Finding[] = [];
  while (csv.next()) {
    if (csv.fault !== undefined) {
      note(rowFaults, { what: csv.fault, where: `${file}:${csv.line}`, fix: MEND_QUOTES });
    } else if (csv.length !== names.length) {
      const what = `The row has ${count(csv.length, "cell")}, and the header has ${names.length}.`;
      note(rowFaults, { what, where: `${file}:${csv.line}`, fix: FIX });
    } else {
      for (let j = 0; j < readers.length; j++) {
        const what = readers[j]!.read(csv, j, lines.length);
        if (what !== undefined)
          note(cellFaults, { what, where: `${file}:${csv.line}, column ${names[j]}`, fix: FIX });
      }
      lines.push(csv.line);
    }
  }
  return {
    lines: Int32Array.from(lines),
    findings: [...atMost(SHOWN, rowFaults), ...atMost(SHOWN, cellFaults)],
  };
}

/** Beyond those that are shown, faults only count: a file can have millions. */
function note(faults: Finding[], fault: Finding): void {
  faults.push(faults[SHOWN] ?? fault);
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
  for (let i = 0, at = 0; i < rows; i++)
    for (const values of columns) cells[at++] = wide ? BigInt(values[i]!) : values[i]!;
  return data;
}
