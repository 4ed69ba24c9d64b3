import type { Column } from "./contract.ts";
import type { Datatype } from "./datatypes.ts";

/** A number as a tensor of the datatype holds it: FP32 has no 0.3602, and holds 0.3601999878883362 instead. */
export const heldAs = (datatype: Datatype): ((value: number) => number) =>
  datatype === "FP32" ? Math.fround : (value) => value;

const LARGEST_FLOAT32 = 3.4028234663852886e38;

/** The lowest and the highest finite number that a tensor of the datatype holds. */
export function rangeOf(datatype: Datatype): readonly [lowest: number, highest: number] {
  if (datatype === "FP32") return [-LARGEST_FLOAT32, LARGEST_FLOAT32];
  if (datatype === "FP16") return [-65_504, 65_504];
  const [, unsigned, bits] = /^(U?)INT(\d+)$/.exec(datatype) ?? [];
  if (bits === undefined) return datatype === "BOOL" ? [0, 1] : [-Number.MAX_VALUE, Number.MAX_VALUE];
  // With 64 bits, only what is exact as a number: JSON has no more.
  const above = Math.min(2 ** (Number(bits) - (unsigned ? 0 : 1)), 2 ** 53);
  return [unsigned ? 0 : Math.max(-above, -(2 ** 53) + 1), above - 1];
}

/**
 * The limits that a value is compared with: as they are written, and as a tensor holds them. A caller who reads 0.3602
 * from a float32 tensor sends 0.3601999878883362, and must be let in.
 */
export function limitsHeldAs(datatype: Datatype, { min, max, categories }: Limits): Limits {
  const held = heldAs(datatype);
  const bothWays = (category: number | string): (number | string)[] =>
    typeof category === "number" ? [category, held(category)] : [category];
  return {
    ...(min !== undefined && { min: Math.min(min, held(min)) }),
    ...(max !== undefined && { max: Math.max(max, held(max)) }),
    ...(categories && { categories: [...new Set(categories.flatMap(bothWays))] }),
  };
}

type Limits = Pick<Column, "min" | "max" | "categories">;
