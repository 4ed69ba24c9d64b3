/**
 * Reads facts from an ONNX file, without running it or copying its weights. Pure.
 *
 * The file is untrusted. It is walked, not decoded into objects, so that time and memory are bounded whatever it claims.
 */
import type { DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { whole } from "../../common/shown.ts";
import { type Field, fieldsOf } from "./fieldsOf.ts";
import { notOnnx, type Unreadable } from "./notOnnx.ts";
import {
  TensorProto_DataLocation as DataLocation,
  FunctionProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
} from "./onnx_pb.ts";

export interface ModelFacts {
  readonly irVersion: number;
  /** `skl2onnx 1.20.0`; empty if the file does not say. */
  readonly producer: string;
  /** Each domain once, `ai.onnx` written out. */
  readonly opsets: readonly Opset[];
  /** `ai.onnx:MatMul`, sorted, each once, including those of subgraphs and of the model's own functions. */
  readonly operators: readonly string[];
  /** The model's own functions, named like operators. */
  readonly functions: readonly string[];
  /** Tensors whose data is not in the file, anywhere in the model. */
  readonly externalData: readonly { readonly tensor: string; readonly location: string }[];
}

export interface Opset {
  readonly domain: string;
  readonly version: number;
}

/** Most messages within each other, counting the model as the first. It is the limit of protobuf, and so of the runtime. */
export const MAX_DEPTH = 101;
/** Far more than any model has: the graph of a large language model has some 100,000. */
const MAX_MESSAGES = 5_000_000;
/** Most names that are kept. The largest models have some thousand. */
const MAX_KEPT = 100_000;
/** Longest part of a name that is kept, in bytes. */
const MAX_TEXT = 256;

/** @param bytes The whole file. The result holds no part of it. */
export function inspectModel(bytes: Uint8Array): ModelFacts | Unreadable {
  const other = notOnnx(bytes);
  if (other !== undefined) return other;
  const walk = new Walk(bytes);
  try {
    return walk.model();
  } catch (error) {
    if (error instanceof NoModel) return { error: error.message, fix: error.fix };
    // The reader itself throws for a bad tag or a number without end.
    return walk.begunAsModel ? DAMAGED : unknown(bytes);
  }
}

class NoModel extends Error {
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

const EXPORT_AGAIN = "export the model again";
const COPY_AGAIN = "copy or download the file again, and compare its hash with the original's";
const DAMAGED: Unreadable = {
  error: "The file begins like an ONNX model, but is damaged further on.",
  fix: COPY_AGAIN,
};

function unknown(bytes: Uint8Array): Unreadable {
  const start = Buffer.from(bytes.subarray(0, 8))
    .toString("hex")
    .replaceAll(/..(?=.)/g, "$& ");
  return { error: `The file is no ONNX model: it begins with the bytes ${start}.`, fix: EXPORT_AGAIN };
}

/** A message's own texts and numbers, by the name of their field. */
type Values = Record<string, string | number>;

const text = new TextDecoder();

/** One pass over the whole file. Fields that the format does not know are skipped. */
class Walk {
  /** Whether the file looks like a model so far. */
  begunAsModel = false;
  readonly #bytes: Uint8Array;
  readonly #reader: BinaryReader;
  readonly #opsets = new Map<string, number>();
  readonly #operators = new Set<string>();
  readonly #functions = new Set<string>();
  readonly #externalData: { tensor: string; location: string }[] = [];
  #hasGraph = false;
  #messages = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#reader = new BinaryReader(bytes);
  }

  model(): ModelFacts {
    const {
      irVersion,
      producerName = "",
      producerVersion = "",
    } = this.#message(ModelProtoSchema, this.#reader.len, 1);
    const missing = [
      ...(irVersion === undefined ? ["ir_version"] : []),
      ...(this.#hasGraph ? [] : ["graph"]),
      ...(this.#opsets.size === 0 ? ["opset_import"] : []),
    ];
    if (missing.length > 0)
      throw new NoModel(
        `The file can be read as protobuf, but is no ONNX model: it has no ${missing.join(" and no ")}.`,
        EXPORT_AGAIN,
      );
    return {
      irVersion: Number(irVersion),
      producer: `${producerName} ${producerVersion}`.trim(),
      opsets: [...this.#opsets].map(([domain, version]) => ({ domain, version })),
      operators: [...this.#operators].toSorted(),
      functions: [...this.#functions].toSorted(),
      externalData: this.#externalData,
    };
  }

  /** Reads one message up to the offset `end`, and all messages in it. */
  #message(schema: DescMessage, end: number, depth: number): Values {
    this.#count(depth);
    const reader = this.#reader;
    const fields = fieldsOf(schema);
    const values: Values = {};
    while (reader.pos < end) {
      const [number, wireType] = reader.tag();
      const field = fields[number];
      if (depth === 1 && field === undefined) this.begunAsModel = false;
      if (wireType === WireType.LengthDelimited) {
        const length = reader.uint32();
        const stop = reader.pos + length;
        if (stop > end) throw this.#tooShort(field, length, end - reader.pos, depth);
        if (field?.message) this.#child(schema, values, field, this.#message(field.message, stop, depth + 1));
        else if (field?.kind === "text") values[field.name] = this.#text(Math.min(length, MAX_TEXT));
        reader.pos = stop;
      } else if (wireType === WireType.Varint && field?.kind === "number") {
        values[field.name] = Number(reader.int64());
        if (field.name === "irVersion") this.begunAsModel = true;
      } else reader.skip(wireType, number);
    }
    if (reader.pos > end) throw new RangeError("a field goes beyond its message");
    this.#note(schema, values);
    return values;
  }

  #count(depth: number): void {
    this.#messages += 1;
    if (depth > MAX_DEPTH)
      throw new NoModel(
        `The model nests more than ${MAX_DEPTH} messages within each other, and the runtime reads no more.`,
        "export it with fewer subgraphs within each other",
      );
    const kept = this.#opsets.size + this.#operators.size + this.#functions.size + this.#externalData.length;
    if (this.#messages > MAX_MESSAGES || kept > MAX_KEPT)
      throw new NoModel("The model has more parts than any honest one.", EXPORT_AGAIN);
  }

  /** Takes what a child says about its message. */
  #child(schema: DescMessage, values: Values, { name }: Field, child: Values): void {
    if (schema === ModelProtoSchema && name === "graph") this.#hasGraph = true;
    if (schema === ModelProtoSchema && name === "opsetImport") {
      const domain = domainOf(child);
      // skl2onnx may list a domain twice. The newer version counts.
      this.#opsets.set(domain, Math.max(this.#opsets.get(domain) ?? 0, Number(child.version ?? 0)));
    }
    if (name === "externalData" && child.key === "location") values.location = child.value ?? "";
  }

  #note(schema: DescMessage, values: Values): void {
    if (schema === NodeProtoSchema) this.#operators.add(`${domainOf(values)}:${values.opType ?? ""}`);
    if (schema === FunctionProtoSchema) this.#functions.add(`${domainOf(values)}:${values.name ?? ""}`);
    if (
      schema === TensorProtoSchema &&
      (values.dataLocation === DataLocation.EXTERNAL || "location" in values)
    )
      this.#externalData.push({ tensor: String(values.name ?? ""), location: String(values.location ?? "") });
  }

  /** Text without characters that could move a terminal's cursor or reverse its text. */
  #text(length: number): string {
    const { pos } = this.#reader;
    return text.decode(this.#bytes.subarray(pos, pos + length)).replaceAll(/[\p{Cc}\p{Cf}]/gu, "\ufffd");
  }

  /** The error for a field that claims more bytes than its message has. */
  #tooShort(field: Field | undefined, length: number, there: number, depth: number): Error {
    if (!this.begunAsModel || depth > 1) return new RangeError("a field goes beyond its message");
    return new NoModel(
      `The file ends too early: its ${field?.protoName} needs ${whole(length)} bytes, and only ${whole(there)} are there.`,
      COPY_AGAIN,
    );
  }
}

const domainOf = ({ domain }: Values): string => String(domain || "ai.onnx");
