import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { sourceFiles } from "../../gate/sourceFiles.ts";
import { importsOf } from "../support/imports.ts";

/** Imports as TypeScript's own parser finds them, types included, relative to the root of the checkout. */
function reachable(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file) || !existsSync(file)) return found;
  found.add(file);
  for (const { of } of importsOf(file)) if (/\.(ts|mjs|json)$/.test(of)) reachable(of, found);
  return found;
}

const MODEL_PROCESS = "gate/measure/runModel.ts";

describe("sourceFiles", () => {
  for (const { entry, among } of [
    {
      entry: "gate/judgeOnce.ts",
      among: [
        "common/hashFile.ts",
        "gate/judge.ts",
        "gate/checks/agreement.ts",
        "gate/report/verdict.ts",
        "registry/servedModel.ts",
        "contract/contract.ts",
      ],
    },
    { entry: MODEL_PROCESS, among: ["gate/measure/frames.ts", "common/quietRuntime.ts"] },
  ])
    it(`finds whatever ${entry} imports, directly or not`, () => {
      const expected = [...reachable(entry)];
      const found = sourceFiles(path.resolve(entry));

      for (const file of among) assert(expected.includes(file), `${file} is no longer imported`);
      assert.deepEqual(
        expected.filter((file) => !found.has(path.resolve(file))),
        [],
      );
    });

  it("finds the program that runs the model, which the gate starts and does not import", () => {
    const found = sourceFiles(path.resolve("gate/judgeOnce.ts"));

    assert(!reachable("gate/judgeOnce.ts").has(MODEL_PROCESS));
    for (const file of reachable(MODEL_PROCESS)) assert(found.has(path.resolve(file)), file);
  });

  describe("of files of its own", () => {
    let folder: string;
    const files = (texts: Readonly<Record<string, string>>, entry = "a.ts") => {
      for (const [name, text] of Object.entries(texts)) writeFileSync(path.join(folder, name), text);
      return [...sourceFiles(path.join(folder, entry))].map(
        ([name, text]) => [path.basename(name), text] as const,
      );
    };
    beforeEach(() => {
      folder = mkdtempSync(path.join(os.tmpdir(), "slipway-sources-"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    for (const [how, text] of [
      ["imported", 'import { b } from "./b.ts";'],
      ["imported for what it does", 'import "./b.ts";'],
      ["imported as a type", 'import type { B } from "./b.ts";'],
      ["imported as the type of something", 'let b: import("./b.ts").B;'],
      ["exported", 'export * from "./b.ts";'],
      ["imported later", "const b = await import('./b.ts');"],
      ["started", 'spawn("node", [new URL("b.ts", import.meta.url)]);'],
      ["started by a path", "fork(`./b.ts`);"],
    ] as const)
      it(`finds one that is ${how}`, () => {
        assert.deepEqual(files({ "a.ts": text, "b.ts": "" }), [
          ["a.ts", text],
          ["b.ts", ""],
        ]);
      });

    it("finds files that name each other, each once, by their names in order", () => {
      const texts = { "c.ts": '"./a.ts" "./b.ts"', "b.ts": '"./c.ts"', "a.ts": '"./c.ts" "./b.ts"' };

      assert.deepEqual(files(texts, "c.ts"), Object.entries(texts).toReversed());
    });

    it("passes over what is no file", () => {
      const text = 'import "./nowhere.ts"; import "node:fs"; const words = "see README.json";';

      assert.deepEqual(files({ "a.ts": text }), [["a.ts", text]]);
    });
  });
});
