/** Runs the model in a process of its own and measures it, step by step, each with a limit. Edge. */

import { sizeOf } from "../../common/regularFile.ts";
import { whole } from "../../common/shown.ts";
import type { Contract, TensorValues } from "../../contract/index.ts";
import type { Table } from "../data/rowsToRun.ts";
import { LIMIT_FIX, type Limits, limitsFor, loadSeconds, stepSeconds } from "./limits.ts";
import {
  type Failed,
  failed,
  type Latency,
  type Measurements,
  type NotRun,
  type Ran,
  ran,
  type TableAnswers,
} from "./measurements.ts";
import { ModelError, ModelProcess, ProcessGone, type Step } from "./modelProcess.ts";
import type { Loaded } from "./orders.ts";
import { type Arrivals, RowError, TableRun } from "./runTable.ts";
import { canBeRun } from "./schemaDifferences.ts";
import type { KernelLimits, Wire } from "./spawnModel.ts";
import { requireFineClock, timeRows } from "./timeRows.ts";

export interface MeasureOptions {
  readonly limits: Limits;
  /** Starts a process. Unset: the real one. */
  readonly spawn?: ((limits: KernelLimits) => Wire) | undefined;
}

export interface TableOptions {
  /** Each row's line in the holdout's file, for messages about a row on which the model fails. */
  readonly lines?: () => Int32Array;
  /** Unset: all rows are there. */
  readonly arriving?: Arrivals;
}

/** Measures one model. Each step is called once, in this order. */
export class Measuring {
  readonly #contract: Contract;
  readonly #options: MeasureOptions;
  #process: ModelProcess;
  #file = "";
  #load: Ran<Loaded>;
  #golden: Measurements["golden"] = [];
  readonly #tables: Record<string, Ran<TableAnswers>> = {};
  #latency: Ran<Latency>;
  #memory: Measurements["memory"];
  /** Why no further step is run. */
  #over: NotRun | undefined;

  /** Starts the process. It takes a while to load the runtime. */
  constructor(contract: Contract, options: MeasureOptions) {
    this.#contract = contract;
    this.#options = options;
    this.#process = this.#start();
    const unasked: NotRun = { notRun: "the model was not run", fault: "machine" };
    this.#load = this.#latency = this.#memory = unasked;
  }

  get measurements(): Measurements {
    return {
      load: this.#load,
      golden: this.#golden,
      tables: this.#tables,
      latency: this.#latency,
      memory: this.#memory,
    };
  }

  async load(file: string): Promise<void> {
    this.#file = file;
    const step = { seconds: loadSeconds(this.#contract, this.#options.limits), fix: LIMIT_FIX };
    this.#load = await this.#step(step, () => this.#process.ask({ do: "load", model: file }));
    if (failed(this.#load)) this.stop("the model does not load");
    else if (ran(this.#load) && !canBeRun(this.#contract, this.#load))
      this.stop("the model has other inputs or outputs"); // every later step would fail
  }

  /** Each request twice. */
  async golden(requests: readonly TensorValues[]): Promise<void> {
    const outputs = this.#contract.outputs.map(({ name }) => name);
    for (const inputs of requests) {
      const order = { do: "run", inputs, outputs, returned: outputs } as const;
      const outcome = await this.#step(this.#stepOf(1), async () => ({
        outputs: (await this.#process.ask(order)).outputs,
        again: (await this.#process.ask(order)).outputs,
      }));
      this.#golden = [...this.#golden, outcome];
    }
  }

  async table(name: string, table: Table, { lines, arriving }: TableOptions = {}): Promise<void> {
    const run = new TableRun(this.#process, table);
    const step: Step = {
      ...this.#stepOf(table.rows),
      progress: () => {
        const total = arriving === undefined ? table.rows : arriving.total;
        return `${whole(run.answered)}${total === undefined ? "" : ` of ${whole(total)}`} rows were answered`;
      },
    };
    const line = ({ row, rows }: RowError) => {
      const first = lines?.()[row];
      if (first === undefined) return "";
      return rows === 1 ? ` (the row in line ${first})` : ` (${rows} rows together, from line ${first} on)`;
    };
    this.#tables[name] = await this.#step(step, async () => {
      try {
        return await run.run(arriving);
      } catch (error) {
        if (error instanceof RowError) throw new ModelError(`${error.message}${line(error)}`);
        if (!(error instanceof ProcessGone && error.crashed)) throw error;
        const culprit = await this.#findCrash(table, run.answered);
        if (culprit === undefined) throw error;
        if (table.failuresWanted) {
          this.#process = await this.#startAgain(table.rows);
          return { outputs: {}, notFinite: [], failures: [{ row: culprit, error: error.message }] };
        }
        throw new ProcessGone(
          `${error.message}${line(new RowError("", culprit, 1))}`,
          error.fault,
          error.fix,
        );
      }
    });
  }

  /** @param rows Tensors of one row each. */
  async latency(rows: readonly TensorValues[]): Promise<void> {
    if (rows.length === 0) {
      this.#latency = this.#over ?? { notRun: "there is no row to run it with", fault: "model" };
      return;
    }
    const { p50Milliseconds: p50, p99Milliseconds: p99 } = this.#contract.validation?.budgets ?? {};
    const budgets = { ...(p50 !== undefined && { p50 }), ...(p99 !== undefined && { p99 }) };
    const outputs = this.#contract.outputs.map(({ name }) => name);
    this.#latency = await this.#step(this.#stepOf(3 * rows.length), async () => {
      // One thread, as in a pod, so that the time does not depend on the number of processors.
      await this.#process.ask({ do: "load", model: this.#file, threads: 1 });
      requireFineClock(await this.#process.ask({ do: "clock" }), budgets);
      return timeRows((inputs) => this.#process.ask({ do: "time", inputs, outputs }), rows, budgets);
    });
  }

  async memory(): Promise<void> {
    this.#memory = await this.#step(this.#stepOf(1), async () => ({
      mebibytes: (await this.#process.ask({ do: "memory" })) / 2 ** 20,
    }));
  }

  /** Compares the replies that arrived with those that were sent. If one was lost, none counts. */
  async end(): Promise<void> {
    if (this.#over) return;
    try {
      await this.#process.end();
    } catch (error) {
      if (!(error instanceof ProcessGone)) throw error;
      const lost: NotRun = { notRun: error.message, fault: error.fault, fix: error.fix };
      this.#load = this.#latency = this.#memory = lost;
      this.#golden = this.#golden.map(() => lost);
      for (const name of Object.keys(this.#tables)) this.#tables[name] = lost;
    } finally {
      this.stop("the judgement is over");
    }
  }

  /** Stops: nothing more is run. @param why The reason that checks without evidence give. */
  stop(why: string, fault: NotRun["fault"] = "model"): void {
    this.#over ??= { notRun: why, fault };
    this.#process.stop();
  }

  #start(): ModelProcess {
    return new ModelProcess(this.#options.limits, this.#options.spawn);
  }

  /** A new process with the model loaded. */
  async #startAgain(rows: number): Promise<ModelProcess> {
    this.#process.stop();
    const again = this.#start();
    again.begin(this.#stepOf(rows));
    await again.ask({ do: "load", model: this.#file });
    return again;
  }

  #stepOf(rows: number): Step {
    return { seconds: stepSeconds(this.#contract, rows, this.#options.limits), fix: LIMIT_FIX };
  }

  async #step<T extends object>(step: Step, action: () => Promise<T>): Promise<Ran<T>> {
    if (this.#over) return this.#over;
    try {
      this.#process.begin(step);
      return await action();
    } catch (error) {
      if (error instanceof ModelError) return { error: error.message };
      if (error instanceof ProcessGone) return this.#ended(error);
      throw error;
    }
  }

  #ended({ message, fault, fix }: ProcessGone): Failed | NotRun {
    if (fault === "machine") {
      const notRun: NotRun = { notRun: message, fault, fix };
      this.#over = notRun;
      return notRun;
    }
    this.#over = { notRun: "the model's process ended before that", fault };
    return { error: message, fix };
  }

  /**
   * Finds the row that ends the process: runs each unanswered row alone, in a new process.
   *
   * @returns Undefined if none of them ends it alone.
   */
  async #findCrash(table: Table, from: number): Promise<number | undefined> {
    this.#process = await this.#startAgain(table.rows);
    const to = Math.min(table.rows, from + MOST_LOOKED_AT);
    for (let row = from; row < to; row++) {
      const { outputs } = table;
      try {
        await this.#process.ask({ do: "run", inputs: table.inputs(row, row + 1), outputs, returned: [] });
      } catch (error) {
        if (error instanceof ProcessGone && error.crashed) return row;
        if (!(error instanceof ModelError)) throw error;
      }
    }
    return undefined;
  }
}

/** Most rows that were sent but not answered. */
const MOST_LOOKED_AT = 5000;

export interface Wanted {
  readonly golden?: readonly TensorValues[];
  readonly tables?: Readonly<Record<string, Table>>;
}

/** Measures a model that is not judged: its inputs and outputs, and its answers to some rows. */
export async function measureOnce(
  file: string,
  ports: Pick<Contract, "inputs" | "outputs">,
  { golden = [], tables = {} }: Wanted,
): Promise<Measurements> {
  const contract = { ...NAMELESS, ...ports };
  const modelBytes = await sizeOf(file);
  const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0);
  const limits = limitsFor(contract, { modelBytes, holdoutBytes: 100 * rows });
  const measuring = new Measuring(contract, { limits });
  try {
    await measuring.load(file);
    await measuring.golden(golden);
    for (const [name, table] of Object.entries(tables)) await measuring.table(name, table);
    await measuring.end();
    return measuring.measurements;
  } finally {
    measuring.stop("that was all");
  }
}

/** Keys of a contract that measuring does not use. */
const NAMELESS = { name: "model", version: "0", task: "raw", prediction: "" } as const;
