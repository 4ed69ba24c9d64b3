/** Comments and documents keep the rules of CONTRIBUTING.md that a pattern can see. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import ts from "typescript";

/** Files and folders that keep the rules. A folder that has been gone through is added here. */
const DONE = [
  "adopt",
  "common",
  "contract",
  "docs",
  "gate",
  "infra",
  "pipeline",
  "registry",
  "sandbox",
  "service",
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "model/README.md",
  "tests/adopt",
  "tests/common",
  "tests/contract",
  "tests/e2e",
  "tests/gate",
  "tests/infra",
  "tests/model",
  "tests/pipeline",
  "tests/registry",
  "tests/sandbox",
  "tests/service",
  "tests/support",
  "tests/workflows",
];
/** Decisions are superseded, not rewritten. The other file is generated. */
const LEFT = ["docs/decisions/", "gate/onnx/onnx_pb.ts"];

/** The start of a sentence, of a cell, of an item, or of the words after a tag. */
const START = String.raw`(?:^|[.!?|] +|^[*-] +|@(?:returns|param \w+) +)`;
const RULES: readonly (readonly [breach: string, pattern: RegExp])[] = [
  ["a sentence begins with Of", new RegExp(`${START}Of `, "m")],
  ["otherwise, not else", new RegExp(String.raw`${START}Else\b|[,;] else\b`, "m")],
  ["unless or except, not but for", /\bbut for\b/i],
  ["this many, not so many", /\bso (?:many|often)\b/i],
];

function filesOf(name: string): string[] {
  if (!statSync(name).isDirectory()) return [name];
  return readdirSync(name, { recursive: true, encoding: "utf8" })
    .map((file) => `${name}/${file}`)
    .filter((file) => /\.(ts|md)$/.test(file) && !LEFT.some((left) => file.startsWith(left)));
}

const { SyntaxKind } = ts;
/** A slash after one of these divides. After anything else it begins a regular expression. */
const OPERANDS = new Set([
  SyntaxKind.Identifier,
  SyntaxKind.PrivateIdentifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken,
]);

/** Comments without their marks. `//` lines that follow each other are one. */
function commentsOf(text: string): string[] {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, text);
  const comments: string[] = [];
  /** Whether the open brackets, innermost last, are inside a template. */
  const inTemplate: boolean[] = [];
  let before = SyntaxKind.Unknown;
  let goesOn = false;
  for (let token = scanner.scan(); token !== SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    if (token === SyntaxKind.SingleLineCommentTrivia || token === SyntaxKind.MultiLineCommentTrivia) {
      const comment = scanner.getTokenText().replaceAll(/^[ \t]*(?:\/\*\*?|\/\/|\*(?!\/))[ \t]*|\*\/$/gm, "");
      if (goesOn && token === SyntaxKind.SingleLineCommentTrivia)
        comments.push(`${comments.pop()}\n${comment}`);
      else comments.push(comment);
      goesOn = token === SyntaxKind.SingleLineCommentTrivia;
      continue;
    }
    if (token === SyntaxKind.WhitespaceTrivia || token === SyntaxKind.NewLineTrivia) continue;
    goesOn = false;
    if (token === SyntaxKind.SlashToken && !OPERANDS.has(before)) token = scanner.reScanSlashToken();
    if (token === SyntaxKind.CloseBraceToken && inTemplate.pop()) token = scanner.reScanTemplateToken(false);
    if (token === SyntaxKind.OpenBraceToken) inTemplate.push(false);
    if (token === SyntaxKind.TemplateHead || token === SyntaxKind.TemplateMiddle) inTemplate.push(true);
    // One after an operand asserts that it is there.
    if (token !== SyntaxKind.ExclamationToken || !OPERANDS.has(before)) before = token;
  }
  return comments;
}

/** Paragraphs outside code blocks. */
const paragraphsOf = (text: string) => text.replaceAll(/^ *```[^]*?^ *```/gm, "").split(/\n{2,}/);

/** `Of a name.: a sentence begins with Of`. Words in quotes or backticks are not the author's. */
function breaches(file: string, text: string): string[] {
  const pieces = file.endsWith(".md") ? paragraphsOf(text) : commentsOf(text);
  return pieces.flatMap((piece) => {
    const plain = piece.replaceAll(/`[^`]*`|"[^"]*"/g, "…");
    return RULES.filter(([, pattern]) => pattern.test(plain.replaceAll(/([^\n])\n(?![\n*|@-])/g, "$1 "))).map(
      ([breach]) => `${file}: ${breach}: ${piece.trim()}`,
    );
  });
}

const namesOf = (file: string, text: string) => breaches(file, text).map((breach) => breach.split(": ")[1]);

describe("the English", () => {
  for (const name of DONE)
    it(`of ${name} keeps the rules that a pattern can see`, () => {
      assert.deepEqual(
        filesOf(name).flatMap((file) => breaches(file, readFileSync(file, "utf8"))),
        [],
      );
    });

  it("would be found out if it did not", () => {
    const [of, otherwise, except, many] = RULES.map(([breach]) => breach);

    assert.deepEqual(namesOf("a.ts", "/** Of a name, in bytes. */\nconst MOST = 1;"), [of]);
    assert.deepEqual(namesOf("a.ts", "const a = 1; // one\n// Two. Of these, some.\n"), [of]);
    assert.deepEqual(namesOf("a.ts", "a[0]! / b; // c / d! Of e\nif (!/`/.test(a)) b(); // Of f"), [of, of]);
    assert.deepEqual(namesOf("a.ts", "/**\n * It reads.\n *\n * @param size Of a file.\n */"), [of]);
    assert.deepEqual(namesOf("a.ts", "// It is 1. Else it is\n// 2, but\n// for a few.\n"), [
      otherwise,
      except,
    ]);
    assert.deepEqual(namesOf("a.ts", "f(`${x /* so many */}`); // 1 if it\n// is one, else 0"), [
      many,
      otherwise,
    ]);
    assert.deepEqual(namesOf("a.md", "# A\n\nAll\nbut for one.\n\n- Of one.\n\n| Of two | 1 |\n"), [
      except,
      of,
      of,
    ]);
    assert.deepEqual(
      namesOf("a.ts", 'f("// Of a text", /"\\/\\/ Of/, `/* Of ${1} so many */`); // of one'),
      [],
    );
    assert.deepEqual(
      namesOf("a.md", 'Say this\nOf that, `so many`, not "but for".\n\n```\n// Of code\n```\n'),
      [],
    );
  });
});
