/** Reads the golden requests: JSON in, tensors out, every problem named. Pure. */

import { whole } from "../../common/shown.ts";
import {
  type Column,
  type Contract,
  type Datatype,
  fitsFloat16,
  heldAs,
  limitsHeldAs,
  newData,
  parseExactJson,
  shapeOf,
  syntaxFault,
  type TensorData,
  type TensorSpec,
  type TensorValues,
  toFloat16,
  withoutMark,
} from "../../contract/index.ts";
import { atMost, type Finding } from "../report/report.ts";
import type { Material } from "./material.ts";

export interface GoldenRequest {
  readonly name: string;
  readonly inputs: TensorValues;
  readonly outputs: TensorValues;
}

/** The service's limit is 1 MiB, and the JSON around the values takes some of it. */
const LARGEST = 1_000_000;

type Scalar = number | string | boolean | bigint | null;

const WITHIN =
  "ask with values that the contract declares, since the service refuses all others; or declare this one";
const FIX =
  'write {"requests": [{"name": …, "inputs": {NAME: nested arrays}, "outputs": {NAME: nested arrays}}]}';

/** @param file Its name, for the findings. */
export function parseGolden(
  text: string,
  file: string,
  contract: Contract,
): Material<readonly GoldenRequest[]> {
  const found: Finding[] = [];
  const object: Object_ = (pointer, what, fix = FIX) => {
    found.push({ what, where: `${file}, ${pointer || "the file"}`, fix });
    return undefined;
  };
  const document = parseJson(text, (message) => object("", message));
  const list = document?.requests;
  if (document && (!Array.isArray(list) || list.length === 0))
    object("/requests", "There are no golden requests: at least one is needed.");
  for (const [i, request] of (Array.isArray(list) ? list : []).entries()) {
    const bytes = Buffer.byteLength(JSON.stringify(request?.inputs ?? null, digits));
    if (bytes > LARGEST)
      object(
        `/requests/${i}/inputs`,
        `It has ${whole(bytes)} bytes as JSON, and the service takes ${whole(LARGEST)} of a request at most.`,
        "ask with fewer rows",
      );
  }
  const requests = (Array.isArray(list) ? list : []).map((request, i) => ({
    name: typeof request?.name === "string" ? request.name : `request ${i + 1}`,
    inputs: tensors(request?.inputs, contract.inputs, `/requests/${i}/inputs`, object),
    outputs: tensors(request?.outputs, contract.outputs, `/requests/${i}/outputs`, object),
  }));
  return found.length === 0 ? { file, value: requests, findings: [] } : { file, findings: atMost(5, found) };
}

type Object_ = (pointer: string, what: string, fix?: string) => undefined;

function parseJson(text: string, object: (message: string) => void): { requests?: any } | undefined {
  try {
    return parseExactJson(text) ?? {};
  } catch (error) {
    const fault = syntaxFault(withoutMark(text));
    object(
      fault
        ? `The golden requests are not JSON: line ${fault.line}, column ${fault.column}: ${fault.message}`
        : `The golden requests have ${(error as Error).message}.`,
    );
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
    const place = `${pointer}/${spec.name}`;
    const value = given[spec.name];
    const tensor =
      spec.name in given ? toTensor(value, spec) : `The tensor ${JSON.stringify(spec.name)} is missing.`;
    if (typeof tensor === "string") {
      object(place, tensor);
      continue;
    }
    const unacceptable =
      spec.columns && outside([value].flat(Infinity) as Scalar[], spec.datatype, spec.columns);
    if (unacceptable !== undefined) object(place, unacceptable, WITHIN);
    else result[spec.name] = tensor;
  }
  return result;
}

/** @returns The tensor, or the fault of the value. */
function toTensor(
  value: unknown,
  { datatype, shape: declared, columns }: TensorSpec,
): { shape: number[]; data: TensorData } | string {
  const shape = shapeOf(value);
  const fits =
    shape.length === declared.length && declared.every((size, i) => size === -1 || size === shape[i]);
  if (!fits) return `Its shape is [${shape}], and the contract declares [${declared}].`;
  if (!isRegular(value, shape))
    return `Its rows differ in length: ${[value].flat(Infinity).length} values do not make the shape [${shape}].`;
  const flat = withMissing([value].flat(declared.length) as Scalar[], datatype, columns);
  const wrong = flat.findIndex((entry) =>
    datatype === "BYTES"
      ? typeof entry !== "string"
      : !["number", "boolean", "bigint"].includes(typeof entry),
  );
  if (wrong !== -1)
    return `Value ${wrong + 1} is ${written(flat[wrong])}, and the contract declares ${datatype}.`;
  const cut = flat.findIndex((entry: unknown) => typeof entry === "string" && entry.includes("\0"));
  if (cut !== -1)
    return `Value ${cut + 1} is ${JSON.stringify(flat[cut])}, which holds U+0000, where ONNX Runtime ends a text.`;
  const data = newData(datatype, flat.length);
  const unheld = flat.findIndex(
    (entry) => typeof entry !== "string" && !Number.isNaN(entry) && !holds(datatype, entry!),
  );
  if (unheld !== -1)
    return `Value ${unheld + 1} is ${written(flat[unheld])}, and the contract declares ${datatype}.`;
  for (const [i, entry] of flat.entries()) {
    if (typeof data[0] === "bigint") (data as BigInt64Array)[i] = BigInt(entry!);
    else if (typeof entry === "string") (data as string[])[i] = entry;
    else (data as Float64Array)[i] = datatype === "FP16" ? toFloat16(Number(entry)) : Number(entry);
  }
  return { shape, data };
}

/** Each null as the model gets it, in a column in which a value may be missing. */
function withMissing(
  flat: readonly Scalar[],
  datatype: Datatype,
  columns: readonly Column[] = [],
): readonly Scalar[] {
  if (!columns.some(({ missing }) => missing)) return flat;
  const value = datatype === "BYTES" ? "" : Number.NaN;
  return flat.map((entry, i) => (entry === null && columns[i % columns.length]!.missing ? value : entry));
}

/** `JSON.stringify` takes no bigint. */
const digits = (_: string, value: unknown) => (typeof value === "bigint" ? Number(value) : value);

/** A value almost as it was written: 1e400 is read as Infinity. */
const written = (value: unknown): string =>
  typeof value === "string" || typeof value === "object" ? JSON.stringify(value) : String(value);

/** Whether a tensor of the datatype can hold the value. A typed array would silently take any. */
function holds(datatype: Datatype, value: number | boolean | bigint): boolean {
  const number = Number(value);
  if (datatype === "BOOL") return number === 0 || number === 1;
  if (datatype === "FP16") return fitsFloat16(number);
  if (datatype.startsWith("FP")) return Number.isFinite(heldAs(datatype)(number));
  if (typeof value !== "bigint" && !Number.isInteger(number)) return false;
  const [, unsigned, bits] = /^(U?)INT(\d+)$/.exec(datatype)!;
  const above = 2n ** BigInt(Number(bits) - (unsigned ? 0 : 1));
  const integer = BigInt(value);
  return integer >= (unsigned ? 0n : -above) && integer < above;
}

/** A value that the service would refuse: it is outside its column's range or categories. */
function outside(
  flat: readonly Scalar[],
  datatype: Datatype,
  columns: readonly Column[],
): string | undefined {
  const limits = columns.map(({ name, ...column }) => ({ name, ...limitsHeldAs(datatype, column) }));
  for (const [i, value] of flat.entries()) {
    if (value === null) continue; // a missing one
    const { name, min = -Infinity, max = Infinity, categories } = limits[i % columns.length]!;
    const own = typeof value === "string" ? value : Number(value);
    if (categories ? !categories.includes(own) : typeof own === "number" && (own < min || own > max))
      return `Value ${i + 1} is ${written(value)}, which is outside what the contract declares for ${name}.`;
  }
  return undefined;
}

/** Whether each level has as many entries as the shape says, and none below the last. */
function isRegular(value: unknown, [size, ...rest]: readonly number[]): boolean {
  if (size === undefined) return !Array.isArray(value);
  return Array.isArray(value) && value.length === size && value.every((entry) => isRegular(entry, rest));
}
