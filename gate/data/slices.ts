/** Parts of the holdout that the contract names. Pure. */

import { shown } from "../../common/shown.ts";
import type { Slice } from "../../contract/index.ts";
import type { Holdout } from "./parseHoldout.ts";

type Condition = Slice["where"][string];

/** `age < 25`, `25 <= age < 40 and region is "north" or "south"`. */
export function sliceText({ where }: Pick<Slice, "where">): string {
  return Object.entries(where)
    .map(([column, { from, below, in: values }]) => {
      if (values) return `${column} is ${values.map((value) => shown(value)).join(" or ")}`;
      if (from === undefined) return `${column} < ${shown(below!)}`;
      return below === undefined
        ? `${column} >= ${shown(from)}`
        : `${shown(from)} <= ${column} < ${shown(below)}`;
    })
    .join(" and ");
}

/** @returns The indices of the rows that meet every condition, in order. */
export function sliceRows(
  { where }: Pick<Slice, "where">,
  { columns, rows }: Pick<Holdout, "columns" | "rows">,
) {
  const inside = new Uint8Array(rows).fill(1);
  for (const [column, condition] of Object.entries(where)) {
    const values = columns[column]!;
    const meets = test(condition, values instanceof Float64Array);
    for (let row = 0; row < rows; row++) if (!meets(values[row]!)) inside[row] = 0;
  }
  return new Int32Array(rows).map((_, row) => row).filter((row) => inside[row] === 1);
}

/** Only a column of numbers has a range. The contract may write values as numbers or text, whatever the column holds. */
function test(condition: Condition, numbers: boolean): (value: number | string) => boolean {
  if (condition.in) {
    const values = new Set<number | string>(
      condition.in.map((value) => (numbers ? Number(value) : String(value))),
    );
    return (value) => values.has(value);
  }
  const { from = -Infinity, below = Infinity } = condition;
  return (value) => (value as number) >= from && (value as number) < below;
}
