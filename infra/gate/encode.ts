/** Values as small numbers. Pure. */
export interface Encoded<T> {
  /** Per value, the index of its like in `distinct`. */
  readonly codes: Int32Array;
  /** In the order of their first occurrence. */
  readonly distinct: readonly T[];
}

/** @returns undefined where there are more than `limit` distinct values. */
export function encode<T extends number | string>(values: ArrayLike<T>): Encoded<T>;
export function encode<T extends number | string>(
  values: ArrayLike<T>,
  limit: number,
): Encoded<T> | undefined;
export function encode<T extends number | string>(
  values: ArrayLike<T>,
  limit = Number.POSITIVE_INFINITY,
): Encoded<T> | undefined {
  const known = new Map<T, number>();
  const codes = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    let code = known.get(value);
    if (code === undefined) {
      code = known.size;
      if (code >= limit) return undefined;
      known.set(value, code);
    }
    codes[i] = code;
  }
  return { codes, distinct: [...known.keys()] };
}
