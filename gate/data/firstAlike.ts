/** Finds rows that are alike. Pure. */

import type { Steps } from "../../common/steps.ts";
import type { WideIntegers } from "./cellReaders.ts";
import { encodeLabels } from "./encode.ts";
import type { ColumnValues } from "./parseHoldout.ts";

/** One value per row. */
type Values = ColumnValues | WideIntegers | Int32Array;

/**
 * Per row, the index of the first row with the same values in all columns, or its own if there is none before.
 *
 * It uses a hash table of row indices with open addressing: no object per row. Rows with the same hash are
 * compared value by value.
 */
export function* firstAlike(columns: readonly Values[], rows: number): Steps<Int32Array> {
  const words = columns.map(toWords);
  const hashes = yield* hashRows(words, rows);
  const table = new Int32Array(2 ** Math.ceil(Math.log2(2 * rows + 1))).fill(-1);
  const first = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    let slot = hashes[row]! & (table.length - 1);
    for (; table[slot] !== -1; slot = (slot + 1) & (table.length - 1)) {
      const other = table[slot]!;
      if (hashes[other] === hashes[row] && areAlike(words, row, other)) break;
    }
    if (table[slot] === -1) table[slot] = row;
    first[row] = table[slot]!;
  }
  return first;
}

/** A column as 32-bit words, `perRow` for each row. */
interface Words {
  readonly data: Int32Array;
  readonly perRow: 1 | 2;
}

/** Numbers are compared by their bits: -0 and 0 are not alike. */
function toWords(values: Values): Words {
  if (values instanceof Int32Array) return { data: values, perRow: 1 };
  return ArrayBuffer.isView(values)
    ? { data: new Int32Array(values.buffer, values.byteOffset, 2 * values.length), perRow: 2 }
    : { data: encodeLabels(values).codes, perRow: 1 };
}

function* hashRows(columns: readonly Words[], rows: number): Steps<Int32Array> {
  const hashes = new Int32Array(rows);
  for (const { data, perRow } of columns) {
    for (let row = 0; row < rows; row++) {
      let hash = mix(hashes[row]! ^ data[perRow * row]!);
      if (perRow === 2) hash = mix(hash ^ data[2 * row + 1]!);
      hashes[row] = hash;
    }
    yield;
  }
  return hashes;
}

/** One multiplication by 2^32 / golden ratio. The shift moves the high bits down to those that the table uses. */
function mix(word: number): number {
  const product = Math.imul(word, 0x9e3779b1);
  return product ^ (product >>> 15);
}

function areAlike(columns: readonly Words[], row: number, other: number): boolean {
  return columns.every(({ data, perRow }) => {
    for (let k = 0; k < perRow; k++) if (data[perRow * row + k] !== data[perRow * other + k]) return false;
    return true;
  });
}
