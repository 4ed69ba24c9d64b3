/** Turns the cells of one column into values. Pure. */

import { toInteger, toNumber } from "../../common/toNumber.ts";
import type { Contract, Datatype } from "../../contract/index.ts";
import { type Cause, causeOf, isMissing } from "./cellFaults.ts";
import type { CsvRows } from "./csvRows.ts";

/** Numbers if every cell is one, otherwise text. For a feature, the datatype decides: text for BYTES, numbers for all others. */
export type ColumnValues = Float64Array | readonly string[];

/** 64-bit integers: a double holds only the first 53 bits. */
export type WideIntegers = BigInt64Array | BigUint64Array;

export interface CellReader {
  /** Reads a cell of the row that `csv` is at, and keeps it as the value of `row`. @returns Its fault, if any. */
  read(csv: CsvRows, cell: number, row: number): Cause | undefined;
  /** The values of the first rows, as many as asked for. Text of further rows may follow. */
  values(rows: number): ColumnValues;
  /** Room for floats. A plain decimal can be written there without `read`. */
  readonly floats?: Float64Array;
  /** The same values to the last digit, if doubles cannot hold them. */
  exact?(rows: number): WideIntegers | undefined;
}

/**
 * Finite numbers that the datatype can hold.
 *
 * @param room Room for all rows.
 */
export function numbers(datatype: Datatype, room: Float64Array): CellReader {
  if (datatype === "INT64" || datatype === "UINT64") return wideIntegers(datatype, room);
  const fault = checkFor(datatype);
  return {
    ...(datatype.startsWith("FP") && { floats: room }),
    read(csv, cell, row) {
      const value = csv.number(cell);
      room[row] = value;
      if (Number.isFinite(value)) return fault(value);
      return Number.isNaN(value) ? causeOf(csv.text(cell)) : "infinite";
    },
    values: (rows) => room.subarray(0, rows),
  };
}

function wideIntegers(datatype: "INT64" | "UINT64", room: Float64Array): CellReader {
  const [lowest, highest] = datatype === "INT64" ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n];
  let exact: WideIntegers | undefined;
  return {
    read(csv, cell, row) {
      const value = csv.number(cell);
      room[row] = value;
      if (Number.isSafeInteger(value)) {
        if (value < lowest) return "range";
        if (exact !== undefined) exact[row] = BigInt(value);
        return undefined;
      }
      if (Number.isNaN(value)) return causeOf(csv.text(cell));
      if (!Number.isFinite(value)) return "infinite";
      const integer = toInteger(csv.text(cell));
      if (integer === undefined) return "fraction";
      if (integer < lowest || integer > highest) return "range";
      if (exact === undefined) {
        exact = datatype === "INT64" ? new BigInt64Array(room.length) : new BigUint64Array(room.length);
        for (let before = 0; before < row; before++)
          if (Number.isSafeInteger(room[before])) exact[before] = BigInt(room[before]!);
      }
      exact[row] = integer;
      return undefined;
    },
    values: (rows) => room.subarray(0, rows),
    exact: (rows) => exact?.subarray(0, rows),
  };
}

/** The same for a column of floats in which values may be missing, which are NaN to the model. */
export function numbersOrMissing(datatype: Datatype, room: Float64Array): CellReader {
  const reader = numbers(datatype, room);
  return {
    ...reader,
    read(csv, cell, row) {
      const cause = reader.read(csv, cell, row);
      if (cause !== "empty" && cause !== "missing") return cause;
      room[row] = Number.NaN; // always the same bits, so that rows can be found alike
      return undefined;
    },
  };
}

/** ONNX Runtime silently ends a text at U+0000. */
export function text(): CellReader {
  const values: string[] = [];
  return {
    read(csv, cell, row) {
      const written = csv.text(cell);
      values[row] = written;
      return written.includes("\0") ? "cutText" : undefined;
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
      asText.read(csv, cell, row); // its faults do not matter: the model never sees it
      return undefined;
    },
    values: (rows) => (areNumbers ? asNumbers : asText).values(rows),
  };
}

/** Labels as the contract writes the classes: `1.0` and `1` are the same integer class. */
export function labels({ classes, outputs, prediction }: Contract): CellReader {
  const integers = outputs.find(({ name }) => name === prediction)?.datatype !== "BYTES";
  const toLabel = (cell: string): string | undefined => {
    if (classes)
      return classes
        .find((entry) => (typeof entry === "number" ? toNumber(cell) === entry : cell === entry))
        ?.toString();
    if (cell.trim() === "") return undefined;
    return (integers ? toInteger(cell)?.toString() : undefined) ?? cell;
  };
  const known = new Map<string, string | undefined>();
  const values: string[] = [];
  return {
    read(csv, cell, row) {
      const written = csv.text(cell);
      if (!known.has(written)) known.set(written, toLabel(written));
      const found = known.get(written);
      values[row] = found ?? "";
      if (found !== undefined) return undefined;
      if (written.trim() === "") return "empty";
      return isMissing(written) ? "missing" : "noClass";
    },
    values: () => values,
  };
}

/** Why the datatype cannot hold a finite number, if so. */
function checkFor(datatype: Datatype): (value: number) => Cause | undefined {
  if (datatype === "FP32") return (value) => (Number.isFinite(Math.fround(value)) ? undefined : "range");
  const [, unsigned, bits] = /^(U?)INT(\d+)$/.exec(datatype) ?? [];
  if (bits === undefined) return () => undefined;
  const above = 2 ** (Number(bits) - (unsigned ? 0 : 1));
  const lowest = unsigned ? 0 : -above;
  return (value) => {
    if (!Number.isInteger(value)) return "fraction";
    return value >= lowest && value < above ? undefined : "range";
  };
}
