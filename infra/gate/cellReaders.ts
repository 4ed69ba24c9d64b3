/** Turns the cells of one column into values. Pure. */
import type { Contract, Datatype } from "../../model/contract.ts";
import type { CsvRows } from "./csvRows.ts";
import { firstFew } from "./shown.ts";
import { toNumber } from "./toNumber.ts";

/** Numbers where every cell is one, else text. A feature's datatype decides: text for BYTES, numbers for all others. */
export type ColumnValues = Float64Array | readonly string[];

export interface CellReader {
  /** Takes a cell of the row that `csv` is at, for the next row. @returns what is wrong with it, if anything. */
  read(csv: CsvRows, cell: number, row: number): string | undefined;
  /** What the first so many rows hold. */
  values(rows: number): ColumnValues;
}

/**
 * Finite numbers that the datatype can hold.
 *
 * @param values Room for all rows.
 */
export function numbers(datatype: Datatype, values: Float64Array): CellReader {
  const holds = range(datatype);
  return {
    read(csv, cell, row) {
      const value = csv.number(cell);
      if (!Number.isFinite(value)) return `${cut(csv.text(cell))} is no finite number.`;
      if (!holds(value)) return `${cut(csv.text(cell))} is no ${datatype}.`;
      values[row] = value;
      return undefined;
    },
    values: (rows) => values.subarray(0, rows),
  };
}

/** ONNX Runtime takes U+0000 for the end of a text, and says nothing of the rest. */
export function text(): CellReader {
  const values: string[] = [];
  return {
    read(csv, cell) {
      const written = csv.text(cell);
      values.push(written);
      return written.includes("\0")
        ? `${cut(written)} holds U+0000, where ONNX Runtime ends a text.`
        : undefined;
    },
    values: () => values,
  };
}

export function numbersOrText(room: Float64Array): CellReader {
  const [asNumbers, asText] = [numbers("FP64", room), text()];
  let areNumbers = true;
  return {
    read(csv, cell, row) {
      areNumbers &&= asNumbers.read(csv, cell, row) === undefined;
      asText.read(csv, cell, row); // the model is not shown it
      return undefined;
    },
    values: (rows) => (areNumbers ? asNumbers : asText).values(rows),
  };
}

/** Labels as the contract writes the classes: `1.0` and `1` are the same integer class. */
export function labels({ classes, outputs, prediction }: Contract): CellReader {
  const integers = outputs.find(({ name }) => name === prediction)?.datatype !== "BYTES";
  const toLabel = (cell: string): number | string | undefined => {
    if (classes)
      return classes.find((entry) => (typeof entry === "number" ? toNumber(cell) === entry : cell === entry));
    if (cell.trim() === "") return undefined;
    return integers && Number.isFinite(toNumber(cell)) ? toNumber(cell) : cell;
  };
  const known = new Map<string, string | undefined>();
  const values: string[] = [];
  return {
    read(csv, cell) {
      const written = csv.text(cell);
      if (!known.has(written)) known.set(written, toLabel(written)?.toString());
      const found = known.get(written);
      if (found !== undefined) {
        values.push(found);
        return undefined;
      }
      return classes
        ? `${cut(written)} is none of the classes ${firstFew(classes.slice(0, 10).map(String), classes.length)}.`
        : `${cut(written)} is no label.`;
    },
    values: () => values,
  };
}

/** In quotes, and no longer than a line. */
function cut(cell: string): string {
  return JSON.stringify(cell.length > 60 ? `${cell.slice(0, 57)}...` : cell);
}

/** Whether a finite number is one of the datatype's. */
function range(datatype: Datatype): (value: number) => boolean {
  if (datatype === "FP32") return (value) => Number.isFinite(Math.fround(value));
  const [, unsigned, bits] = /^(U?)INT(\d+)$/.exec(datatype) ?? [];
  if (bits === undefined) return () => true;
  const above = 2 ** (Number(bits) - (unsigned ? 0 : 1));
  const lowest = unsigned ? 0 : -above;
  return (value) => Number.isInteger(value) && value >= lowest && value < above;
}
