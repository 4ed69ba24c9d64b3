/**
 * The place of the first fault in a text that `JSON.parse` has refused. V8 names a place only in some of its
 * messages, and each version in another way. People need line and column every time.
 */
export interface SyntaxFault {
  /** From 1, as editors count. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const BYTE_ORDER_MARK = 0xfeff;

/** The first fault of a text, or undefined if the text is JSON. */
export function syntaxFault(text: string): SyntaxFault | undefined {
  const at = firstFault(text);
  if (at === undefined) return undefined;
  const before = text.slice(0, at.index).split("\n");
  const found = foundAt(text, at.index);
  return {
    line: before.length,
    column: before.at(-1)!.length + 1,
    message: `expected ${at.expected}, found ${found}`,
  };
}

function foundAt(text: string, index: number): string {
  const code = text.codePointAt(index);
  if (code === undefined) return "the end of the file";
  if (code === BYTE_ORDER_MARK) return "a byte order mark, which JSON must not begin with";
  return JSON.stringify(String.fromCodePoint(code));
}

interface Fault {
  readonly index: number;
  readonly expected: string;
}

// JSON forbids control characters in strings, so they must be named.
/* oxlint-disable no-control-regex */
const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
// The sound part of a string. The fault is where it stops.
const STRING_PREFIX = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

function firstFault(text: string): Fault | undefined {
  let index = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = index;
    const match = pattern.exec(text);
    if (match) index += match[0].length;
    return match !== null;
  };
  const takeChar = (char: string) => {
    take(SPACE);
    if (text[index] !== char) return false;
    index += 1;
    return true;
  };
  const fault = (expected: string): Fault => ({ index, expected });
  const stringFault = () => (
    take(STRING_PREFIX),
    fault(index < text.length ? "a character that a JSON string may hold" : 'the closing "')
  );

  /** The brackets that close the open lists and objects, innermost last. */
  const open: ("]" | "}")[] = [];
  let wanted: "value" | "value or ]" | "key" | "key or }" | "rest" = "value";
  for (;;) {
    take(SPACE);
    if (wanted === "key" || wanted === "key or }") {
      if (wanted === "key or }" && takeChar("}")) {
        open.pop();
        wanted = "rest";
        continue;
      }
      if (text[index] !== '"')
        return fault(
          wanted === "key" ? 'a key in "quotes" (no comma after the last one)' : 'a key in "quotes" or }',
        );
      if (!take(STRING)) return stringFault();
      if (!takeChar(":")) return fault("a colon");
      wanted = "value";
    } else if (wanted === "rest") {
      const close = open.at(-1);
      if (close === undefined) return index < text.length ? fault("the end of the file") : undefined;
      if (takeChar(",")) wanted = close === "}" ? "key" : "value";
      else if (takeChar(close)) open.pop();
      else return fault(`a comma or ${close}`);
    } else if (wanted === "value or ]" && takeChar("]")) {
      open.pop();
      wanted = "rest";
    } else if (takeChar("{")) {
      open.push("}");
      wanted = "key or }";
    } else if (takeChar("[")) {
      open.push("]");
      wanted = "value or ]";
    } else if (text[index] === '"') {
      if (!take(STRING)) return stringFault();
      wanted = "rest";
    } else if (take(SCALAR)) {
      wanted = "rest";
    } else return fault(wanted === "value" ? "a value" : "a value or ]");
  }
}
