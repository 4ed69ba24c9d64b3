/** Runs the model, in a process of its own: what it does to that process harms nobody. Judges nothing. */
import * as ort from "onnxruntime-node";
import { elementCount, ORT_TYPES } from "../../model/tensors.ts";
import type { Job, Measurements, Outcome, TensorInfo, TensorValues } from "./measurements.ts";

/** Rows per run where the model takes any number: larger gains nothing, and memory grows with it. */
const BATCH = 1024;

async function measure(job: Job): Promise<Measurements> {
  const session = await ort.InferenceSession.create(job.model, { interOpNumThreads: 1, logSeverityLevel: 3 });
  const runner = new Runner(session, job);
  const golden: Outcome<{ outputs: TensorValues }>[] = [];
  for (const inputs of job.golden)
    golden.push(await attempt(async () => ({ outputs: await runner.run(inputs) })));
  const predictions = await attempt(async () => ({ labels: await runner.predictions() }));
  return {
    inputs: session.inputMetadata.map(describe),
    outputs: session.outputMetadata.map(describe),
    golden,
    predictions,
  };
}

class Runner {
  readonly #session: ort.InferenceSession;
  readonly #job: Job;

  constructor(session: ort.InferenceSession, job: Job) {
    this.#session = session;
    this.#job = job;
  }

  async run(
    inputs: TensorValues,
    outputs = this.#job.contract.outputs.map(({ name }) => name),
  ): Promise<TensorValues> {
    const types = new Map(this.#job.contract.inputs.map(({ name, datatype }) => [name, ORT_TYPES[datatype]]));
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, data }]) => [
        name,
        new ort.Tensor(types.get(name) ?? "float32", data as never, shape),
      ]),
    );
    const results = await this.#session.run(feeds, outputs);
    return Object.fromEntries(
      Object.entries(results).map(([name, value]) => [name, { shape: value.dims, data: value.data }]),
    );
  }

  async predictions(): Promise<string[]> {
    const { contract, holdout } = this.#job;
    const labels: string[] = [];
    const size = contract.inputs[0]?.shape[0] ?? -1;
    const step = size === -1 ? BATCH : size;
    for (let start = 0; start < holdout.rows; start += step) {
      const rows = Math.min(step, holdout.rows - start);
      const outputs = await this.run(slice(holdout.inputs, start, rows, size === -1 ? rows : size), [
        contract.prediction,
      ]);
      labels.push(...Array.from(outputs[contract.prediction]?.data ?? [], String).slice(0, rows));
    }
    return labels;
  }
}

/** Rows `start` to `start + rows`; where the model's batch is fixed and larger, the last row fills it up. */
function slice(inputs: TensorValues, start: number, rows: number, size: number): TensorValues {
  return Object.fromEntries(
    Object.entries(inputs).map(
      ([
        name,
        {
          shape: [, ...rest],
          data,
        },
      ]) => {
        const width = elementCount(rest);
        const part = data.slice(start * width, (start + rows) * width);
        if (rows === size) return [name, { shape: [rows, ...rest], data: part }];
        const full = Array.from(
          { length: size * width },
          (_, i) => part[i < rows * width ? i : (rows - 1) * width + (i % width)],
        );
        return [
          name,
          {
            shape: [size, ...rest],
            data: Array.isArray(data)
              ? full
              : (data.constructor as Float32ArrayConstructor).from(full as number[]),
          },
        ];
      },
    ),
  ) as TensorValues;
}

function describe(value: ort.InferenceSession.ValueMetadata): TensorInfo {
  if (!value.isTensor) return { name: value.name, datatype: "no tensor", shape: [] };
  const datatype = Object.entries(ORT_TYPES).find(([, type]) => type === value.type)?.[0] ?? value.type;
  return {
    name: value.name,
    datatype,
    shape: value.shape.map((size) => (typeof size === "number" ? size : -1)),
  };
}

async function attempt<T extends object>(action: () => Promise<T>): Promise<Outcome<T>> {
  return action().catch((error: Error) => ({ error: error.message }));
}

process.once("message", async (job: Job) => {
  process.send?.(await attempt(() => measure(job) as Promise<Exclude<Measurements, { error: string }>>));
  process.disconnect();
});
