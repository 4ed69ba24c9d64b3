/** JSON as people's programs write it: a byte order mark in front, integers of any length. Pure. */

/** Editors on Windows put a byte order mark in front, and `JSON.parse` refuses it. */
export const withoutMark = (text: string): string => (text.startsWith("\ufeff") ? text.slice(1) : text);

/** No contract and no request nests this deep. A program that walks much deeper runs out of stack. */
const DEEPEST = 64;
const STRING_OR_BRACKET = /"(?:[^"\\]+|\\.)*"|[[\]{}]/g;

/**
 * `JSON.parse`, after a byte order mark.
 *
 * @throws SyntaxError if it is no JSON, or nested too deep for a program to walk through.
 */
export function parsePlainJson(text: string): unknown {
  const plain = withoutMark(text);
  const value: unknown = JSON.parse(plain);
  let depth = 0;
  for (const [token] of plain.matchAll(STRING_OR_BRACKET)) {
    if (token === "[" || token === "{") depth++;
    if (token === "]" || token === "}") depth--;
    if (depth > DEEPEST) throw new SyntaxError(`more than ${DEEPEST} arrays and objects within each other`);
  }
  return value;
}

/** A string, which is skipped, or an integer that may have too many digits for a double. */
const LONG_INTEGER = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;
/**
 * `JSON.parse`, except that an integer beyond 2^53 keeps all its digits.
 *
 * @param integer Makes a value from the digits of such an integer. Unset: a bigint. The service makes a string.
 * @throws SyntaxError as `parsePlainJson` does.
 */
export function parseExactJson(text: string, integer: (digits: string) => unknown = BigInt): unknown {
  const plain = withoutMark(text);
  const value = parsePlainJson(text);
  const mark = markFor(plain);
  const marked = plain.replace(LONG_INTEGER, (found) =>
    found.startsWith('"') || Number.isSafeInteger(Number(found)) ? found : JSON.stringify(mark + found),
  );
  if (marked === plain) return value;
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? integer(value.slice(mark.length)) : value,
  );
}

/** One U+0000 more than any string begins with. JSON writes that character in one way only. */
function markFor(json: string): string {
  const runs = json.match(/"(?:\\u0000)+/g) ?? [];
  const most = runs.reduce((length, run) => Math.max(length, Math.floor(run.length / 6)), 0);
  return "\0".repeat(most + 1);
}
