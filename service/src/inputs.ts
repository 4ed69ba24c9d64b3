/** From untrusted JSON to the model's input tensors. Pure. */
import type { ServedContract } from "../../model/contract.ts";
import { elementCount, newData, type Tensor, type TensorData, type Tensors } from "../../model/tensors.ts";
import { isObject, refuseTooDeep } from "./body.ts";
import { type CellReader, cellReader } from "./cells.ts";
import { cut, escaped, Faults, invalid, type Place, shown } from "./faults.ts";

export const MAX_ROWS = 10_000;

/**
 * Turns a request's body into tensors.
 *
 * @param body Parsed JSON: `{ features: row | row[] }`, a row being a list of values in contract order, or an object of them by name.
 * @throws RequestError naming every value at fault.
 */
export type FeatureReader = (body: unknown) => { readonly rows: number; readonly tensors: Tensors };

interface Feature {
  readonly name: string;
  readonly read: CellReader;
  /** Which of the inputs it belongs to, and its place in a row of that. */
  readonly input: number;
  readonly offset: number;
}

/** The reader for a contract, or undefined where some input has no columns and so no features. Made once at start. */
export function featureReader(contract: Pick<ServedContract, "inputs">): FeatureReader | undefined {
  const { inputs } = contract;
  if (inputs.some(({ columns }) => columns === undefined)) return undefined;
  const features: Feature[] = inputs.flatMap(({ columns, datatype }, input) =>
    columns!.map((column, offset) => ({
      name: column.name,
      read: cellReader(datatype, column),
      input,
      offset,
    })),
  );
  const byName = new Map(features.map((feature) => [feature.name, feature]));

  return (body) => {
    const given = featuresOf(body);
    const { rows, single } = rowsOf(given);
    if (rows.length > MAX_ROWS)
      throw invalid(
        [{ pointer: "/features", detail: `features has ${rows.length} rows, at most ${MAX_ROWS} are taken` }],
        1,
      );

    const faults = new Faults();
    const sizes = inputs.map(({ shape }) => elementCount(shape.slice(1)));
    const data = inputs.map(({ datatype }, i) => newData(datatype, rows.length * sizes[i]!));
    const put = (feature: Feature, row: number, value: unknown, place: Place) => {
      const result = feature.read(value);
      if ("fault" in result) faults.add(place, `${result.fault}, got ${shown(value)}`);
      // The reader gives what its datatype's array takes.
      else
        (data[feature.input] as TensorData & Record<number, unknown>)[
          row * sizes[feature.input]! + feature.offset
        ] = result.cell;
    };

    rows.forEach((row, index) => {
      const place: Place = single
        ? { pointer: "/features", text: "features" }
        : { pointer: `/features/${index}`, text: `features[${index}]` };
      if (Array.isArray(row))
        readList(row, place, features, (feature, value, cell) => put(feature, index, value, cell), faults);
      else if (isObject(row))
        readNamed(
          row,
          place,
          features,
          byName,
          (feature, value, cell) => put(feature, index, value, cell),
          faults,
        );
      else
        faults.add(
          place,
          `must be a list of ${features.length} values or an object of named features, got ${shown(row)}`,
        );
    });
    if (faults.count > 0) throw invalid(faults.listed, faults.count);

    const tensors = new Map<string, Tensor>(
      inputs.map(({ name, datatype, shape }, i) => [
        name,
        { datatype, shape: [rows.length, ...shape.slice(1)], data: data[i]! },
      ]),
    );
    return { rows: rows.length, tensors };
  };
}

type Put = (feature: Feature, value: unknown, place: Place) => void;

function readList(
  row: readonly unknown[],
  place: Place,
  features: readonly Feature[],
  put: Put,
  faults: Faults,
): void {
  if (row.length !== features.length) {
    faults.add(
      place,
      `has ${row.length} ${row.length === 1 ? "value" : "values"}, the model takes ${features.length}: ${nameList(features)}`,
    );
    return;
  }
  features.forEach((feature, i) =>
    put(feature, row[i], { pointer: `${place.pointer}/${i}`, text: `${place.text}[${i}] (${feature.name})` }),
  );
}

function readNamed(
  row: Readonly<Record<string, unknown>>,
  place: Place,
  features: readonly Feature[],
  byName: ReadonlyMap<string, Feature>,
  put: Put,
  faults: Faults,
): void {
  for (const feature of features) {
    const cell = {
      pointer: `${place.pointer}/${escaped(feature.name)}`,
      text: `${place.text}.${feature.name}`,
    };
    // hasOwn, since every object inherits a "constructor".
    if (Object.hasOwn(row, feature.name)) put(feature, row[feature.name], cell);
    else faults.add(cell, "is missing");
  }
  for (const name of Object.keys(row)) {
    if (byName.has(name)) continue;
    const short = cut(name);
    faults.add(
      { pointer: `${place.pointer}/${escaped(short)}`, text: `${place.text}.${short}` },
      `is unknown, the model takes ${nameList(features)}`,
    );
  }
}

function featuresOf(body: unknown): unknown {
  refuseTooDeep(body);
  if (!isObject(body))
    throw invalid(
      [{ pointer: "", detail: `the body must be an object with "features", got ${shown(body)}` }],
      1,
    );
  const faults = new Faults();
  if (!Object.hasOwn(body, "features")) faults.add({ pointer: "/features", text: "features" }, "is missing");
  for (const key of Object.keys(body)) {
    if (key !== "features")
      faults.add(
        { pointer: `/${escaped(cut(key))}`, text: cut(key) },
        'is unknown, a request has "features" only',
      );
  }
  if (faults.count > 0) throw invalid(faults.listed, faults.count);
  return body.features;
}

function rowsOf(features: unknown): { rows: readonly unknown[]; single: boolean } {
  if (isObject(features)) return { rows: [features], single: true };
  if (!Array.isArray(features)) {
    const detail = `features must be a row, a list of rows or an object of named features, got ${shown(features)}`;
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
