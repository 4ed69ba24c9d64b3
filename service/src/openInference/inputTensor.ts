/** One input of a request: from untrusted JSON, or from bytes, to the tensor that the contract wants. Pure. */
import { shortJson } from "../../../common/shortJson.ts";
import {
  type Datatype,
  elementCount,
  fromFloat16,
  limitsHeldAs,
  newData,
  position,
  type ServedContract,
  shapeOf,
  type Tensor,
  type TensorData,
  type TensorSpec,
} from "../../../contract/index.ts";
import { type CellReader, cellReader } from "../input/cells.ts";
import { MAX_ROWS } from "../input/inputs.ts";
import type { Faults, Place } from "../problems/faults.ts";
import { SIZE_KEY } from "./binaryParts.ts";
import { below, within } from "./place.ts";
import { elementBytes, numbersFromBytes, textsFromBytes } from "./tensorBytes.ts";

/** An input of the contract, with what is computed of it once. */
export interface Input extends TensorSpec {
  /** For the values of one row, over and over. */
  readonly cells: readonly InputCell[];
  /** Whether its first dimension is the rows of a request, which all such inputs share. */
  readonly inRows: boolean;
}

interface InputCell {
  readonly read: CellReader;
  readonly column?: string;
  /** An element of a binary tensor from `low` to `high` fits; of any other `read` decides. */
  readonly low: number;
  readonly high: number;
}

/** What is to be said of a request. */
export interface Notes {
  readonly faults: Faults;
  /** Values that the contract only wants reported. */
  readonly warnings: Faults;
}

/** An input of a request that could be read. */
export interface ReadInput {
  readonly input: Input;
  readonly tensor: Tensor;
  /** Where it stands, and where its number of rows does. */
  readonly owner: Place;
  readonly place: Place;
}

/** All inputs whose first dimension is the rows must have the same number of them. */
export function noteUnequalRows(read: readonly ReadInput[], faults: Faults): void {
  const [first, ...others] = read.filter(({ input }) => input.inRows);
  for (const { tensor, place } of others) {
    const [rows, wanted] = [tensor.shape[0]!, first!.tensor.shape[0]!];
    if (rows !== wanted)
      faults.add(
        place,
        `has ${rows} rows, and ${first!.owner.text} has ${wanted}: all inputs must have the same`,
      );
  }
}

export function knownInputs({ inputs, task }: Pick<ServedContract, "inputs" | "task">): Input[] {
  return inputs.map((input) => {
    const { datatype, columns, shape, outOfRange } = input;
    const cells: InputCell[] = columns?.map(({ name, ...limits }) => ({
      read: cellReader(datatype, limits, outOfRange),
      column: name,
      ...surelyFits(datatype, limits),
    })) ?? [{ read: cellReader(datatype, {}), ...surelyFits(datatype, {}) }];
    return { ...input, cells, inRows: shape[0] === -1 && (columns !== undefined || task !== "raw") };
  });
}

function surelyFits(
  datatype: Datatype,
  column: Parameters<typeof cellReader>[1],
): { low: number; high: number } {
  const { min, max, categories } = limitsHeldAs(datatype, column);
  if (categories || datatype === "BOOL" || datatype === "BYTES") return { low: Infinity, high: -Infinity };
  // Not infinite, so that infinities do not fit.
  return { low: min ?? -Number.MAX_VALUE, high: max ?? Number.MAX_VALUE };
}

/**
 * @param given The input of the request: `{ datatype, shape, data }`, or `binary` in place of data.
 * @param binary `binary_data_size` bytes, or undefined if the sizes of the request do not add up.
 * @returns undefined if it is at fault.
 */
export function readTensor(
  given: Readonly<Record<string, unknown>>,
  parameters: Readonly<Record<string, unknown>>,
  binary: Uint8Array | undefined,
  input: Input,
  place: Place,
  notes: Notes,
): Tensor | undefined {
  const { faults } = notes;
  const before = faults.count;
  const { datatype, shape, data } = given;
  if (datatype !== input.datatype)
    faults.add(
      below(place, "datatype"),
      `must be ${JSON.stringify(input.datatype)}, got ${shortJson(datatype)}`,
    );
  const problem = shapeProblem(shape, input);
  if (problem) faults.add(below(place, "shape"), `${problem}, got ${shortJson(shape)}`);

  const inJson = !Object.hasOwn(parameters, SIZE_KEY);
  if (inJson && !Array.isArray(data))
    faults.add(below(place, "data"), `must be a list, got ${shortJson(data)}`);
  if (!inJson && data !== undefined)
    faults.add(below(place, "data"), `must not be there, since ${SIZE_KEY} says that the data is binary`);
  if (faults.count > before) return undefined;

  const sizes = shape as readonly number[];
  const elements = inJson
    ? fromJson(data as readonly unknown[], sizes, input, below(place, "data"), notes)
    : binary && fromBinary(binary, sizes, input, place, notes);
  return elements && { datatype: input.datatype, shape: sizes, data: elements };
}

/**
 * The same from nested lists alone.
 *
 * @param at Where the value at a position such as `[1][2]` stands.
 */
export function readNested(
  given: unknown,
  input: Input,
  place: Place,
  at: (position: string) => Place,
  notes: Notes,
): Tensor | undefined {
  const { faults } = notes;
  const shape = shapeOf(given);
  const problem = shapeProblem(shape, input);
  if (problem) {
    faults.add(place, `has a shape that ${problem}, got ${shortJson(shape)}`);
    return undefined;
  }
  const values = flat(Array.isArray(given) ? given : [given], shape);
  if (!values) {
    faults.add(place, `must hold lists of the shape ${JSON.stringify(shape)}, as the first of them are`);
    return undefined;
  }
  const places = (i: number) => at(position(i, shape));
  return { datatype: input.datatype, shape, data: readValues(values, input, places, notes) };
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

function fromJson(
  data: readonly unknown[],
  shape: readonly number[],
  input: Input,
  place: Place,
  notes: Notes,
): TensorData | undefined {
  const values = flat(data, shape);
  if (values)
    return readValues(
      values,
      input,
      (i) => within(place, values === data ? `[${i}]` : position(i, shape)),
      notes,
    );
  const count = elementCount(shape);
  notes.faults.add(
    place,
    `must hold the ${count} ${count === 1 ? "value" : "values"} of the shape ${JSON.stringify(shape)}, flat or nested as it says`,
  );
  return undefined;
}

/** @param values Row-major. */
function readValues(
  values: readonly unknown[],
  { datatype, cells }: Input,
  at: (index: number) => Place,
  notes: Notes,
): TensorData {
  const elements: Record<number, unknown> & TensorData = newData(datatype, values.length);
  values.forEach((value, i) => {
    const { read, column } = cells[i % cells.length]!;
    const result = read(value);
    // The reader gives what its datatype's array takes.
    if ("cell" in result) elements[i] = result.cell;
    note(result, value, column, () => at(i), notes);
  });
  return elements;
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

function fromBinary(
  bytes: Uint8Array,
  shape: readonly number[],
  input: Input,
  place: Place,
  notes: Notes,
): TensorData | undefined {
  const elements = elementsOf(bytes, shape, input, place, notes.faults);
  if (!elements) return undefined;
  const { datatype, cells } = input;
  for (let i = 0; i < elements.length; i++) {
    const { read, column, low, high } = cells[i % cells.length]!;
    const element = elements[i]!;
    const value = datatype === "FP16" ? fromFloat16(element as number) : element;
    // Text is never surely fitting, and JavaScript compares a bigint with a number exactly. Not "below or above", so that NaN fits nowhere.
    if ((value as number) >= low && (value as number) <= high) continue;
    const at = () => ({ ...place, text: `${place.text} binary data${position(i, shape)}` });
    // 64-bit integers as JSON would have them.
    note(read(typeof value === "bigint" ? value.toString() : value), value, column, at, notes);
  }
  return elements;
}

/** The elements, once there are as many bytes as they need. */
function elementsOf(
  bytes: Uint8Array,
  shape: readonly number[],
  { datatype }: Input,
  place: Place,
  faults: Faults,
): TensorData | undefined {
  const count = elementCount(shape);
  if (datatype === "BYTES") {
    const texts = textsFromBytes(bytes, count);
    if (Array.isArray(texts)) return texts;
    faults.add(place, texts.fault);
    return undefined;
  }
  const wanted = count * elementBytes(datatype);
  if (bytes.length === wanted) return numbersFromBytes(datatype, bytes);
  faults.add(
    below(below(place, "parameters"), SIZE_KEY),
    `must be ${wanted}, as ${datatype} of the shape ${JSON.stringify(shape)} has it, got ${bytes.length}`,
  );
  return undefined;
}

/** Notes what the reader has found amiss with a value, if anything. */
function note(
  result: ReturnType<CellReader>,
  value: unknown,
  column: string | undefined,
  at: () => Place,
  { faults, warnings }: Notes,
): void {
  const says = "fault" in result ? result.fault : result.warning;
  if (says === undefined) return;
  const place = () => {
    const { pointer, text } = at();
    return { pointer, text: column === undefined ? text : `${text} (${column})` };
  };
  const found = "fault" in result ? faults : warnings;
  found.addLazily(place, () => `${says}, got ${typeof value === "bigint" ? value : shortJson(value)}`);
}
