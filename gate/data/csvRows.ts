/** Reads a CSV row by row. Pure. */

import { toNumber } from "../../common/toNumber.ts";
import { EXACT_DIGITS, longDecimal, MOST_DIGITS, POWERS_OF_TEN } from "./longDecimal.ts";

const [TAB, LF, CR, SPACE, QUOTE, COMMA, MINUS, POINT, ZERO, NINE] = [9, 10, 13, 32, 34, 44, 45, 46, 48, 57];
const BYTE_ORDER_MARK = Buffer.from("\ufeff");
export const MEND_QUOTES = "put quotes around the whole cell, and write each quote inside it twice";

/**
 * The rows of a CSV that are not empty, one at a time: all cells at once take ten times the memory of the file.
 *
 * Its properties describe the current row until `next` is called.
 */
export class CsvRows {
  /** The line on which the row starts, counted from 1. A quoted cell may hold line breaks. */
  line = 0;
  /** Cells in the row. */
  length = 0;
  /** A fault in the row's quotes. */
  fault: string | undefined;

  readonly #bytes: Uint8Array;
  readonly #buffer: Buffer;
  #at: number;
  #nextLine = 1;
  // Per cell: its place, quotes included, and its value if that is a plain decimal, otherwise NaN.
  #starts = new Float64Array(16);
  #ends = new Float64Array(16);
  #decimals = new Float64Array(16);

  /** @param bytes UTF-8; cells separated by commas; lines that end with LF, CR LF or CR. */
  constructor(bytes: Buffer) {
    // Each cell ends before a comma or a line break, so nothing has to check for the file's end.
    this.#buffer = bytes.at(-1) === LF ? bytes : Buffer.concat([bytes, Buffer.of(LF)]);
    this.#bytes = this.#buffer;
    this.#at = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  }

  /** Goes on to the next row. @returns false if there is none. */
  next(): boolean {
    while (this.#at < this.#bytes.length) {
      this.#readRow();
      if (this.length > 1 || this.fault !== undefined || this.text(0) !== "") return true;
    }
    return false;
  }

  text(cell: number): string {
    const start = this.#starts[cell]!;
    const end = this.#ends[cell]!;
    const first = this.#bytes[start]!;
    if (end - start === 1 && first < 128) return String.fromCharCode(first); // labels are often 0 and 1
    const written = this.#buffer.toString("utf8", start, end);
    return written.startsWith('"') ? written.trimEnd().slice(1, -1).replaceAll('""', '"') : written;
  }

  /** The cell's value as `toNumber` gives it. */
  number(cell: number): number {
    const decimal = this.#decimals[cell]!;
    return Number.isNaN(decimal) ? toNumber(this.text(cell)) : decimal;
  }

  /** Value of each cell in the row, if that is a plain decimal of at most 22 digits, otherwise NaN. */
  get decimals(): Float64Array {
    return this.#decimals;
  }

  /**
   * Reads up to the line break after the row, each cell up to the comma or line break after it.
   *
   * A decimal of at most 15 digits is an integer divided by a power of ten. A double holds both exactly, and the division
   * rounds once, to the double nearest to the decimal. `Number` gives the same (Clinger, "How to read floating point
   * numbers accurately", 1990).
   */
  #readRow(): void {
    const bytes = this.#bytes;
    this.line = this.#nextLine++;
    this.fault = undefined;
    let at = this.#at;
    let cell = 0;
    for (let last = COMMA; last === COMMA; cell++) {
      if (cell === this.#starts.length) this.#makeRoom();
      const start = at;
      let byte = bytes[at]!;
      const isNegative = byte === MINUS;
      if (isNegative) byte = bytes[++at]!;
      let mantissa = 0;
      const whole = at;
      for (; byte >= ZERO && byte <= NINE; byte = bytes[++at]!) mantissa = mantissa * 10 + (byte - ZERO);
      let digits = at - whole;
      let decimals = 0;
      if (byte === POINT) {
        const fraction = ++at;
        for (byte = bytes[at]!; byte >= ZERO && byte <= NINE; byte = bytes[++at]!)
          mantissa = mantissa * 10 + (byte - ZERO);
        decimals = at - fraction;
        digits += decimals;
      }
      let value = Number.NaN;
      if ((byte === COMMA || byte === LF || byte === CR) && digits > 0 && digits <= MOST_DIGITS) {
        value =
          digits <= EXACT_DIGITS
            ? mantissa / POWERS_OF_TEN[decimals]!
            : longDecimal(bytes, whole, digits, decimals);
        if (isNegative) value = -value;
      } else if (bytes[start] === QUOTE) at = this.#endOfQuoted(start);
      else while (!endsCell(bytes[at]!)) at++;
      this.#starts[cell] = start;
      this.#ends[cell] = at;
      this.#decimals[cell] = value;
      last = bytes[at++]!;
    }
    this.length = cell;
    if (bytes[at - 1] === CR && bytes[at] === LF) at++;
    this.#at = at;
  }

  #makeRoom(): void {
    this.#starts = doubled(this.#starts);
    this.#ends = doubled(this.#ends);
    this.#decimals = doubled(this.#decimals);
  }

  /** Counts the line breaks in the cell, and notes a fault in its quotes. */
  #endOfQuoted(start: number): number {
    const bytes = this.#bytes;
    for (let at = start + 1; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === LF || (byte === CR && bytes[at + 1] !== LF)) this.#nextLine++;
      if (byte !== QUOTE) continue;
      let end = at + 1;
      if (bytes[end] === QUOTE) {
        at = end;
        continue;
      }
      while (bytes[end] === SPACE || bytes[end] === TAB) end++;
      if (endsCell(bytes[end]!)) return end;
      this.fault ??= "A quoted cell goes on after its closing quote.";
    }
    this.fault ??= "A quoted cell is opened and never closed.";
    return bytes.length - 1;
  }
}

function doubled(values: Float64Array): Float64Array<ArrayBuffer> {
  const room = new Float64Array(2 * values.length);
  room.set(values);
  return room;
}

const endsCell = (byte: number) => byte === COMMA || byte === LF || byte === CR;
