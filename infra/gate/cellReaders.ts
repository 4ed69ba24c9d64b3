/** Turns the cells of one column into values. Pure. */
import type { Contract, Datatype } from "../../model/contract.ts";
import { firstFew } from "./shown.ts";

/** Numbers where every cell is one, else text. A feature's datatype decides: text for BYTES, numbers for all others. */
export type ColumnValues = Float64Array | readonly string[];

export interface CellReader {
  /** Takes the cell of the next row. @returns what is wrong with it, if anything. */
  read(cell: string, row: number): string | undefined;
  /** What the first so many rows hold. */
  values(rows: number): ColumnValues;
}

/**
 * Finite numbers that the datatype can hold.
 *
 * @param capacity Rows, at most.
 */
export function numbers(datatype: Datatype, capacity: number): CellReader {
  const holds = range(datatype);
  const values = new Float64Array(capacity);
  return {
    read(cell, row) {
      const value = toNumber(cell);
      if (!Number.isFinite(value)) return `${cut(cell)} is no finite number.`;
      if (!holds(value)) return `${cut(cell)} is no ${datatype}.`;
      values[row] = value;
      return undefined;
    },
    values: (rows) => values.subarray(0, rows),
  };
}

export function text(): CellReader {
  const values: string[] = [];
  return {
    read(cell) {
      values.push(cell);
      return undefined;
    },
    values: () => values,
  };
}

export function numbersOrText(): CellReader {
  const { read, values } = text();
  return {
    read,
    values(rows) {
      const cells = values(rows) as readonly string[];
      const parsed = Float64Array.from(cells, toNumber);
      return parsed.every(Number.isFinite) ? parsed : cells;
    },
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
    read(cell) {
      if (!known.has(cell)) known.set(cell, toLabel(cell)?.toString());
      const found = known.get(cell);
      if (found !== undefined) {
        values.push(found);
        return undefined;
      }
      return classes
        ? `${cut(cell)} is none of the classes ${firstFew(classes.slice(0, 10).map(String), classes.length)}.`
        : `${cut(cell)} is no label.`;
    },
    values: () => values,
  };
}

/** NaN for what is no number; `Number` alone takes an empty cell for 0. */
export function toNumber(cell: string): number {
  const value = Number(cell);
  return value === 0 && cell.trim() === "" ? Number.NaN : value;
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
