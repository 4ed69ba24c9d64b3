/** Walks through a CSV. Pure. */
import { EXACT_DIGITS, longDecimal, MOST_DIGITS, POWERS_OF_TEN } from "./longDecimal.ts";
import { toNumber } from "./toNumber.ts";

const [TAB, LF, CR, SPACE, QUOTE, COMMA, MINUS, POINT, ZERO, NINE] = [9, 10, 13, 32, 34, 44, 45, 46, 48, 57];
const BYTE_ORDER_MARK = Buffer.from("\ufeff");
export const MEND_QUOTES = "put quotes around the whole cell, and write each quote inside it twice";

/**
 * The rows of a CSV that are not empty, one at a time: all cells at once take ten times the memory of the file.
 *
 * What it says of its row holds until `next` is called.
 */
export class CsvRows {
  /** The line of the file on which the row starts, 1 for the first: a quoted cell may hold line breaks. */
  line = 0;
  /** Cells in the row. */
  length = 0;
  /** What is wrong with the row's quotes. */
  fault: string | undefined;

  readonly #bytes: Buffer;
  #at: number;
  #nextLine = 1;
  // Per cell: where it stands, quotes included, and its value if that is a plain decimal, else NaN.
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #decimals: number[] = [];

  /** @param bytes UTF-8; cells separated by commas; lines that end with LF, CR LF or CR. */
  constructor(bytes: Buffer) {
    // Each cell ends before a comma or a line break, so that nothing has to look for the file's end.
    this.#bytes = bytes.at(-1) === LF ? bytes : Buffer.concat([bytes, Buffer.of(LF)]);
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
    if (end - start === 1 && first < 128) return String.fromCharCode(first); // labels often are 0 and 1
    const written = this.#bytes.toString("utf8", start, end);
    return written.startsWith('"') ? written.trimEnd().slice(1, -1).replaceAll('""', '"') : written;
  }

  /** As `toNumber` has it. */
  number(cell: number): number {
    const decimal = this.#decimals[cell]!;
    return Number.isNaN(decimal) ? toNumber(this.text(cell)) : decimal;
  }

  #readRow(): void {
    const bytes = this.#bytes;
    this.line = this.#nextLine++;
    this.fault = undefined;
    this.length = 0;
    do this.#readCell(this.length++);
    while (bytes[this.#at++] === COMMA);
    if (bytes[this.#at - 1] === CR && bytes[this.#at] === LF) this.#at++;
  }

  /**
   * Reads up to the comma or line break after the cell.
   *
   * A decimal of at most 15 digits is an integer divided by a power of ten. A double holds both exactly, and the division
   * rounds once: to the double nearest to the decimal, which is what `Number` gives (Clinger, "How to read floating point
   * numbers accurately", 1990).
   */
  #readCell(cell: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    this.#starts[cell] = at;
    let byte = bytes[at]!;
    const isQuoted = byte === QUOTE;
    const isNegative = byte === MINUS;
    if (isNegative) byte = bytes[++at]!;
    let mantissa = 0;
    const whole = at;
    for (; isDigit(byte); byte = bytes[++at]!) mantissa = mantissa * 10 + (byte - ZERO);
    let digits = at - whole;
    let decimals = 0;
    if (byte === POINT) {
      const fraction = ++at;
      for (byte = bytes[at]!; isDigit(byte); byte = bytes[++at]!) mantissa = mantissa * 10 + (byte - ZERO);
      decimals = at - fraction;
      digits += decimals;
    }
    if (endsCell(byte) && digits > 0 && digits <= MOST_DIGITS) {
      const value =
        digits <= EXACT_DIGITS
          ? mantissa / POWERS_OF_TEN[decimals]!
          : longDecimal(bytes, whole, digits, decimals);
      this.#decimals[cell] = isNegative ? -value : value;
    } else {
      this.#decimals[cell] = Number.NaN;
      if (isQuoted) at = this.#endOfQuoted(at);
      else while (!endsCell(bytes[at]!)) at++;
    }
    this.#ends[cell] = at;
    this.#at = at;
  }

  /** Counts the line breaks in the cell, and notes what is wrong with its quotes. */
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

const isDigit = (byte: number) => byte >= ZERO && byte <= NINE;
const endsCell = (byte: number) => byte === COMMA || byte === LF || byte === CR;
