/** Parts the rows by the values of one column, or of two. Pure. */
import { type Encoded, encode } from "../encode.ts";
import type { Feature } from "../features.ts";
import { evenlySpaced } from "../pickRows.ts";
import { shown } from "../shown.ts";

export interface Partition {
  readonly columns: readonly string[];
  /** Per row, the index of its part. */
  readonly codes: Uint8Array;
  /** What the rows of each part have in common: `age from 25 to below 40`; undefined for a rest without a name. */
  readonly parts: readonly (string | undefined)[];
}

/** Numbers with more distinct values than this are parted into quarters. */
const DISTINCT_NUMBERS = 8;
/** Of texts, the most frequent are parts. */
const DISTINCT_TEXTS = 50;
/** So many values tell the quarters near enough, in a small part of the time that sorting all takes. */
const SAMPLE = 2000;
/** Hides what the rounding of edges leaves in the last digits of a double. */
const DIGITS = 12;

export function partition({ name, values }: Feature): Partition {
  if (!(values instanceof Float64Array)) return byValue(name, encode(values));
  const few = encode<number | string>(values, DISTINCT_NUMBERS);
  return few === undefined ? byQuarter(name, values) : byValue(name, few);
}

/** Each part of the one with each of the other: 256 at most. */
export function cross(a: Partition, b: Partition): Partition {
  const width = b.parts.length;
  const codes = new Uint8Array(a.codes.length);
  for (let row = 0; row < codes.length; row++) codes[row] = a.codes[row]! * width + b.codes[row]!;
  const parts = a.parts.flatMap((own) =>
    b.parts.map((other) => (own === undefined || other === undefined ? undefined : `${own} and ${other}`)),
  );
  return { columns: [...a.columns, ...b.columns], codes, parts };
}

function byValue(column: string, { codes, distinct }: Encoded<number | string>): Partition {
  const sizes = new Int32Array(distinct.length);
  for (const code of codes) sizes[code]!++;
  const frequent = [...distinct.keys()].toSorted((a, b) => sizes[b]! - sizes[a]!).slice(0, DISTINCT_TEXTS);
  const part = new Uint8Array(distinct.length).fill(frequent.length);
  frequent.forEach((code, i) => {
    part[code] = i;
  });
  return {
    columns: [column],
    codes: Uint8Array.from(codes, (code) => part[code]!),
    parts: [...frequent.map((code) => `${column} ${shown(distinct[code]!)}`), undefined],
  };
}

function byQuarter(column: string, values: Float64Array): Partition {
  const edges = quarterEdges(values);
  const codes = new Uint8Array(values.length);
  for (const edge of edges)
    for (let row = 0; row < values.length; row++) codes[row]! += Number(values[row]! >= edge); // without a branch
  const text = edges.map((edge) => shown(edge, DIGITS));
  const parts = Array.from({ length: edges.length + 1 }, (_, i) => {
    const [from, below] = [text[i - 1], text[i]];
    if (from === undefined) return below && `${column} below ${below}`;
    return `${column} from ${from}${below === undefined ? "" : ` to below ${below}`}`;
  });
  return { columns: [column], codes, parts };
}

/** The quartiles, rounded to about a hundredth of their distance: an edge is what a message says that it is. */
function quarterEdges(values: Float64Array): number[] {
  const sorted = Float64Array.from(evenlySpaced(values.length, SAMPLE), (row) => values[row]!).toSorted();
  const quartiles = [1, 2, 3].map((k) => sorted[Math.floor((k * sorted.length) / 4)]!);
  const distance = quartiles[2]! - quartiles[0]!;
  const step = distance === 0 ? undefined : 10 ** (Math.floor(Math.log10(distance)) - 2);
  const edges = quartiles.map((edge) => (step === undefined ? edge : Math.round(edge / step) * step));
  return [...new Set(edges)].filter((edge) => edge > sorted[0]!);
}
