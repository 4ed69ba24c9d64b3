/** Rows as requests of KServe V1, TensorFlow Serving and MLflow have them, for models whose inputs have columns. Pure. */
import { shortJson } from "../../../common/shortJson.ts";
import type { ServedContract } from "../../../contract/index.ts";
import { isObject } from "../input/body.ts";
import { placeIn, type Table } from "../input/inputs.ts";
import { named, within } from "../openInference/place.ts";
import { Faults, invalid, invalidValue, type Place } from "../problems/faults.ts";

type Model = Pick<ServedContract, "inputs">;

/** `[row, …]`. A row of a single column may be the bare value. */
export function rowsTable(given: unknown, whole: Place, { inputs }: Model): Table {
  const rows = listOfRows(given, whole);
  const place = placeIn(whole);
  if (inputs.flatMap(({ columns = [] }) => columns).length > 1) return { body: given, rows, whole, place };
  return {
    body: given,
    rows: rows.map((row) => (isBare(row) ? [row] : row)),
    whole,
    place: (row, key) => place(row, isBare(rows[row]) ? undefined : key),
  };
}

const isBare = (row: unknown) => !Array.isArray(row) && !isObject(row);

/** `{ columns: [name, …], data: [[value, …], …], index? }`, as pandas' orient "split" has it. */
export function splitTable(given: unknown, place: Place): Table {
  if (!isObject(given))
    throw invalidValue(place, `must be an object of "columns" and "data", got ${shortJson(given)}`);
  const faults = new Faults();
  for (const key of Object.keys(given))
    if (!["columns", "data", "index"].includes(key))
      faults.add(named(place, key), 'is unknown, there can be "columns", "data" and "index"');
  const { columns, data } = given;
  const whole = named(place, "columns");
  if (!Array.isArray(columns)) faults.add(whole, `must be a list of names, got ${shortJson(columns)}`);
  if (!Array.isArray(columns) || faults.count > 0) throw invalid(faults.listed, faults.count);
  const each = columns.map((name: unknown, index) => {
    const { pointer, text } = within(whole, `[${index}]`);
    return { name, place: { pointer, text: `${text} (${shortJson(name)})` } };
  });
  const dataPlace = named(place, "data");
  return {
    body: given,
    rows: listOfRows(data, dataPlace),
    whole: dataPlace,
    columns: { whole, each },
    place: placeIn(dataPlace),
  };
}

/** A name's part of a row: a column, or all columns of an input. */
interface Part {
  readonly columns: readonly string[];
  /** One entry per row: a list of a value per column, or the bare value of a single column. */
  readonly entries: readonly unknown[];
  readonly place: Place;
}

/** `{ name: [entry, …], … }`, the names being those of inputs or of columns. */
export function columnarTable(
  given: Readonly<Record<string, unknown>>,
  whole: Place,
  { inputs }: Model,
): Table {
  const names = inputs.map(({ name, columns = [] }) => [name, columns.map((column) => column.name)] as const);
  const columnsOf = new Map<string, readonly string[]>([
    ...names.flatMap(([, own]) => own.map((name) => [name, [name]] as const)),
    ...names,
  ]);
  const parts = readParts(given, whole, columnsOf);
  const cells = parts.flatMap((part) => part.columns.map((column, offset) => ({ ...part, column, offset })));
  const rows = parts[0]?.entries.length ?? 0;
  return {
    body: given,
    rows: Array.from({ length: rows }, (_, row) =>
      cells.map(({ entries, offset }) => {
        const entry = entries[row];
        return Array.isArray(entry) ? entry[offset] : entry;
      }),
    ),
    whole,
    columns: { whole, each: cells.map(({ column, place }) => ({ name: column, place })) },
    place(row, key) {
      // No row is at fault as a whole, since each has a value for every cell.
      const { column, entries, offset, place } = cells[Number(key?.at)]!;
      if (!Array.isArray(entries[row])) return within(place, `[${row}]`);
      const { pointer, text } = within(place, `[${row}][${offset}]`);
      return { pointer, text: `${text} (${column})` };
    },
  };
}

/** @throws RequestError unless all names have the same number of entries, and each entry as many values as columns. */
function readParts(
  given: Readonly<Record<string, unknown>>,
  whole: Place,
  columnsOf: ReadonlyMap<string, readonly string[]>,
): readonly Part[] {
  const faults = new Faults();
  const parts: Part[] = [];
  for (const [name, entries] of Object.entries(given)) {
    const place = named(whole, name);
    if (!Array.isArray(entries) || entries.length === 0) {
      faults.add(place, `must be a list with an entry for each row, got ${shortJson(entries)}`);
      continue;
    }
    const columns = columnsOf.get(name);
    // The reader of the table refuses a name that is unknown.
    const part: Part = { columns: columns ?? [name], entries, place };
    const [first = part] = parts;
    if (entries.length !== first.entries.length)
      faults.add(
        place,
        `has ${entries.length} rows, and ${first.place.text} has ${first.entries.length}: all must have the same`,
      );
    if (columns) noteWidths(part, faults);
    parts.push(part);
  }
  if (faults.count > 0) throw invalid(faults.listed, faults.count);
  return parts;
}

function noteWidths({ columns, entries, place }: Part, faults: Faults): void {
  const { length } = columns;
  for (const [row, entry] of entries.entries())
    if (Array.isArray(entry) ? entry.length !== length : length > 1)
      faults.addLazily(
        () => within(place, `[${row}]`),
        () => `must be ${length === 1 ? "a value" : `a list of ${length} values`}, got ${shortJson(entry)}`,
      );
}

/** @throws RequestError if it is no list, or an empty one. */
export function listOfRows(given: unknown, place: Place): readonly unknown[] {
  if (Array.isArray(given) && given.length > 0) return given;
  throw invalidValue(place, `must be a list of one row or more, got ${shortJson(given)}`);
}
