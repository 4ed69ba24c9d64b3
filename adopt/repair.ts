/**
 * Mends what Node.js cannot read of an ONNX file, without a change to what the model computes: scores in a list of
 * dictionaries, and weights in other files. Edge.
 */
import { open, realpath } from "node:fs/promises";
import path from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { requireFile } from "../common/regularFile.ts";
import { whole } from "../common/shown.ts";
import {
  type AttributeProto,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type GraphProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  ValueInfoProtoSchema,
} from "../gate/onnx/onnx_pb.ts";
import { count } from "../gate/report/index.ts";
import { mistake } from "./mistake.ts";

export interface Repaired {
  readonly bytes: Uint8Array;
  /** What was done, in words: `the ZipMap of "probabilities" is left out`. Not empty. */
  readonly done: readonly string[];
}

/** ONNX files are protobuf messages, which end at 2 GiB. */
const LARGEST = 2 ** 31;

/**
 * @param file The model's file, beside which the others must be.
 * @returns undefined if there is nothing to mend.
 * @throws Mistake if another file is not beside it, or too short.
 */
export async function repair(file: string, bytes: Uint8Array): Promise<Repaired | undefined> {
  const model = fromBinary(ModelProtoSchema, bytes);
  const { graph } = model;
  if (graph === undefined) return undefined;
  const done = [
    ...graph.node.filter(isZipMap).flatMap((node) => withoutZipMap(graph, node)),
    ...(await withWeights(file, bytes.length, [
      ...tensorsOf(graph),
      ...model.functions.flatMap((own) => own.node.flatMap(tensorsOfNode)),
    ])),
  ];
  return done.length === 0 ? undefined : { bytes: toBinary(ModelProtoSchema, model), done };
}

const isZipMap = ({ opType, domain }: NodeProto) => opType === "ZipMap" && domain === "ai.onnx.ml";

/** Gives the scores as the tensor that ZipMap was given: `[rows, classes]`, under the name of its output. */
function withoutZipMap(graph: GraphProto, zipMap: NodeProto): string[] {
  const [scores = ""] = zipMap.input;
  const [name = ""] = zipMap.output;
  const at = graph.output.findIndex((output) => output.name === name);
  if (at === -1) return [];
  const classes = zipMap.attribute.flatMap(({ ints, strings }) => [...ints, ...strings]).length;
  graph.node[graph.node.indexOf(zipMap)] = create(NodeProtoSchema, {
    name: zipMap.name,
    opType: "Identity",
    input: [scores],
    output: [name],
  });
  graph.output[at] = create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType: DataType.FLOAT,
          shape: {
            dim: [
              { value: { case: "dimParam", value: "rows" } },
              { value: { case: "dimValue", value: BigInt(classes) } },
            ],
          },
        },
      },
    },
  });
  return [`the ZipMap of ${JSON.stringify(name)} is left out: it gives the scores as a tensor`];
}

function tensorsOf({ initializer, sparseInitializer, node }: GraphProto): TensorProto[] {
  const sparse = sparseInitializer.flatMap(({ values, indices }) => [values, indices]);
  return [...initializer, ...sparse.filter((one) => one !== undefined), ...node.flatMap(tensorsOfNode)];
}

const tensorsOfNode = ({ attribute }: NodeProto): TensorProto[] => attribute.flatMap(tensorsOfAttribute);

function tensorsOfAttribute({ t, tensors, g, graphs }: AttributeProto): TensorProto[] {
  return [...(t ? [t] : []), ...tensors, ...(g ? tensorsOf(g) : []), ...graphs.flatMap(tensorsOf)];
}

/** Reads the data of tensors that is in other files. */
async function withWeights(file: string, size: number, tensors: readonly TensorProto[]): Promise<string[]> {
  const external = tensors.filter(({ dataLocation }) => dataLocation === DataLocation.EXTERNAL);
  const files = new Set<string>();
  let room = LARGEST - size;
  for (const tensor of external) {
    const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
    const location = entries.get("location") ?? "";
    const offset = Number(entries.get("offset") ?? 0);
    const there = await besideOf(file, location);
    const length = Number(entries.get("length") ?? there.size - offset);
    if (!(offset >= 0 && length >= 0 && offset + length <= there.size))
      throw mistake(
        `The tensor ${JSON.stringify(tensor.name)} is ${whole(length)} bytes from byte ${whole(offset)} of ${location} on, and that file has ${whole(there.size)}.`,
        there.path,
        "copy or download the file again",
      );
    room -= length;
    if (room < 0)
      throw mistake(
        "With the data of its other files, the model has more than 2 GiB, which no ONNX file holds.",
        file,
        "make the model smaller: quantize or prune it",
      );
    tensor.rawData = await readPart(there.path, offset, length);
    tensor.externalData = [];
    tensor.dataLocation = DataLocation.DEFAULT;
    files.add(location);
  }
  return files.size === 0
    ? []
    : [`the data of ${count(external.length, "tensor")} is put into the file, from ${[...files].join(", ")}`];
}

/** @throws Mistake unless it is a file in the model's folder. */
async function besideOf(file: string, location: string): Promise<{ path: string; size: number }> {
  const folder = await realpath(path.dirname(file));
  const named = path.resolve(folder, location);
  const found = await realpath(named).catch(() => undefined);
  if (found === undefined || !found.startsWith(folder + path.sep))
    throw mistake(
      `The model's data is in ${JSON.stringify(location)}, which ${found === undefined ? "does not exist" : "is not in the folder of the model"}.`,
      file,
      "put that file beside the model, under the name that it had when the model was exported",
    );
  try {
    return { path: found, size: await requireFile(found) };
  } catch (error) {
    throw mistake(
      `The model's data is in ${JSON.stringify(location)}, and ${(error as Error).message}.`,
      found,
      "put the file that was exported with the model there",
    );
  }
}

async function readPart(file: string, offset: number, length: number): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const { bytesRead } = await handle.read(bytes, at, length - at, offset + at);
      if (bytesRead === 0) throw new Error(`${file} became shorter while it was read`);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}
