import assert from "node:assert/strict";
import { syntaxFault } from "../../contract/jsonSyntax.ts";

describe("syntaxFault", () => {
  for (const { text, says } of [
    { text: "", says: "1:1 expected a value, found the end of the file" },
    { text: '{"a": 1,}', says: '1:9 expected a key in "quotes" (no comma after the last one), found "}"' },
    { text: '{\n  "a": 1\n  "b": 2\n}', says: '3:3 expected a comma or }, found "\\""' },
    { text: "[1, 2", says: "1:6 expected a comma or ], found the end of the file" },
    { text: "{'a': 1}", says: '1:2 expected a key in "quotes" or }, found "\'"' },
    { text: '{"a" 1}', says: '1:6 expected a colon, found "1"' },
    { text: '["a\nb"]', says: '1:4 expected a character that a JSON string may hold, found "\\n"' },
    { text: '["a', says: '1:4 expected the closing ", found the end of the file' },
    { text: "[NaN]", says: '1:2 expected a value or ], found "N"' },
    { text: "[01]", says: '1:2 expected a value or ], found "0"' },
    { text: "{} {}", says: '1:4 expected the end of the file, found "{"' },
    {
      text: "\ufeff{}",
      says: "1:1 expected a value, found a byte order mark, which JSON must not begin with",
    },
  ]) {
    it(`finds in ${JSON.stringify(text)} that ${says}`, () => {
      const fault = syntaxFault(text);

      assert.throws(() => JSON.parse(text), SyntaxError);
      assert.equal(fault && `${fault.line}:${fault.column} ${fault.message}`, says);
    });
  }

  for (const text of ["{}", "[]", " null ", '{"a":[1,-2.5e-3,"\\u00e9\\n",true,{"b":{}}]}']) {
    it(`finds nothing in ${text}`, () => {
      assert.equal(syntaxFault(text), undefined);
    });
  }
});
