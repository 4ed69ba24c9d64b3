/** The golden requests, asked and answered as the Open Inference Protocol has it. Pure. */
import { shortened, shortJson } from "../../../common/shortJson.ts";
import {
  type Datatype,
  fromFloat16,
  fromNestedLists,
  position,
  type ServedContract,
  toFloat16,
} from "../../../contract/index.ts";

/** One entry of `golden.json`'s requests. Tensors by name, as nested lists; 64-bit integers that JSON's numbers do not hold as strings. */
export interface GoldenRequest {
  readonly name?: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

type Model = Pick<ServedContract, "inputs" | "outputs">;

/** The body of the request to `…/infer`. */
export function inferBody({ inputs, outputs }: GoldenRequest, model: Model): unknown {
  return {
    inputs: model.inputs.map(({ name, datatype }) => ({ name, datatype, ...fromNestedLists(inputs[name]) })),
    outputs: Object.keys(outputs).map((name) => ({ name })),
  };
}

/**
 * The first difference between an answer and what was expected, in words.
 *
 * @param answer Parsed JSON, as the service gave it.
 * @param tolerance Largest accepted difference of a floating-point number. Integers and text must be equal.
 */
export function difference(
  { outputs }: GoldenRequest,
  answer: unknown,
  model: Model,
  tolerance: number,
): string | undefined {
  const given = (answer as { outputs?: unknown } | null)?.outputs;
  const answered = Array.isArray(given) ? (given as (AnsweredTensor | null)[]) : [];
  for (const { name, datatype } of model.outputs) {
    if (!Object.hasOwn(outputs, name)) continue;
    const found = answered.find((tensor) => tensor?.name === name);
    if (!found || !Array.isArray(found.data)) return `${name} was not answered`;
    if (found.datatype !== datatype) return `${name} is ${found.datatype}, and ${datatype} was expected`;
    const expected = fromNestedLists(outputs[name]);
    if (String(found.shape) !== String(expected.shape))
      return `${name} has the shape [${found.shape}], and [${expected.shape}] was expected`;
    const at = expected.data.findIndex((entry, i) => !near(entry, found.data[i], datatype, tolerance));
    if (at !== -1) {
      const within = datatype.startsWith("FP") ? `, within ${tolerance}` : "";
      return `${name}${position(at, expected.shape)} is ${shortJson(found.data[at])}, and ${shortJson(expected.data[at])} was expected${within}`;
    }
  }
  return undefined;
}

interface AnsweredTensor {
  readonly name: unknown;
  readonly datatype: unknown;
  readonly shape: unknown;
  readonly data: readonly unknown[];
}

/** What people call the request at this position. */
export function title({ name }: GoldenRequest, index: number): string {
  return `Golden request ${index + 1}${name === undefined ? "" : ` (${shortened(name)})`}`;
}

function near(expected: unknown, found: unknown, datatype: Datatype, tolerance: number): boolean {
  if (datatype === "BYTES") return expected === found;
  if (datatype === "BOOL") return typeof found === "boolean" && Number(expected) === Number(found);
  // 64-bit integers come as strings if no number holds them.
  if (!datatype.startsWith("FP")) return String(expected) === String(found);
  // "Not above", so that no NaN is near.
  return typeof found === "number" && Math.abs(rounded(Number(expected), datatype) - found) <= tolerance;
}

/** As the tensor holds it: golden.json has 0.1, which no FP32 is. */
function rounded(value: number, datatype: Datatype): number {
  if (datatype === "FP16") return fromFloat16(toFloat16(value));
  return datatype === "FP32" ? Math.fround(value) : value;
}
