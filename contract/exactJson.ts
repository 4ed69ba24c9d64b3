/** JSON as people's programs write it: a byte order mark in front, integers of any length. Pure. */

/** What Windows' editors begin a text with, and `JSON.parse` refuses. */
export const withoutMark = (text: string): string => (text.startsWith("\ufeff") ? text.slice(1) : text);

/** No contract and no request has so many; a program that walks down them may run out of stack long after. */
const DEEPEST = 64;
const STRING_OR_BRACKET = /"(?:[^"\\]+|\\.)*"|[[\]{}]/g;

/**
 * `JSON.parse`, after a byte order mark.
 *
 * @throws SyntaxError for what is no JSON, or is nested too deep for a program to walk through.
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

/** A string, which is passed over, or an integer of as many digits as may be too many for a double. */
const LONG_INTEGER = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;
/**
 * `JSON.parse`, but that an integer beyond 2^53 keeps all its digits.
 *
 * @param integer What becomes of such an integer, from its digits. Unset: a bigint. In a request to the service it is a string.
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

/** As many U+0000, which JSON writes in one way, as no text begins with. */
function markFor(json: string): string {
  const runs = json.match(/"(?:\\u0000)+/g) ?? [];
  const most = runs.reduce((length, run) => Math.max(length, Math.floor(run.length / 6)), 0);
  return "\0".repeat(most + 1);
}
