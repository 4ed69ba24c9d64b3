/** Runs the model on the rows of a table, batch by batch, with a few batches ahead of the answers. Edge. */

import { whole } from "../../common/shown.ts";
import { elementCount, newData, type TensorData, type TensorValues } from "../../contract/index.ts";
import { MOST_FAILURES, type Table } from "../data/rowsToRun.ts";
import type { TableAnswers } from "./measurements.ts";
import { ModelError, type ModelProcess } from "./modelProcess.ts";
import type { Answered, NotFinite } from "./orders.ts";

/** Runs that are sent ahead: the process need not wait for the next one, and the queue does not grow with the rows. */
const AHEAD = 3;
/** Small runs are sent ahead up to this many bytes of input, and at most 64 of them. */
const SMALL = { bytes: 2 ** 16, runs: 64 };
/** Most values of an output: 2 GiB of float32. */
const MOST_VALUES = 2 ** 29;

/** The model fails on a row, or on several rows together but on none of them alone. */
export class RowError extends Error {
  readonly row: number;
  /** How many rows, from `row` on. */
  readonly rows: number;

  constructor(message: string, row: number, rows: number) {
    super(message);
    this.row = row;
    this.rows = rows;
  }
}

/** The rows of a table that are still being read while the first ones are run. */
export interface Arrivals {
  /** Waits until this many rows are there, or all. @returns How many there are. */
  readonly rows: (wanted: number) => Promise<number>;
  /** The number of all rows, once it is known. */
  readonly total: number | undefined;
}

export class TableRun {
  readonly #process: ModelProcess;
  readonly #table: Table;
  readonly #collected: Record<string, { shape: readonly number[]; data: TensorData }> = {};
  readonly #notFinite = new Map<string, NotFinite>();
  readonly #failures: { row: number; error: string }[] = [];
  #answered = 0;

  constructor(process: ModelProcess, table: Table) {
    this.#process = process;
    this.#table = table;
  }

  /** How many rows have been answered, from the first on. */
  get answered(): number {
    return this.#answered;
  }

  /**
   * @throws RowError for a row on which the model fails, unless the table wants them all.
   * @throws ProcessGone if the process gives no more answers.
   */
  async run(arriving?: Arrivals): Promise<TableAnswers> {
    const { batch, rows: all } = this.#table;
    const running: Promise<void>[] = [];
    let rows = 0;
    let ahead: number | undefined;
    try {
      for (let from = 0; ; from = rows) {
        rows = Math.min(from + batch, arriving === undefined ? all : await arriving.rows(from + batch));
        if (rows <= from) break;
        const inputs = this.#table.inputs(from, rows);
        ahead ??= Math.min(SMALL.runs, Math.max(AHEAD, Math.floor(SMALL.bytes / bytesOf(inputs))));
        running.push(handled(this.#batch(from, rows, inputs)));
        if (running.length > ahead) await running.shift();
        if (this.#failures.length >= MOST_FAILURES) break;
      }
      for (const one of running) await one;
    } catch (error) {
      await Promise.allSettled(running); // all runs under way end before the next order
      throw error;
    }
    return this.#answers(rows);
  }

  #answers(rows: number): TableAnswers {
    return {
      outputs: Object.fromEntries(
        Object.entries(this.#collected).map(([name, { shape, data }]) => {
          const width = elementCount(shape.slice(1));
          const own = Array.isArray(data) ? data.slice(0, rows * width) : data.subarray(0, rows * width);
          return [name, { shape: [rows, ...shape.slice(1)], data: own }];
        }),
      ),
      notFinite: [...this.#notFinite.values()],
      failures: this.#failures.toSorted((a, b) => a.row - b.row),
    };
  }

  async #batch(from: number, to: number, inputs: TensorValues): Promise<void> {
    const { outputs, returned, failuresWanted } = this.#table;
    try {
      this.#keep(from, to, await this.#process.ask({ do: "run", inputs, outputs, returned }));
      this.#answered = Math.max(this.#answered, to);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      const rowErrors = await this.#search(from, to, error.message);
      if (failuresWanted !== true) throw rowErrors[0]!;
      for (const { row, message } of rowErrors) this.#failures.push({ row, error: message });
    }
  }

  /** The model fails on these rows together. Finds those on which it fails alone: the first, or all if all are wanted. */
  async #search(from: number, to: number, message: string): Promise<RowError[]> {
    const rows = to - from;
    if (rows === 1) return [new RowError(message, from, 1)];
    const middle = from + (rows >> 1);
    const found = await this.#tryOut(from, middle);
    if (found.length === 0 || this.#table.failuresWanted) found.push(...(await this.#tryOut(middle, to)));
    return found.length > 0 ? found : [new RowError(message, from, rows)];
  }

  async #tryOut(from: number, to: number): Promise<RowError[]> {
    const { inputs, outputs, returned, failuresWanted } = this.#table;
    if (this.#failures.length >= MOST_FAILURES) return [];
    try {
      const answered = await this.#process.ask({ do: "run", inputs: inputs(from, to), outputs, returned });
      if (failuresWanted === true) this.#keep(from, to, answered);
      return [];
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      return this.#search(from, to, error.message);
    }
  }

  #keep(from: number, to: number, { outputs, notFinite }: Answered): void {
    const count = to - from;
    for (const [name, { shape, data }] of Object.entries(outputs)) {
      const [given, ...rest] = shape;
      if (given !== count)
        throw new ModelError(`the output ${name} has the shape [${shape}] for ${count} rows`);
      const width = elementCount(rest);
      if (this.#table.rows * width > MOST_VALUES)
        throw new ModelError(
          `the output ${name} has ${whole(width)} values per row, and the gate keeps at most ${whole(MOST_VALUES)} for all rows: use fewer rows`,
        );
      const room = (this.#collected[name] ??= {
        shape: [this.#table.rows, ...rest],
        data: roomLike(data, this.#table.rows * width),
      });
      if (String(room.shape.slice(1)) !== String(rest))
        throw new ModelError(`the output ${name} changes its shape from [${room.shape}] to [${shape}]`);
      copy(data, room.data, from * width);
    }
    for (const found of notFinite) {
      const before = this.#notFinite.get(found.output);
      // The value of an output without rows counts for the last row of the run.
      const rows = found.rows.map((row) => from + Math.min(row, count - 1));
      this.#notFinite.set(found.output, {
        ...(before ?? found),
        count: found.count + (before?.count ?? 0),
        rows: [...(before?.rows ?? []), ...rows].toSorted((a, b) => a - b).slice(0, MOST_FAILURES),
      });
    }
  }
}

/** The size of the inputs, in bytes. It is a guess for text. */
const bytesOf = (inputs: TensorValues) =>
  Object.values(inputs).reduce(
    (sum, { data }) => sum + (Array.isArray(data) ? 64 * data.length : data.byteLength),
    1,
  );

/** Keeps a rejection that is awaited later from being reported as unhandled. */
function handled(promise: Promise<void>): Promise<void> {
  promise.catch(() => {});
  return promise;
}

function roomLike(data: TensorData, length: number): TensorData {
  return Array.isArray(data)
    ? newData("BYTES", length)
    : new (data.constructor as Float32ArrayConstructor)(length);
}

function copy(from: TensorData, to: TensorData, at: number): void {
  if (Array.isArray(from)) for (let i = 0; i < from.length; i++) (to as string[])[at + i] = from[i]!;
  else (to as Float32Array).set(from as Float32Array, at);
}
