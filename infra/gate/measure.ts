/** Runs the model, in a process of its own: what it does to that process harms nobody. Judges nothing. */
import { readFile } from "node:fs/promises";
import type { InferenceSession } from "onnxruntime-node";
import "../../model/quietRuntime.ts";
import { elementCount, newData, ORT_TYPES, type TensorData } from "../../model/tensors.ts";
import { schemaDifferences } from "./checks/schema.ts";
import type { Job, Order, Progress, Step, Table, TensorInfo, TensorValues } from "./measurements.ts";
import { explainRunError } from "./onnx/runError.ts";

/** One round of timed runs: this many, or as many as fit in the time. The best of the rounds counts, so that a pause of the machine does not. */
const ROUND = { rounds: 3, runs: 300, milliseconds: 500 };

type Runtime = typeof import("onnxruntime-node");

/** While the job is still being prepared: it takes a quarter of a second. */
const runtime: Promise<Runtime | Error> = import("onnxruntime-node").catch((error: Error) => error);

const say = (progress: Progress) => process.send?.(progress);

interface Loaded {
  readonly ort: Runtime;
  readonly session: InferenceSession;
  readonly ports: { readonly inputs: readonly TensorInfo[]; readonly outputs: readonly TensorInfo[] };
  readonly memory: { readonly resident: number; readonly peak: number };
}

/** @returns undefined where that fails. */
async function load(model: string): Promise<Loaded | undefined> {
  const ort = await runtime;
  if (ort instanceof Error) {
    say({ cannotRun: ort.message });
    return undefined;
  }
  const before = process.memoryUsage.rss();
  const start = performance.now();
  try {
    // The bytes, not the path: external data is not followed.
    const session = await ort.InferenceSession.create(await readFile(model), {
      interOpNumThreads: 1,
      // Its threads share the processor with the process that looks at the data meanwhile: they wait, not spin.
      extra: { session: { intra_op: { allow_spinning: "0" } } },
      logSeverityLevel: 4,
    });
    const seconds = (performance.now() - start) / 1000;
    const ports = {
      inputs: session.inputMetadata.map(describe),
      outputs: session.outputMetadata.map(describe),
    };
    say({ done: { kind: "load" }, outcome: { seconds, ...ports } });
    const memory = { resident: process.memoryUsage.rss() - before, peak: peak() - before };
    return { ort, session, ports, memory };
  } catch (error) {
    say({ done: { kind: "load" }, outcome: { error: (error as Error).message } });
    return undefined;
  }
}

async function measure({ ort, session, ports, memory }: Loaded, job: Job): Promise<void> {
  const before = process.memoryUsage.rss(); // with the rows in it, which are not the model's
  const doing = async <T extends object>(step: Step, action: () => Promise<T>): Promise<T | undefined> => {
    say({ begun: step });
    try {
      const outcome = await action();
      say({ done: step, outcome });
      return outcome;
    } catch (error) {
      say({ done: step, outcome: { error: explainRunError((error as Error).message) } });
      return undefined;
    }
  };

  // A model that has other inputs would fail at each step to come.
  if (schemaDifferences(job.contract, ports).length > 0) return;
  const model = new Runner(ort, session, job);
  let answered: TensorValues | undefined;
  for (const [index, inputs] of job.golden.entries()) {
    const outcome = await doing({ kind: "golden", index }, async () => ({
      outputs: await model.run(inputs),
      again: await model.run(inputs),
    }));
    if (outcome) answered ??= inputs;
  }
  for (const [name, table] of Object.entries(job.tables))
    await doing({ kind: "table", name }, async () => ({ outputs: await model.runTable(table) }));
  const timed = answered;
  if (timed) await doing({ kind: "latency" }, () => model.time(timed));
  const running = memory.resident + Math.max(0, peak() - before);
  say({ mebibytes: Math.max(0, memory.peak, running) / 2 ** 20 });
}

/** Of the resident set, in bytes. */
const peak = () => process.resourceUsage().maxRSS * 1024;

class Runner {
  readonly #ort: Runtime;
  readonly #session: InferenceSession;
  readonly #types: ReadonlyMap<string, (typeof ORT_TYPES)[keyof typeof ORT_TYPES]>;
  readonly #outputs: readonly string[];
  /** Rows that every run must have; -1 for any number. */
  readonly #batch: number;

  constructor(ort: Runtime, session: InferenceSession, { contract }: Job) {
    this.#ort = ort;
    this.#session = session;
    this.#types = new Map(contract.inputs.map(({ name, datatype }) => [name, ORT_TYPES[datatype]]));
    this.#outputs = contract.outputs.map(({ name }) => name);
    this.#batch = contract.inputs[0]?.shape[0] ?? -1;
  }

  async run(inputs: TensorValues, outputs = this.#outputs): Promise<TensorValues> {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, data }]) => [
        name,
        new this.#ort.Tensor(this.#types.get(name) ?? "float32", data as never, shape),
      ]),
    );
    const results = await this.#session.run(feeds, outputs);
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data }]) => [name, { shape: dims, data }]),
    );
  }

  /** All rows, batch by batch; each output's batches one after the other. */
  async runTable({ rows, inputs, outputs, batch }: Table): Promise<TensorValues> {
    const size = this.#batch === -1 ? batch : this.#batch;
    const collected: Record<string, { shape: readonly number[]; data: TensorData }> = {};
    for (let start = 0; start < rows; start += size) {
      const count = Math.min(size, rows - start);
      const padded = this.#batch === -1 ? count : size;
      for (const [name, part] of Object.entries(await this.run(cut(inputs, start, count, padded), outputs))) {
        const [given, ...rest] = part.shape;
        if (given !== padded)
          throw new Error(`the output ${name} has the shape [${part.shape}] for ${padded} rows`);
        const width = elementCount(rest);
        const whole = (collected[name] ??= {
          shape: [rows, ...rest],
          data: roomLike(part.data, rows * width),
        });
        if (elementCount(whole.shape) !== rows * width)
          throw new Error(`the output ${name} changes its shape from [${whole.shape}] to [${part.shape}]`);
        copy(part.data, count * width, whole.data, start * width);
      }
    }
    return collected;
  }

  /** Runs with the first row of a request, each timed alone, in milliseconds. */
  async time(request: TensorValues): Promise<{ p50: number; p99: number; runs: number }> {
    const row = this.#batch === -1 ? cut(request, 0, 1, 1) : request;
    const rounds = [];
    for (let round = 0; round < ROUND.rounds; round++) {
      const times: number[] = [];
      const end = performance.now() + ROUND.milliseconds;
      do {
        const start = performance.now();
        await this.run(row);
        times.push(performance.now() - start);
      } while (times.length < ROUND.runs && performance.now() < end);
      times.sort((a, b) => a - b);
      rounds.push({ p50: quantile(times, 0.5), p99: quantile(times, 0.99), runs: times.length });
    }
    return {
      p50: Math.min(...rounds.map(({ p50 }) => p50)),
      p99: Math.min(...rounds.map(({ p99 }) => p99)),
      runs: rounds.reduce((sum, { runs }) => sum + runs, 0),
    };
  }
}

/** The nearest-rank quantile of ascending values. */
const quantile = (sorted: readonly number[], q: number) => sorted[Math.ceil(q * sorted.length) - 1] ?? NaN;

/** Rows `start` to `start + count`; where the model takes a fixed number and there are fewer, the last one fills up. */
function cut(inputs: TensorValues, start: number, count: number, size: number): TensorValues {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, data }]) => {
      const rest = shape.slice(1);
      const width = elementCount(rest);
      const part = Array.isArray(data)
        ? data.slice(start * width, (start + count) * width)
        : data.subarray(start * width, (start + count) * width); // no copy
      return [
        name,
        { shape: [size, ...rest], data: count === size ? part : filledUp(part, size * width, width) },
      ];
    }),
  );
}

function filledUp(data: TensorData, length: number, width: number): TensorData {
  const full = roomLike(data, length);
  copy(data, data.length, full, 0);
  for (let i = data.length; i < length; i++) full[i] = full[i - width] as never;
  return full;
}

function roomLike(data: TensorData, length: number): TensorData {
  return Array.isArray(data)
    ? newData("BYTES", length)
    : new (data.constructor as Float32ArrayConstructor)(length);
}

function copy(from: TensorData, length: number, to: TensorData, at: number): void {
  if (Array.isArray(from)) for (let i = 0; i < length; i++) (to as string[])[at + i] = from[i] ?? "";
  else (to as Float32Array).set(from.subarray(0, length) as Float32Array, at);
}

function describe(value: InferenceSession.ValueMetadata): TensorInfo {
  if (!value.isTensor) return { name: value.name, datatype: "no tensor", shape: [] };
  const datatype = Object.entries(ORT_TYPES).find(([, type]) => type === value.type)?.[0] ?? value.type;
  return {
    name: value.name,
    datatype,
    shape: value.shape.map((size) => (typeof size === "number" ? size : -1)),
  };
}

let loaded: Loaded | undefined;
process.on("message", async (order: Order) => {
  if ("job" in order) await measure(loaded!, order.job);
  else if ((loaded = await load(order.model))) return; // and wait for the job
  process.disconnect();
});
