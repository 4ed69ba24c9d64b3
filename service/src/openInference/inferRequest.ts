/** A request for an inference: from untrusted JSON, and the bytes that follow it, to tensors. Pure. */
import { shortened, shortJson } from "../../../common/shortJson.ts";
import type { ServedContract, Tensor, Tensors } from "../../../contract/index.ts";
import { isObject, refuseTooDeep } from "../input/body.ts";
import { Faults, invalid, type Place } from "../problems/faults.ts";
import { binaryParts } from "./binaryParts.ts";
import {
  type Input,
  knownInputs,
  type Notes,
  noteUnequalRows,
  type ReadInput,
  readTensor,
} from "./inputTensor.ts";
import { readFlag, readParameters } from "./parameters.ts";
import { below } from "./place.ts";

export interface InferRequest {
  /** Comes back with the answer. */
  readonly id?: string;
  readonly tensors: Tensors;
  readonly outputs: readonly WantedOutput[];
  /** Values that the contract only wants reported; the first of them, and how many there are. */
  readonly reported?: Pick<Faults, "listed" | "count">;
}

interface WantedOutput {
  readonly name: string;
  /** As bytes after the answer's JSON. */
  readonly binary: boolean;
}

/**
 * Turns a request's body into tensors.
 *
 * @param body Parsed JSON: `{id?, parameters?, inputs: [{name, shape, datatype, parameters?, data}], outputs?: [{name, parameters?}]}`;
 *   `data` row-major, flat or nested as the shape says, or in its place a parameter `binary_data_size`. No outputs: all of
 *   them. Other keys are passed over, as the protocol's own servers do.
 * @param binary All that follows the JSON; a tensor may be a view of it.
 * @throws RequestError naming every value at fault.
 */
export type InferReader = (body: unknown, binary?: Uint8Array) => InferRequest;

const NO_BYTES = new Uint8Array();

/** The reader for a contract. Made once at start. */
export function inferReader(contract: Pick<ServedContract, "inputs" | "outputs" | "task">): InferReader {
  const known = knownInputs(contract);
  const inputNames = new Set(known.map(({ name }) => name));
  const outputNames = new Set(contract.outputs.map(({ name }) => name));

  return (body, binary = NO_BYTES) => {
    refuseTooDeep(body);
    if (!isObject(body))
      throw invalid(
        [{ pointer: "", detail: `the body must be an object with "inputs", got ${shortJson(body)}` }],
        1,
      );
    const notes = { faults: new Faults(), warnings: new Faults() };
    const { faults, warnings } = notes;
    const { id } = body;
    if (id !== undefined && typeof id !== "string")
      faults.add({ pointer: "/id", text: "id" }, `must be a string, got ${shortJson(id)}`);
    const whole = { pointer: "", text: "request" };
    const binaryOutputs = readFlag(
      readParameters(body.parameters, whole, faults),
      "binary_data_output",
      whole,
      faults,
    );
    const tensors = readInputs(body.inputs, binary, known, inputNames, notes);
    const outputs = readOutputs(body.outputs, binaryOutputs ?? false, outputNames, faults);
    if (faults.count > 0) throw invalid(faults.listed, faults.count);
    return {
      ...(id === undefined ? {} : { id: id as string }),
      tensors,
      outputs,
      ...(warnings.count > 0 ? { reported: warnings } : {}),
    };
  };
}

function readInputs(
  given: unknown,
  binary: Uint8Array,
  known: readonly Input[],
  names: ReadonlySet<string>,
  notes: Notes,
): Tensors {
  const { faults } = notes;
  const tensors = new Map<string, Tensor>();
  const parts = binaryParts(given, binary, faults);
  const list = named(given, "inputs", names, faults);
  if (!list) return tensors;
  const read: ReadInput[] = [];
  for (const input of known) {
    const found = list.get(input.name);
    if (!found) {
      faults.add({ pointer: "/inputs", text: "inputs" }, `lack ${JSON.stringify(input.name)}`);
      continue;
    }
    const { value, parameters, place } = found;
    const tensor = readTensor(value, parameters, parts.get(found.index), input, place, notes);
    if (!tensor) continue;
    tensors.set(input.name, tensor);
    read.push({ input, tensor, owner: place, place: below(place, "shape") });
  }
  noteUnequalRows(read, faults);
  return tensors;
}

function readOutputs(
  given: unknown,
  binary: boolean,
  known: ReadonlySet<string>,
  faults: Faults,
): readonly WantedOutput[] {
  const list = given === undefined ? undefined : named(given, "outputs", known, faults);
  if (!list || list.size === 0) return [...known].map((name) => ({ name, binary }));
  return [...list].map(([name, { parameters, place }]) => ({
    name,
    binary: readFlag(parameters, "binary_data", place, faults) ?? binary,
  }));
}

interface Found {
  readonly value: Readonly<Record<string, unknown>>;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** In the list. */
  readonly index: number;
  readonly place: Place;
}

/** The objects of a list by their name; undefined if it is no list. */
function named(
  given: unknown,
  key: "inputs" | "outputs",
  known: ReadonlySet<string>,
  faults: Faults,
): ReadonlyMap<string, Found> | undefined {
  const whole = { pointer: `/${key}`, text: key };
  if (!Array.isArray(given)) {
    faults.add(whole, given === undefined ? "is missing" : `must be a list, got ${shortJson(given)}`);
    return undefined;
  }
  const list = new Map<string, Found>();
  given.forEach((value: unknown, index) => {
    const place = { pointer: `/${key}/${index}`, text: `${key}[${index}]` };
    const name = isObject(value) ? value.name : undefined;
    if (!isObject(value) || typeof name !== "string")
      faults.add(place, `must be an object with a name, got ${shortJson(value)}`);
    else if (!known.has(name))
      faults.add(
        below(place, "name"),
        `is ${shortJson(name)}, and the model's ${key} are ${shortened([...known].join(", "))}`,
      );
    else if (list.has(name)) faults.add(below(place, "name"), `is ${shortJson(name)}, as that of another is`);
    else list.set(name, { value, parameters: readParameters(value.parameters, place, faults), index, place });
  });
  return list;
}
