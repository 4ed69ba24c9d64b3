/** The indices of a flat position: 5 in [2, 3] is `[1][2]`. */
export function position(flat: number, shape: readonly number[]): string {
  let rest = flat;
  const indices = shape.toReversed().map((size) => {
    const index = rest % size;
    rest = Math.floor(rest / size);
    return `[${index}]`;
  });
  return indices.toReversed().join("");
}
