/** Values as small numbers. Pure. */
export interface Encoded<T> {
  /** Per value, its index in `distinct`. */
  readonly codes: Int32Array;
  /** In the order of their first occurrence. */
  readonly distinct: readonly T[];
}

type Value = number | string | bigint;

/** @returns Undefined if there are more than `limit` distinct values. */
export function encode<T extends Value>(values: ArrayLike<T>): Encoded<T>;
export function encode<T extends Value>(values: ArrayLike<T>, limit: number): Encoded<T> | undefined;
export function encode<T extends Value>(
  values: ArrayLike<T>,
  limit = Number.POSITIVE_INFINITY,
): Encoded<T> | undefined {
  const known = new Map<T, number>();
  const codes = new Int32Array(values.length);
  let [last, lastCode] = [undefined as T | undefined, -1]; // labels often come in runs, and the same text object is quick to compare
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    let code = value === last ? lastCode : known.get(value);
    if (code === undefined) {
      code = known.size;
      if (code >= limit) return undefined;
      known.set(value, code);
    }
    codes[i] = lastCode = code;
    last = value;
  }
  return { codes, distinct: [...known.keys()] };
}

const remembered = new WeakMap<readonly string[], Encoded<string>>();

/** The same for labels. The result is kept, since several checks need it and labels do not change. */
export function encodeLabels(labels: readonly string[]): Encoded<string> {
  const found = remembered.get(labels) ?? encode(labels);
  remembered.set(labels, found);
  return found;
}
