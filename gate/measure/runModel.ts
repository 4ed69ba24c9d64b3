/**
 * Runs the model in a process of its own, where it can harm nothing else. Judges nothing.
 *
 * It reads an order, does it, writes the reply, and only then reads the next order. Reading and writing block: no reply is
 * ever queued, and all have been written when the pipe closes.
 */
import { readFileSync, readSync, writeSync } from "node:fs";
import type { InferenceSession, OnnxValue } from "onnxruntime-node";
import "../../common/quietRuntime.ts";
import { datatypeOf, type ORT_TYPES, type TensorInfo, type TensorValues } from "../../contract/index.ts";
import { bodyLength, fromBody, HEADER_BYTES, toFrame } from "./frames.ts";
import { notFinite } from "./notFinite.ts";
import type { Loaded, Order, Results, Seconds } from "./orders.ts";

/** A socket, in both directions. */
const PARENT = 3;

/** How often a timed row is run, unless the runs take so long that a pause hardly counts. */
const TRIES = { runs: 4, seconds: 0.2 };

type Runtime = typeof import("onnxruntime-node");
type OrtType = (typeof ORT_TYPES)[keyof typeof ORT_TYPES];

/** Memory of an order and its tensors. The next order uses it again. */
let body = new Uint8Array(0);

/** @returns Undefined if the gate has closed the pipe. */
function nextOrder(): Order | undefined {
  const header = Buffer.alloc(HEADER_BYTES);
  if (!fill(header)) return undefined;
  const length = bodyLength(header);
  if (body.length < length) body = new Uint8Array(length);
  const order = body.subarray(0, length);
  return fill(order) ? (fromBody(header, order) as Order) : undefined;
}

function fill(buffer: Uint8Array): boolean {
  for (let at = 0; at < buffer.length; ) {
    const read = readSync(PARENT, buffer, at, buffer.length - at, null);
    if (read === 0) return false;
    at += read;
  }
  return true;
}

let replies = 0;

function reply(content: object): void {
  const parts = toFrame({ number: replies + 1, ...content });
  replies++; // only now: a reply that cannot be written is not counted
  for (const bytes of parts) for (let at = 0; at < bytes.length; ) at += writeSync(PARENT, bytes, at);
}

class Model {
  readonly #ort: Runtime;
  #session: InferenceSession | undefined;
  #types = new Map<string, OrtType>();
  /** The resident set before the first model was loaded, in bytes. */
  readonly #before = process.memoryUsage.rss();

  constructor(ort: Runtime) {
    this.#ort = ort;
  }

  readonly actions: { readonly [A in Order["do"]]: (order: Order & { do: A }) => Promise<Results[A]> } = {
    load: (order) => this.#load(order),
    run: ({ inputs, outputs, returned }) => this.#run(inputs, outputs, returned),
    time: ({ inputs, outputs }) => this.#time(inputs, outputs),
    clock: async () => clockStep(),
    memory: async () => Math.max(0, process.resourceUsage().maxRSS * 1024 - this.#before),
    end: async () => replies,
  };

  get #loaded(): InferenceSession {
    if (this.#session === undefined) throw new Error("no model is loaded");
    return this.#session;
  }

  async #load({ model, threads }: Order & { do: "load" }): Promise<Loaded> {
    await this.#session?.release();
    this.#session = undefined;
    const { result: session, seconds } = await timed(() =>
      // The bytes, not the path: external data is not followed.
      this.#ort.InferenceSession.create(readFileSync(model), {
        ...(threads !== undefined && { intraOpNumThreads: threads }),
        interOpNumThreads: 1,
        // The gate's process works on the data at the same time, so the threads wait and do not spin.
        extra: { session: { intra_op: { allow_spinning: "0" } } },
        logSeverityLevel: 4,
      }),
    );
    this.#session = session;
    this.#types = new Map(
      session.inputMetadata.map((input) => [
        input.name,
        (input.isTensor ? input.type : "float32") as OrtType,
      ]),
    );
    return {
      ...seconds,
      inputs: session.inputMetadata.map(describe),
      outputs: session.outputMetadata.map(describe),
    };
  }

  async #run(
    inputs: TensorValues,
    outputs: readonly string[],
    returned: readonly string[],
  ): Promise<Results["run"]> {
    const results = await this.#loaded.run(this.#feeds(inputs), outputs);
    const tensors = Object.entries(results).map(([name, value]) => [name, toValues(value)] as const);
    return {
      outputs: Object.fromEntries(tensors.filter(([name]) => returned.includes(name))),
      notFinite: tensors.flatMap(([name, values]) => notFinite(name, values, results[name]!.type) ?? []),
    };
  }

  async #time(inputs: TensorValues, outputs: readonly string[]): Promise<Seconds> {
    const feeds = this.#feeds(inputs);
    let [cpu, wall, all] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0];
    for (let i = 0; i < TRIES.runs && all < TRIES.seconds; i++) {
      const { seconds } = await timed(() => this.#loaded.run(feeds, outputs));
      cpu = Math.min(cpu, seconds.cpu);
      wall = Math.min(wall, seconds.wall);
      all += seconds.cpu;
    }
    return { cpu, wall };
  }

  #feeds(inputs: TensorValues) {
    return Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, data }]) => [
        name,
        new this.#ort.Tensor(this.#types.get(name) ?? "float32", data as never, shape),
      ]),
    );
  }
}

async function timed<T>(action: () => Promise<T>): Promise<{ result: T; seconds: Seconds }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await action();
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { result, seconds: { cpu: (user + system) / 1e6, wall } };
}

/** The clock is watched for this many moves, or this many milliseconds. */
const CLOCK = { moves: 1000, milliseconds: 200 };

function clockStep(): number {
  let smallest = Number.POSITIVE_INFINITY;
  const end = performance.now() + CLOCK.milliseconds;
  let before = process.cpuUsage();
  for (let moves = 0; moves < CLOCK.moves && performance.now() < end; ) {
    const now = process.cpuUsage();
    const step = now.user + now.system - before.user - before.system;
    if (step === 0) continue;
    smallest = Math.min(smallest, step / 1e6);
    before = now;
    moves++;
  }
  return smallest;
}

/** With a newer Node.js, ONNX Runtime gives a Float16Array instead of the bits. */
function toValues({ dims, data, type }: OnnxValue): TensorValues[string] {
  const { buffer, byteOffset, length } = data as Uint16Array;
  return {
    shape: dims,
    data: type === "float16" ? new Uint16Array(buffer, byteOffset, length) : data,
  };
}

function describe(value: InferenceSession.ValueMetadata): TensorInfo {
  if (!value.isTensor) return { name: value.name, datatype: "no tensor", shape: [] };
  return {
    name: value.name,
    datatype: datatypeOf(value.type) ?? value.type,
    shape: value.shape.map((size) => (typeof size === "number" ? size : -1)),
  };
}

async function main(): Promise<void> {
  const runtime: Runtime | Error = await import("onnxruntime-node").catch((error: Error) => error);
  const model = runtime instanceof Error ? undefined : new Model(runtime);
  for (let order = nextOrder(); order !== undefined; order = nextOrder()) {
    if (model === undefined) {
      reply({ noRuntime: (runtime as Error).message });
      continue;
    }
    try {
      const action = model.actions[order.do] as (order: Order) => Promise<unknown>;
      reply({ result: await action(order) });
    } catch (error) {
      reply({ error: (error as Error).message });
    }
  }
}

void main(); // no top-level await: before Node.js 22.18 this file is loaded as CommonJS
