/** Rows as the same requests have them, for models with an input that has no columns: nested lists. Pure. */
import { shortened, shortJson } from "../../../common/shortJson.ts";
import type { ServedContract, Tensor } from "../../../contract/index.ts";
import { isObject } from "../input/body.ts";
import type { Features } from "../input/inputs.ts";
import {
  type Input,
  knownInputs,
  noteUnequalRows,
  type ReadInput,
  readNested,
} from "../openInference/inputTensor.ts";
import { named, within } from "../openInference/place.ts";
import { Faults, invalid, type Place } from "../problems/faults.ts";
import { listOfRows } from "./columnTables.ts";

/** An input as a request has it. */
interface Given {
  readonly input: Input;
  readonly lists: unknown;
  readonly place: Place;
  /** Where the value at a position such as `[1][2]` stands. */
  at(position: string): Place;
}

export type NestedReader = (given: unknown, whole: Place) => Features;

/** Readers for a contract, made once at start. */
export function nestedReaders(contract: Pick<ServedContract, "inputs" | "task">): {
  /** `[entry, …]`, one per row: nested lists of the only input, or an object of them by input. */
  readonly rowByRow: NestedReader;
  /** Nested lists of the only input, or an object of them by input. */
  readonly whole: NestedReader;
} {
  const known = knownInputs(contract);
  const names = known.map(({ name }) => name);
  const [only] = known.length === 1 ? known : [];
  return {
    rowByRow(given, whole) {
      const rows = listOfRows(given, whole);
      if (only && !isObject(rows[0])) return tensorsOf([under(only, rows, whole)]);
      const faults = new Faults();
      const objects = rows.map((row, index) => byName(row, () => within(whole, `[${index}]`), names, faults));
      if (faults.count > 0) throw invalid(faults.listed, faults.count);
      return tensorsOf(
        known.map((input) => ({
          input,
          lists: objects.map((row) => row[input.name]),
          place: whole,
          at(position) {
            const row = position.slice(0, position.indexOf("]") + 1);
            return within(named(within(whole, row), input.name), position.slice(row.length));
          },
        })),
      );
    },
    whole(given, whole) {
      if (only && !isObject(given)) return tensorsOf([under(only, given, whole)]);
      const faults = new Faults();
      const lists = byName(given, () => whole, names, faults);
      if (faults.count > 0) throw invalid(faults.listed, faults.count);
      return tensorsOf(known.map((input) => under(input, lists[input.name], named(whole, input.name))));
    },
  };
}

const under = (input: Input, lists: unknown, place: Place): Given => ({
  input,
  lists,
  place,
  at: (position) => within(place, position),
});

/** An object of all inputs, or one that does not matter after a fault. */
function byName(
  given: unknown,
  place: () => Place,
  names: readonly string[],
  faults: Faults,
): Readonly<Record<string, unknown>> {
  const known = shortened(names.join(", "));
  if (!isObject(given)) {
    faults.addLazily(place, () => `must be an object of ${known}, got ${shortJson(given)}`);
    return {};
  }
  for (const name of names)
    if (!Object.hasOwn(given, name)) faults.addLazily(place, () => `lacks ${JSON.stringify(name)}`);
  for (const name of Object.keys(given))
    if (!names.includes(name))
      faults.addLazily(
        () => named(place(), name),
        () => `is unknown, the model's inputs are ${known}`,
      );
  return given;
}

function tensorsOf(given: readonly Given[]): Features {
  const notes = { faults: new Faults(), warnings: new Faults() };
  const { faults, warnings } = notes;
  const tensors = new Map<string, Tensor>();
  const read: ReadInput[] = [];
  for (const { input, lists, place, at } of given) {
    const tensor = readNested(lists, input, place, at, notes);
    if (!tensor) continue;
    tensors.set(input.name, tensor);
    read.push({ input, tensor, owner: place, place });
  }
  noteUnequalRows(read, faults);
  if (faults.count > 0) throw invalid(faults.listed, faults.count);
  const counted = read.find(({ input }) => input.inRows) ?? read[0]!;
  const rows = counted.tensor.shape[0] ?? 1;
  return { rows, tensors, ...(warnings.count > 0 && { reported: warnings }) };
}
