/** Builds small ONNX models, so that tests need no Python and no binary fixtures. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type FunctionProtoSchema,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "../../gate/onnx/onnx_pb.ts";

export type Graph = MessageInitShape<typeof GraphProtoSchema>;
export type Node = MessageInitShape<typeof NodeProtoSchema>;
export type Tensor = MessageInitShape<typeof TensorProtoSchema>;
export type LocalFunction = MessageInitShape<typeof FunctionProtoSchema>;
type Attribute = MessageInitShape<typeof AttributeProtoSchema>;
type Value = MessageInitShape<typeof ValueInfoProtoSchema>;

/** Element types by their name in the Open Inference Protocol. */
export const ELEMENT = {
  FP16: DataType.FLOAT16,
  FP32: DataType.FLOAT,
  FP64: DataType.DOUBLE,
  INT64: DataType.INT64,
  UINT64: DataType.UINT64,
  BYTES: DataType.STRING,
  BOOL: DataType.BOOL,
};

export interface GraphParts {
  readonly inputs: Value[];
  readonly outputs: Value[];
  readonly nodes: Node[];
  readonly initializers?: Tensor[];
}

export interface ModelParts extends GraphParts {
  readonly functions?: LocalFunction[];
  /** The opset of ai.onnx. */
  readonly opset?: number;
  /** Opsets of further domains. */
  readonly domains?: Readonly<Record<string, number>>;
  readonly ir?: number;
}

/** @returns The bytes of a `model.onnx`. Nothing is checked, since tests often want a broken model. */
export function buildModel({
  functions = [],
  opset = 21,
  domains = {},
  ir = 10,
  ...parts
}: ModelParts): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(ir),
    producerName: "slipway-tests",
    producerVersion: "1.0",
    opsetImport: Object.entries({ "": opset, ...domains }).map(([domain, version]) => ({
      domain,
      version: BigInt(version),
    })),
    graph: graph(parts),
    functions,
  });
  return toBinary(ModelProtoSchema, model);
}

/** A model's graph, or one in an attribute. */
export const graph = ({ inputs, outputs, nodes, initializers = [] }: GraphParts): Graph => ({
  name: "main",
  input: inputs,
  output: outputs,
  node: nodes,
  initializer: initializers,
});

/** An input or output. A size of -1 is free. */
export const value = (name: string, datatype: keyof typeof ELEMENT, shape: readonly number[]): Value => ({
  name,
  type: {
    value: {
      case: "tensorType",
      value: { elemType: ELEMENT[datatype], shape: { dim: shape.map(dimension) } },
    },
  },
});

const dimension = (size: number) => ({
  value:
    size === -1
      ? { case: "dimParam" as const, value: "rows" }
      : { case: "dimValue" as const, value: BigInt(size) },
});

/** A number is an integer here. A float is marked as one. */
type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: number[] }
  | { readonly strings: string[] }
  | { readonly graph: Graph }
  | { readonly tensor: Tensor };

/** An operator of ai.onnx; for another domain, spread it: `{ ...node("Scaler", …), domain: "ai.onnx.ml" }`. */
export const node = (
  opType: string,
  input: string[],
  output: string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Node => ({
  opType,
  input,
  output,
  attribute: Object.entries(attributes).map(([name, given]) => ({ name, ...attribute(given) })),
});

function attribute(given: AttributeValue): Attribute {
  if (typeof given === "number") return { type: AttributeType.INT, i: BigInt(given) };
  if (typeof given === "string") return { type: AttributeType.STRING, s: Buffer.from(given) };
  if ("float" in given) return { type: AttributeType.FLOAT, f: given.float };
  if ("floats" in given) return { type: AttributeType.FLOATS, floats: given.floats };
  if ("strings" in given)
    return { type: AttributeType.STRINGS, strings: given.strings.map((text) => Buffer.from(text)) };
  if ("graph" in given) return { type: AttributeType.GRAPH, g: given.graph };
  if ("tensor" in given) return { type: AttributeType.TENSOR, t: given.tensor };
  return { type: AttributeType.INTS, ints: given.map(BigInt) };
}

/** A constant by its name. No shape is a single value. */
export const floats = (name: string, data: readonly number[], shape: readonly number[] = []): Tensor => ({
  name,
  dims: shape.map(BigInt),
  dataType: DataType.FLOAT,
  floatData: [...data],
});

export const ints = (name: string, data: readonly number[], shape: readonly number[] = []): Tensor => ({
  name,
  dims: shape.map(BigInt),
  dataType: DataType.INT64,
  int64Data: data.map(BigInt),
});
