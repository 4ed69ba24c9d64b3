/** The answer to a request for an inference: from tensors to JSON, and to the bytes that follow it. Pure. */
import {
  elementCount,
  fromFloat16,
  type ServedContract,
  type Tensor,
  type Tensors,
} from "../../../contract/index.ts";
import { toScalars } from "../predict/outputs.ts";
import { RequestError } from "../problems/requestError.ts";
import { SIZE_KEY } from "./binaryParts.ts";
import type { InferRequest } from "./inferRequest.ts";
import { toBytes } from "./tensorBytes.ts";

export interface InferResponse {
  readonly json: unknown;
  /** What follows the JSON, one part per binary output; empty if all is JSON. */
  readonly binary: readonly Uint8Array[];
}

/** @throws RequestError (500) for NaN and infinities, which an answer never holds. */
export function inferResponse(
  { id, outputs, reported }: Pick<InferRequest, "id" | "outputs" | "reported">,
  results: Tensors,
  { name, version }: Pick<ServedContract, "name" | "version">,
): InferResponse {
  const binary: Uint8Array[] = [];
  const answered = outputs.map((output) => {
    const tensor = results.get(output.name);
    if (!tensor) throw new Error(`the model gave no output ${JSON.stringify(output.name)}`);
    const { shape, datatype } = tensor;
    const described = { name: output.name, shape, datatype };
    if (!output.binary) return { ...described, data: toScalars(output.name, tensor) };
    refuseNonFinite(output.name, tensor);
    const bytes = toBytes(tensor);
    binary.push(bytes);
    return { ...described, parameters: { [SIZE_KEY]: bytes.length } };
  });
  const json = {
    model_name: name,
    model_version: version,
    ...(id === undefined ? {} : { id }),
    ...(reported && { parameters: { warnings: warningsOf(reported) } }),
    outputs: answered,
  };
  return { json, binary };
}

/** In one text, since a parameter can be no list. */
function warningsOf({ listed, count }: NonNullable<InferRequest["reported"]>): string {
  const texts = listed.map(({ detail }) => detail);
  return [...texts, ...(count > texts.length ? [`${count - texts.length} more`] : [])].join("; ");
}

function refuseNonFinite(name: string, { datatype, shape, data }: Tensor): void {
  if (!datatype.startsWith("FP")) return;
  for (let i = 0; i < data.length; i++) {
    const value = datatype === "FP16" ? fromFloat16(data[i] as number) : (data[i] as number);
    if (Number.isFinite(value)) continue;
    const row = Math.floor(i / elementCount(shape.slice(1)));
    throw new RequestError(
      "invalid-output",
      `The model gave ${value} in its output ${JSON.stringify(name)} for row ${row} of the request.`,
    );
  }
}
