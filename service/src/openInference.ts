/** The Open Inference Protocol V2 over REST: from untrusted JSON to tensors, and from tensors to its answer. Pure. */
import type { ServedContract, TensorSpec } from "../../model/contract.ts";
import { elementCount, newData, type Tensor, type TensorData, type Tensors } from "../../model/tensors.ts";
import { isObject, refuseTooDeep } from "./body.ts";
import { type CellReader, cellReader } from "./cells.ts";
import { cut, Faults, invalid, type Place, shown } from "./faults.ts";
import { MAX_ROWS } from "./inputs.ts";
import { toScalars } from "./outputs.ts";

export interface InferRequest {
  /** Comes back with the answer. */
  readonly id?: string;
  readonly tensors: Tensors;
  /** Names of the outputs wanted. */
  readonly outputs: readonly string[];
}

/**
 * Turns a request's body into tensors.
 *
 * @param body Parsed JSON: `{id?, inputs: [{name, shape, datatype, data}], outputs?: [{name}]}`; `data` row-major, flat or
 *   nested as the shape says. No outputs: all of them. Other keys, such as `parameters`, are passed over, as the
 *   protocol's own servers do.
 * @throws RequestError naming every value at fault.
 */
export type InferReader = (body: unknown) => InferRequest;

interface Input extends TensorSpec {
  /** For the values of one row, over and over. */
  readonly cells: readonly { readonly read: CellReader; readonly column?: string }[];
  /** Whether its first dimension is the rows of a request, which all such inputs share. */
  readonly inRows: boolean;
}

/** The reader for a contract. Made once at start. */
export function inferReader({
  inputs,
  outputs,
  task,
}: Pick<ServedContract, "inputs" | "outputs" | "task">): InferReader {
  const known = inputs.map((input): Input => {
    const { datatype, columns, shape } = input;
    const cells = columns?.map((column) => ({ read: cellReader(datatype, column), column: column.name })) ?? [
      { read: cellReader(datatype, {}) },
    ];
    return { ...input, cells, inRows: shape[0] === -1 && (columns !== undefined || task !== "raw") };
  });
  const names = outputs.map(({ name }) => name);

  return (body) => {
    refuseTooDeep(body);
    if (!isObject(body))
      throw invalid(
        [{ pointer: "", detail: `the body must be an object with "inputs", got ${shown(body)}` }],
        1,
      );
    const faults = new Faults();
    const { id } = body;
    if (id !== undefined && typeof id !== "string")
      faults.add({ pointer: "/id", text: "id" }, `must be a string, got ${shown(id)}`);
    const tensors = readInputs(body.inputs, known, faults);
    const chosen = readOutputs(body.outputs, names, faults);
    if (faults.count > 0) throw invalid(faults.listed, faults.count);
    return { ...(id === undefined ? {} : { id: id as string }), tensors, outputs: chosen };
  };
}

/** @throws RequestError (500) for NaN and infinities, which JSON would turn into null. */
export function inferAnswer(
  { id, outputs }: InferRequest,
  results: Tensors,
  { name, version }: Pick<ServedContract, "name" | "version">,
): unknown {
  return {
    model_name: name,
    model_version: version,
    ...(id === undefined ? {} : { id }),
    outputs: outputs.map((output) => {
      const tensor = results.get(output);
      if (!tensor) throw new Error(`the model gave no output ${JSON.stringify(output)}`);
      const { shape, datatype } = tensor;
      return { name: output, shape, datatype, data: toScalars(output, tensor) };
    }),
  };
}

function readInputs(given: unknown, known: readonly Input[], faults: Faults): Tensors {
  const tensors = new Map<string, Tensor>();
  const list = named(given, "inputs", new Set(known.map(({ name }) => name)), faults);
  if (!list) return tensors;
  let first: { readonly text: string; readonly rows: number } | undefined;
  for (const input of known) {
    const found = list.get(input.name);
    if (!found) {
      faults.add({ pointer: "/inputs", text: "inputs" }, `lack ${JSON.stringify(input.name)}`);
      continue;
    }
    const tensor = readTensor(found.value, input, found.place, faults);
    if (!tensor) continue;
    tensors.set(input.name, tensor);
    if (!input.inRows) continue;
    const rows = tensor.shape[0]!;
    if (first && rows !== first.rows)
      faults.add(
        below(found.place, "shape"),
        `has ${rows} rows, and ${first.text} has ${first.rows}: all inputs must have the same`,
      );
    first ??= { text: found.place.text, rows };
  }
  return tensors;
}

function readOutputs(given: unknown, known: readonly string[], faults: Faults): readonly string[] {
  if (given === undefined) return known;
  const list = named(given, "outputs", new Set(known), faults);
  return list && list.size > 0 ? [...list.keys()] : known;
}

type Named = ReadonlyMap<string, { readonly value: Record<string, unknown>; readonly place: Place }>;

/** The objects of a list by their name; undefined if it is no list. */
function named(
  given: unknown,
  key: "inputs" | "outputs",
  known: ReadonlySet<string>,
  faults: Faults,
): Named | undefined {
  const whole = { pointer: `/${key}`, text: key };
  if (!Array.isArray(given)) {
    faults.add(whole, given === undefined ? "is missing" : `must be a list, got ${shown(given)}`);
    return undefined;
  }
  const list = new Map<string, { value: Record<string, unknown>; place: Place }>();
  given.forEach((value: unknown, i) => {
    const place = { pointer: `/${key}/${i}`, text: `${key}[${i}]` };
    const name = isObject(value) ? value.name : undefined;
    if (!isObject(value) || typeof name !== "string")
      faults.add(place, `must be an object with a name, got ${shown(value)}`);
    else if (!known.has(name))
      faults.add(
        below(place, "name"),
        `is ${shown(name)}, and the model's ${key} are ${cut([...known].join(", "))}`,
      );
    else if (list.has(name)) faults.add(below(place, "name"), `is ${shown(name)}, as that of another is`);
    else list.set(name, { value, place });
  });
  return list;
}

function readTensor(
  { datatype, shape, data }: Record<string, unknown>,
  input: Input,
  place: Place,
  faults: Faults,
): Tensor | undefined {
  const before = faults.count;
  if (datatype !== input.datatype)
    faults.add(below(place, "datatype"), `must be ${JSON.stringify(input.datatype)}, got ${shown(datatype)}`);
  const problem = shapeProblem(shape, input);
  if (problem) faults.add(below(place, "shape"), `${problem}, got ${shown(shape)}`);
  if (!Array.isArray(data)) {
    faults.add(below(place, "data"), `must be a list, got ${shown(data)}`);
    return undefined;
  }
  if (faults.count > before) return undefined;

  const sizes = shape as readonly number[];
  const values = flat(data, sizes);
  if (!values) {
    const count = elementCount(sizes);
    faults.add(
      below(place, "data"),
      `must hold the ${count} ${count === 1 ? "value" : "values"} of the shape ${JSON.stringify(sizes)}, flat or nested as it says`,
    );
    return undefined;
  }
  const elements: Record<number, unknown> & TensorData = newData(input.datatype, values.length);
  values.forEach((value, i) => {
    const { read, column } = input.cells[i % input.cells.length]!;
    const result = read(value);
    // The reader gives what its datatype's array takes.
    if ("cell" in result) elements[i] = result.cell;
    else {
      const at = below(place, "data", ...(values === data ? [i] : indices(i, sizes)));
      faults.add(
        column === undefined ? at : { ...at, text: `${at.text} (${column})` },
        `${result.fault}, got ${shown(value)}`,
      );
    }
  });
  return { datatype: input.datatype, shape: sizes, data: elements };
}

/** @returns what the shape must be, unless it is that. */
function shapeProblem(given: unknown, { shape, inRows }: Input): string | undefined {
  const fits =
    Array.isArray(given) &&
    given.length === shape.length &&
    shape.every((size, i) =>
      size === -1 ? Number.isSafeInteger(given[i]) && given[i] >= 1 : given[i] === size,
    );
  if (!fits)
    return `must be ${JSON.stringify(shape)}${shape.includes(-1) ? " with a number from 1 in place of -1" : ""}`;
  return inRows && given[0] > MAX_ROWS ? `may have ${MAX_ROWS} rows at most` : undefined;
}

/** The values in row-major order, from a list of them or from lists as the shape says; undefined if it is neither. */
function flat(data: readonly unknown[], shape: readonly number[]): readonly unknown[] | undefined {
  if (!data.some(Array.isArray)) return data.length === elementCount(shape) ? data : undefined;
  let level: readonly unknown[] = [data];
  for (const size of shape) {
    if (!level.every((part) => Array.isArray(part) && part.length === size)) return undefined;
    level = level.flat();
  }
  return level;
}

/** Of a row-major position: 5 in [2, 3] is [1, 2]. */
function indices(position: number, shape: readonly number[]): number[] {
  let rest = position;
  const reversed = shape.toReversed().map((size) => {
    const index = rest % size;
    rest = Math.floor(rest / size);
    return index;
  });
  return reversed.toReversed();
}

function below({ pointer, text }: Place, key: string, ...at: readonly number[]): Place {
  return {
    pointer: [pointer, key, ...at].join("/"),
    text: `${text}.${key}${at.map((index) => `[${index}]`).join("")}`,
  };
}
