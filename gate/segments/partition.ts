/** Splits the rows by the values of one column, or of two. Pure. */

import { shown } from "../../common/shown.ts";
import { type Encoded, encode } from "../data/encode.ts";
import type { Feature } from "../data/features.ts";
import { evenlySpaced } from "../data/pickRows.ts";

export interface Partition {
  readonly columns: readonly string[];
  /** Per row, the index of its part. */
  readonly codes: Uint8Array;
  /** The values that the rows of each part share: `age from 25 to below 40`. Undefined for a rest without a name. */
  readonly parts: readonly (string | undefined)[];
  /** Rows in each part. */
  readonly sizes: Int32Array;
}

/** Numbers with more distinct values than this are split into quarters. */
const DISTINCT_NUMBERS = 8;
/** Only this many texts, the most frequent, become parts. */
const DISTINCT_TEXTS = 50;
/** This many values give the quarters closely enough, in much less time than sorting all of them. */
const SAMPLE = 2000;
/** Hides the rounding errors in the last digits of an edge. */
const DIGITS = 12;

export function partition({ name, values }: Feature): Partition {
  if (!(values instanceof Float64Array)) return byValue(name, encode(values));
  const few = encode<number | string>(values, DISTINCT_NUMBERS);
  return few === undefined ? byQuarter(name, values) : byValue(name, few);
}

/** Each part of the one with each part of the other: at most 256. */
export function cross(a: Partition, b: Partition): Partition {
  const width = b.parts.length;
  const [own, other] = [a.codes, b.codes];
  const codes = new Uint8Array(own.length);
  const sizes = new Int32Array(256);
  for (let row = 0; row < codes.length; row++) {
    const code = own[row]! * width + other[row]!;
    codes[row] = code;
    sizes[code]!++;
  }
  const parts = a.parts.flatMap((own) =>
    b.parts.map((other) => (own === undefined || other === undefined ? undefined : `${own} and ${other}`)),
  );
  return { columns: [...a.columns, ...b.columns], codes, parts, sizes: sizes.subarray(0, parts.length) };
}

function byValue(column: string, { codes, distinct }: Encoded<number | string>): Partition {
  const sizes = sizesOf(codes, distinct.length);
  const frequent = [...distinct.keys()].toSorted((a, b) => sizes[b]! - sizes[a]!).slice(0, DISTINCT_TEXTS);
  const part = new Uint8Array(distinct.length).fill(frequent.length);
  frequent.forEach((code, i) => {
    part[code] = i;
  });
  const parts = [
    ...frequent.map(
      (code) => `${column} ${Number.isNaN(distinct[code]) ? "missing" : shown(distinct[code]!)}`,
    ),
    undefined,
  ];
  const partOf = new Uint8Array(codes.length).map((_, row) => part[codes[row]!]!);
  return { columns: [column], codes: partOf, parts, sizes: sizesOf(partOf, parts.length) };
}

function sizesOf(codes: Uint8Array | Int32Array, length: number): Int32Array {
  const sizes = new Int32Array(length);
  for (let row = 0; row < codes.length; row++) sizes[codes[row]!]!++;
  return sizes;
}

function byQuarter(column: string, values: Float64Array): Partition {
  const edges = quarterEdges(values);
  const [first = Infinity, second = Infinity, third = Infinity] = edges;
  const codes = new Uint8Array(values.length);
  const missing = edges.length + 1;
  const sizes = new Int32Array(missing + 1);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const code = Number.isNaN(value)
      ? missing
      : Number(value >= first) + Number(value >= second) + Number(value >= third); // without a branch
    codes[row] = code;
    sizes[code]!++;
  }
  const text = edges.map((edge) => shown(edge, DIGITS));
  const parts = Array.from({ length: edges.length + 1 }, (_, i) => {
    const [from, below] = [text[i - 1], text[i]];
    if (from === undefined) return below && `${column} below ${below}`;
    return `${column} from ${from}${below === undefined ? "" : ` to below ${below}`}`;
  });
  return sizes[missing] === 0
    ? { columns: [column], codes, parts, sizes: sizes.subarray(0, missing) }
    : { columns: [column], codes, parts: [...parts, `${column} missing`], sizes };
}

/** The quartiles, rounded to about a hundredth of their distance: an edge is exactly as a message shows it. */
function quarterEdges(values: Float64Array): number[] {
  const picked = evenlySpaced(values.length, SAMPLE);
  const sample = new Float64Array(picked.length).map((_, i) => values[picked[i]!]!);
  const sorted = sample.filter((value) => !Number.isNaN(value)).toSorted();
  const quartiles = [1, 2, 3].map((k) => sorted[Math.floor((k * sorted.length) / 4)]!);
  const distance = quartiles[2]! - quartiles[0]!;
  const step = distance === 0 ? undefined : 10 ** (Math.floor(Math.log10(distance)) - 2);
  const edges = quartiles.map((edge) => (step === undefined ? edge : Math.round(edge / step) * step));
  return [...new Set(edges)].filter((edge) => edge > sorted[0]!);
}
