/** Reads the golden requests: JSON in, tensors out, every problem named. Pure. */
import type { Column, Contract, TensorSpec } from "../../model/contract.ts";
import { toFloat16 } from "../../model/float16.ts";
import { syntaxFault } from "../../model/jsonSyntax.ts";
import { newData, type TensorData } from "../../model/tensors.ts";
import type { Material } from "./evidence.ts";
import type { TensorValues } from "./measurements.ts";
import { atMost, type Finding } from "./report.ts";

export interface GoldenRequest {
  readonly name: string;
  readonly inputs: TensorValues;
  readonly outputs: TensorValues;
}

/** The service's limit is 1 MiB; what stands around the values takes some of it. */
const LARGEST = 1_000_000;

const FIX =
  'write {"requests": [{"name": …, "inputs": {NAME: nested arrays}, "outputs": {NAME: nested arrays}}]}';

/** @param file Its name, for the findings. */
export function parseGolden(
  text: string,
  file: string,
  contract: Contract,
): Material<readonly GoldenRequest[]> {
  const found: Finding[] = [];
  const object = (pointer: string, what: string): undefined => {
    found.push({ what, where: `${file}, ${pointer || "the file"}`, fix: FIX });
    return undefined;
  };
  const document = parseJson(text, (message) => object("", message));
  const list = document?.requests;
  if (document && (!Array.isArray(list) || list.length === 0))
    object("/requests", "There are no golden requests: at least one is needed.");
  for (const [i, request] of (Array.isArray(list) ? list : []).entries()) {
    const bytes = Buffer.byteLength(JSON.stringify(request?.inputs ?? null));
    if (bytes > LARGEST)
      object(
        `/requests/${i}/inputs`,
        `It has ${bytes.toLocaleString("en")} bytes as JSON, and the service takes ${LARGEST.toLocaleString("en")} of a request at most.`,
      );
  }
  const requests = (Array.isArray(list) ? list : []).map((request, i) => ({
    name: typeof request?.name === "string" ? request.name : `request ${i + 1}`,
    inputs: tensors(request?.inputs, contract.inputs, `/requests/${i}/inputs`, object),
    outputs: tensors(request?.outputs, contract.outputs, `/requests/${i}/outputs`, object),
  }));
  return found.length === 0 ? { file, value: requests, findings: [] } : { file, findings: atMost(5, found) };
}

type Object_ = (pointer: string, what: string) => undefined;

function parseJson(text: string, object: (message: string) => void): { requests?: any } | undefined {
  try {
    return JSON.parse(text) ?? {};
  } catch (error) {
    const fault = syntaxFault(text);
    const why = fault
      ? `line ${fault.line}, column ${fault.column}: ${fault.message}`
      : (error as Error).message;
    object(`The golden requests are not JSON: ${why}`);
    return undefined;
  }
}

function tensors(
  values: unknown,
  specs: readonly TensorSpec[],
  pointer: string,
  object: Object_,
): TensorValues {
  const given = (typeof values === "object" && values !== null ? values : {}) as Record<string, unknown>;
  const result: Record<string, { shape: number[]; data: TensorData }> = {};
  for (const name of Object.keys(given)) {
    if (!specs.some((spec) => spec.name === name))
      object(`${pointer}/${name}`, `The contract names no tensor ${JSON.stringify(name)}.`);
  }
  for (const spec of specs) {
    const tensor =
      spec.name in given
        ? toTensor(given[spec.name], spec)
        : `The tensor ${JSON.stringify(spec.name)} is missing.`;
    if (typeof tensor === "string") object(`${pointer}/${spec.name}`, tensor);
    else result[spec.name] = tensor;
  }
  return result;
}

/** @returns the tensor, or what is wrong with the value. */
function toTensor(
  value: unknown,
  { datatype, shape: declared, columns }: TensorSpec,
): { shape: number[]; data: TensorData } | string {
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  const fits =
    shape.length === declared.length && declared.every((size, i) => size === -1 || size === shape[i]);
  if (!fits) return `Its shape is [${shape}], and the contract declares [${declared}].`;
  if (!isRegular(value, shape))
    return `Its rows differ in length: ${[value].flat(Infinity).length} values do not make the shape [${shape}].`;
  const flat = [value].flat(declared.length) as number[];
  const wrong = flat.findIndex((entry) =>
    datatype === "BYTES"
      ? typeof entry !== "string"
      : typeof entry !== "number" && typeof entry !== "boolean",
  );
  if (wrong !== -1)
    return `Value ${wrong + 1} is ${JSON.stringify(flat[wrong])}, and the contract declares ${datatype}.`;
  const cut = flat.findIndex((entry: unknown) => typeof entry === "string" && entry.includes("\0"));
  if (cut !== -1)
    return `Value ${cut + 1} is ${JSON.stringify(flat[cut])}, which holds U+0000, where ONNX Runtime ends a text.`;
  const data = newData(datatype, flat.length);
  const fraction = flat.findIndex((entry) => /INT/.test(datatype) && !Number.isInteger(entry));
  if (fraction !== -1)
    return `Value ${fraction + 1} is ${JSON.stringify(flat[fraction])}, and the contract declares ${datatype}.`;
  const unacceptable = columns && outside(flat, columns);
  if (unacceptable !== undefined) return unacceptable;
  for (const [i, entry] of flat.entries()) {
    if (typeof data[0] === "bigint") (data as BigInt64Array)[i] = BigInt(entry);
    else (data as Float64Array)[i] = datatype === "FP16" ? toFloat16(entry) : entry;
  }
  return { shape, data };
}

/** What the service would refuse as outside a column's range or categories. */
function outside(flat: readonly (number | string)[], columns: readonly Column[]): string | undefined {
  for (const [i, value] of flat.entries()) {
    const { name, min = -Infinity, max = Infinity, categories } = columns[i % columns.length]!;
    if (categories ? !categories.includes(value) : typeof value === "number" && (value < min || value > max))
      return `Value ${i + 1} is ${JSON.stringify(value)}, which is outside what the contract declares for ${name}.`;
  }
  return undefined;
}

/** Whether each level has as many entries as the shape says, and none below the last. */
function isRegular(value: unknown, [size, ...rest]: readonly number[]): boolean {
  if (size === undefined) return !Array.isArray(value);
  return Array.isArray(value) && value.length === size && value.every((entry) => isRegular(entry, rest));
}
