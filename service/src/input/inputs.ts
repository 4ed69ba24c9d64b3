/** From untrusted JSON to the model's input tensors. Pure. */
import { shortened, shortJson } from "../../../common/shortJson.ts";
import {
  elementCount,
  joinPointer,
  newData,
  type ServedContract,
  type Tensor,
  type TensorData,
  type Tensors,
} from "../../../contract/index.ts";
import { Faults, invalid, type Place } from "../problems/faults.ts";
import type { FieldProblem } from "../problems/requestError.ts";
import { isObject, refuseTooDeep } from "./body.ts";
import { type CellReader, cellReader } from "./cells.ts";

export const MAX_ROWS = 10_000;

export interface Features {
  readonly rows: number;
  readonly tensors: Tensors;
  /** Values that the contract only wants reported; the first of them, and how many there are. */
  readonly reported?: { readonly listed: readonly FieldProblem[]; readonly count: number };
}

/**
 * Turns a request's body into tensors.
 *
 * @param body Parsed JSON: `{ features: row | row[] }`, a row being a list of values in contract order, or an object of them by name.
 * @throws RequestError naming every value at fault.
 */
export type FeatureReader = (body: unknown) => Features;

interface Feature {
  readonly name: string;
  readonly read: CellReader;
  /** Which of the inputs it belongs to, and its place in a row of that. */
  readonly input: number;
  readonly offset: number;
}

/** Rows as some request has them. */
export interface Table {
  /** The whole of the request. */
  readonly body: unknown;
  /** Each a list of values in the order of the columns, or an object of them by name. */
  readonly rows: readonly unknown[];
  /** Where the rows stand. */
  readonly whole: Place;
  /** The columns of a row that is a list; the contract's in its order if the request does not say. */
  readonly columns?: { readonly whole: Place; readonly each: readonly NamedPlace[] };
  /** Where a row stands, or a value in it. */
  place(row: number, key: Key | undefined): Place;
}

interface NamedPlace {
  readonly name: unknown;
  readonly place: Place;
}

/** @throws RequestError naming every value at fault. */
export type TableReader = (table: Table) => Features;

const FEATURES: Place = { pointer: "/features", text: "features" };
const inOneRow: Table["place"] = (_, key) => keyPlace(FEATURES, key);
const inRows = placeIn(FEATURES);

/** The reader for a contract, or undefined if some input has no columns and so no features. Made once at start. */
export function featureReader(contract: Pick<ServedContract, "inputs">): FeatureReader | undefined {
  const read = tableReader(contract);
  if (!read) return undefined;
  return (body) => {
    const { rows, single } = rowsOf(featuresOf(body));
    return read({ body, rows, whole: FEATURES, place: single ? inOneRow : inRows });
  };
}

/** The same for rows in any form. */
export function tableReader({ inputs }: Pick<ServedContract, "inputs">): TableReader | undefined {
  if (inputs.some(({ columns }) => columns === undefined)) return undefined;
  const features: Feature[] = inputs.flatMap(({ columns, datatype, outOfRange }, input) =>
    columns!.map((column, offset) => ({
      name: column.name,
      read: cellReader(datatype, column, outOfRange),
      input,
      offset,
    })),
  );
  const known = new Map(features.map((feature) => [feature.name, feature]));
  const shapes = inputs.map(({ shape }) => shape.slice(1));
  const sizes = shapes.map(elementCount);

  return (table) => {
    const { rows, columns, whole } = table;
    const count = rows.length;
    if (count > MAX_ROWS) {
      const detail = `${whole.text} has ${count} rows, at most ${MAX_ROWS} are taken`;
      throw invalid([{ pointer: whole.pointer, detail }], 1);
    }
    const ordered = columns ? inOrder(columns, known, table.body) : features;
    const data = inputs.map(({ datatype }, i) => newData(datatype, count * sizes[i]!));
    const notes = new Notes(table);
    const reading = { features: ordered, known, data, sizes, notes };
    for (let index = 0; index < count; index++) readRow(rows[index], index, reading);
    const { faults, warnings } = notes;
    if (faults) throw invalid(faults.listed, faults.count);

    const tensors = new Map<string, Tensor>();
    for (let i = 0; i < inputs.length; i++) {
      const { name, datatype } = inputs[i]!;
      tensors.set(name, { datatype, shape: [count, ...shapes[i]!], data: data[i]! });
    }
    return warnings ? { rows: count, tensors, reported: warnings } : { rows: count, tensors };
  };
}

/** The features as the columns have them. */
function inOrder(
  { whole, each }: NonNullable<Table["columns"]>,
  known: ReadonlyMap<unknown, Feature>,
  body: unknown,
): Feature[] {
  const found = new Set<Feature>();
  const faults = new Faults();
  for (const { name, place } of each) {
    const feature = known.get(name);
    if (!feature)
      faults.addLazily(
        () => place,
        () => `is unknown, the model takes ${nameList([...known.values()])}`,
      );
    else if (found.has(feature)) faults.add(place, "is there twice");
    else found.add(feature);
  }
  for (const feature of known.values())
    if (!found.has(feature)) faults.add(whole, `lacks ${JSON.stringify(feature.name)}`);
  if (faults.count === 0) return [...found];
  refuseTooDeep(body);
  throw invalid(faults.listed, faults.count);
}

/** Where the rows of a list stand, and the values in them. */
export function placeIn({ pointer, text }: Place): Table["place"] {
  return (row, key) => keyPlace({ pointer: `${pointer}/${row}`, text: `${text}[${row}]` }, key);
}

function keyPlace({ pointer, text }: Place, key: Key | undefined): Place {
  return key
    ? { pointer: joinPointer(pointer, String(key.at)), text: `${text}${keyText(key)}` }
    : { pointer, text };
}

/** What is to be said of a request. No place is put in words before there is something to say of it. */
class Notes {
  readonly #table: Table;
  faults: Faults | undefined;
  warnings: Faults | undefined;

  constructor(table: Table) {
    this.#table = table;
  }

  fault(row: number, key: Key | undefined, says: () => string): void {
    // What is nested too deep can be neither shown nor walked.
    if (!this.faults) refuseTooDeep(this.#table.body);
    this.faults ??= new Faults();
    this.faults.addLazily(() => this.#table.place(row, key), says);
  }

  warn(row: number, key: Key, says: () => string): void {
    this.warnings ??= new Faults();
    this.warnings.addLazily(() => this.#table.place(row, key), says);
  }
}

/** A value in its row: by its position, or by a name. */
export type Key = { readonly at: number; readonly name: string } | { readonly at: string };

const keyOf = (at: number | undefined, name: string): Key => (at === undefined ? { at: name } : { at, name });

const keyText = (key: Key) => ("name" in key ? `[${key.at}] (${key.name})` : `.${key.at}`);

interface Reading {
  readonly features: readonly Feature[];
  readonly known: ReadonlyMap<string, Feature>;
  /** By input. */
  readonly data: readonly TensorData[];
  /** Elements of a row, by input. */
  readonly sizes: readonly number[];
  readonly notes: Notes;
}

function readRow(row: unknown, index: number, reading: Reading): void {
  const { features, notes } = reading;
  if (Array.isArray(row)) readList(row, index, reading);
  else if (isObject(row)) readNamed(row, index, reading);
  else
    notes.fault(
      index,
      undefined,
      () =>
        `must be a list of ${features.length} values or an object of named features, got ${shortJson(row)}`,
    );
}

function readList(row: readonly unknown[], index: number, reading: Reading): void {
  const { features, notes } = reading;
  if (row.length !== features.length) {
    const values = row.length === 1 ? "value" : "values";
    notes.fault(
      index,
      undefined,
      () => `has ${row.length} ${values}, the model takes ${features.length}: ${nameList(features)}`,
    );
    return;
  }
  for (let at = 0; at < features.length; at++) put(features[at]!, row[at], index, at, reading);
}

function readNamed(row: Readonly<Record<string, unknown>>, index: number, reading: Reading): void {
  const { features, known, notes } = reading;
  let found = 0;
  for (const feature of features) {
    const { name } = feature;
    // hasOwn, since every object inherits a "constructor".
    if (Object.hasOwn(row, name)) {
      found += 1;
      put(feature, row[name], index, undefined, reading);
    } else notes.fault(index, { at: name }, () => "is missing");
  }
  const names = Object.keys(row);
  if (names.length === found) return;
  for (const name of names)
    if (!known.has(name))
      notes.fault(index, { at: shortened(name) }, () => `is unknown, the model takes ${nameList(features)}`);
}

/** @param at The cell's position, if the row is a list. */
function put(feature: Feature, value: unknown, row: number, at: number | undefined, reading: Reading): void {
  const { data, sizes, notes } = reading;
  const { name, read, input, offset } = feature;
  const result = read(value);
  if ("fault" in result) {
    notes.fault(row, keyOf(at, name), () => `${result.fault}, got ${shortJson(value)}`);
    return;
  }
  // The reader gives what its datatype's array takes.
  (data[input] as TensorData & Record<number, unknown>)[row * sizes[input]! + offset] = result.cell;
  if (result.warning !== undefined)
    notes.warn(row, keyOf(at, name), () => `${result.warning}, got ${shortJson(value)}`);
}

function featuresOf(body: unknown): unknown {
  if (!isObject(body)) {
    refuseTooDeep(body);
    throw invalid(
      [{ pointer: "", detail: `the body must be an object with "features", got ${shortJson(body)}` }],
      1,
    );
  }
  const keys = Object.keys(body);
  if (keys.length === 1 && keys[0] === "features") return body.features;
  refuseTooDeep(body);
  const faults = new Faults();
  if (!Object.hasOwn(body, "features")) faults.add({ pointer: "/features", text: "features" }, "is missing");
  for (const key of keys) {
    if (key !== "features")
      faults.add(
        { pointer: joinPointer("", shortened(key)), text: shortened(key) },
        'is unknown, a request has "features" only',
      );
  }
  throw invalid(faults.listed, faults.count);
}

function rowsOf(features: unknown): { rows: readonly unknown[]; single: boolean } {
  if (isObject(features)) return { rows: [features], single: true };
  if (!Array.isArray(features)) {
    const detail = `features must be a row, a list of rows or an object of named features, got ${shortJson(features)}`;
    throw invalid([{ pointer: "/features", detail }], 1);
  }
  if (features.length === 0)
    throw invalid([{ pointer: "/features", detail: "features must hold a row, got []" }], 1);
  // The first entry decides: [1, [2]] is one row with a fault in it.
  const single = typeof features[0] !== "object" || features[0] === null;
  return { rows: single ? [features] : features, single };
}

function nameList(features: readonly Feature[]): string {
  const shownNames = features
    .slice(0, 20)
    .map(({ name }) => name)
    .join(", ");
  return features.length > 20 ? `${shownNames} and ${features.length - 20} more` : shownNames;
}
