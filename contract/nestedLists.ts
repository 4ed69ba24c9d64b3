/** A tensor as JSON has it: lists in lists. Pure. */

/** As the first entry of each level has it; the others may differ. */
export function shapeOf(nested: unknown): number[] {
  const shape: number[] = [];
  for (let level = nested; Array.isArray(level); level = level[0]) shape.push(level.length);
  return shape;
}

/** Its shape and its values, row-major. */
export const fromNestedLists = (nested: unknown): { shape: number[]; data: readonly unknown[] } => ({
  shape: shapeOf(nested),
  data: [nested].flat(Infinity),
});
