/** Derives from the data what a request may hold in each column. Pure. */

import { shown } from "../common/shown.ts";
import type { Column, Datatype } from "../contract/index.ts";
import { type ColumnValues, encode } from "../gate/instruments.ts";
import type { Decision } from "./mistake.ts";

export interface ColumnData {
  readonly name: string;
  readonly datatype: Datatype;
  readonly values: ColumnValues;
}

/** Text with more distinct values than this is free text. */
const MOST_CATEGORIES = 30;
/** The rows that a category must have on average: text that hardly repeats is free text, too. */
const ROWS_PER_CATEGORY = 5;

/**
 * A request outside the declared limits is refused, so the limits leave room for what the data happens to lack. Numbers
 * get their whole range again on either side, and numbered columns (pixel_0_1, x7) share one range.
 */
export function columnLimits(columns: readonly ColumnData[]): { columns: Column[]; decisions: Decision[] } {
  const families = new Map<string, ColumnData[]>();
  for (const column of columns) {
    const family = `${column.datatype} ${column.name.replaceAll(/\d+/g, "#")}`;
    families.set(family, [...(families.get(family) ?? []), column]);
  }
  const limits = new Map<string, Omit<Column, "name">>();
  const decisions: Decision[] = [];
  for (const family of families.values()) {
    const { limit, decision } = limitOf(family);
    for (const { name } of family) limits.set(name, limit);
    decisions.push({ ...decision, about: aboutOf(family), ofColumn: true });
  }
  return { columns: columns.map(({ name }) => ({ name, ...limits.get(name) })), decisions };
}

const aboutOf = (family: readonly ColumnData[]) =>
  family.length === 1 ? family[0]!.name : `${family[0]!.name} … ${family.at(-1)!.name}`;

function limitOf(family: readonly ColumnData[]): {
  limit: Omit<Column, "name">;
  decision: Omit<Decision, "about">;
} {
  if (family[0]!.datatype === "BYTES") return textLimit(family);
  let [low, high] = [Infinity, -Infinity];
  let onlyBits = true;
  for (const { values } of family)
    for (const value of values as Float64Array) {
      if (value < low) low = value;
      if (value > high) high = value;
      if (value !== 0 && value !== 1 && !Number.isNaN(value)) onlyBits = false;
    }
  if (low > high) return { limit: {}, decision: { choice: "any number", why: "it is missing in every row" } };
  const range = `${shown(low)} to ${shown(high)}`;
  if (low === high)
    return {
      limit: {},
      decision: {
        choice: "any number",
        why: `every row holds ${shown(low)}, which says nothing about a range`,
      },
    };
  if (onlyBits)
    return {
      limit: { categories: [0, 1] },
      decision: { choice: "0 or 1", why: "the data holds nothing else" },
    };
  const span = high - low;
  const step = 10 ** Math.floor(Math.log10(span));
  const rounded = (value: number) => Number((value * step).toPrecision(12));
  const max = rounded(Math.ceil((high + span) / step));
  const min = low >= 0 ? 0 : rounded(Math.floor((low - span) / step));
  if (family[0]!.datatype.endsWith("INT64") && Math.max(-min, max) > Number.MAX_SAFE_INTEGER)
    return {
      limit: {},
      decision: {
        choice: "any number",
        why: `the data holds ${range}, and JSON's numbers hold no limit so large to its last digit`,
      },
    };
  return {
    limit: { min, max },
    decision: {
      choice: `${shown(min)} to ${shown(max)}`,
      why: `the data holds ${range}; room for as much again${low >= 0 ? ", and nothing below 0" : ""}`,
    },
  };
}

function textLimit(family: readonly ColumnData[]): {
  limit: Omit<Column, "name">;
  decision: Omit<Decision, "about">;
} {
  const values = family.flatMap((column) => column.values as readonly string[]);
  const distinct = encode(values, MOST_CATEGORIES + 1)?.distinct;
  if (distinct === undefined || distinct.length * ROWS_PER_CATEGORY > values.length)
    return {
      limit: {},
      decision: { choice: "any text", why: "its values hardly repeat" },
    };
  const categories = [...distinct].toSorted();
  return {
    limit: { categories },
    decision: {
      choice: categories.map((category) => JSON.stringify(category)).join(", "),
      why: "all that the data holds: a request with any other value is refused",
    },
  };
}
