/** The model in ONNX Runtime. */
import { readFile } from "node:fs/promises";
import "../../../common/quietRuntime.ts";
import * as ort from "onnxruntime-node";
import {
  datatypeOf,
  ORT_TYPES,
  type ServedContract,
  type Tensor,
  type Tensors,
} from "../../../contract/index.ts";
import type { Runner } from "./predictor.ts";

export interface ModelSession extends Runner {
  /** Frees the model. During a run it would end the process. */
  release(): Promise<void>;
}

/**
 * Loads a model that fits the contract. Its runs block this process.
 *
 * @throws Error saying what is wrong with the file, fit for the log's one line.
 */
export async function openSession(
  file: string,
  contract: Pick<ServedContract, "inputs" | "outputs">,
  { threads }: { threads: number },
): Promise<ModelSession> {
  // The bytes first, so that a missing file and a bad one are told apart, and so that external data is not followed.
  const bytes = await readFile(file);
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    // A thread that waits by spinning uses up the processor time that the container was given.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  }).catch((cause: unknown) => {
    throw new Error(`${file} cannot be loaded: ${messageOf(cause)}`, { cause });
  });
  const differences = [
    ...differencesOf("input", session.inputMetadata, contract.inputs),
    ...differencesOf("output", session.outputMetadata, contract.outputs),
  ];
  if (differences.length > 0) throw new Error(`${file} does not fit the contract: ${differences.join("; ")}`);
  return {
    run: async (inputs, outputs) => fromResults(await session.run(toFeeds(inputs), outputs)),
    release: () => session.release(),
  };
}

type Named = Pick<ServedContract["outputs"][number], "name" | "datatype">;

/** Every input must be in the contract, since all must be fed; outputs may be left out of it. */
function differencesOf(
  kind: "input" | "output",
  found: readonly ort.InferenceSession.ValueMetadata[],
  wanted: readonly Named[],
): string[] {
  const unknown =
    kind === "input" ? found.filter(({ name }) => !wanted.some((tensor) => tensor.name === name)) : [];
  return [
    ...unknown.map(({ name }) => `it has an input ${JSON.stringify(name)} that the contract does not name`),
    ...wanted.flatMap(({ name, datatype }) => {
      const value = found.find((candidate) => candidate.name === name);
      if (!value) return [`it has no ${kind} ${JSON.stringify(name)}`];
      if (!value.isTensor) return [`${kind} ${JSON.stringify(name)} is no tensor`];
      return value.type === ORT_TYPES[datatype]
        ? []
        : [`${kind} ${JSON.stringify(name)} is ${value.type}, not ${datatype}`];
    }),
  ];
}

function toFeeds(inputs: Tensors): Record<string, ort.Tensor> {
  const feeds: Record<string, ort.Tensor> = {};
  for (const [name, { datatype, shape, data }] of inputs) {
    feeds[name] = new ort.Tensor(ORT_TYPES[datatype], data, shape);
  }
  return feeds;
}

function fromResults(results: ort.InferenceSession.OnnxValueMapType): Tensors {
  const tensors = new Map<string, Tensor>();
  for (const [name, value] of Object.entries(results)) {
    const { type, dims, data } = value;
    const datatype = datatypeOf(type);
    if (!datatype)
      throw new Error(`output ${JSON.stringify(name)} is ${type}, which the service cannot give`);
    tensors.set(name, {
      datatype,
      shape: dims,
      data: datatype === "FP16" ? bitsOf(data as Uint16Array) : data,
    });
  }
  return tensors;
}

/** Newer Node.js has a Float16Array, which ONNX Runtime then gives in place of the bits. */
function bitsOf({ buffer, byteOffset, length }: Uint16Array): Uint16Array {
  return new Uint16Array(buffer, byteOffset, length);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
