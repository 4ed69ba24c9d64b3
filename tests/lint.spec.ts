import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";

interface Diagnostic {
  readonly code?: string;
  readonly message: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

const HEADER = `import type { PassedModel } from "./passedModel.ts";
import type { PassedModel as Renamed } from "./passedModel.ts";
import type * as gate from "./passedModel.ts";
declare const x: any;
declare const model: PassedModel;
`;
const LINES = HEADER.split("\n").length - 1;

/** What the rule says of each line behind the header, in one run. */
async function said(lines: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "slipway-lint-"));
  try {
    const file = path.join(folder, "forger.ts");
    writeFileSync(file, HEADER + lines.join("\n"));
    const { stdout } = await execa(
      "node_modules/.bin/oxlint",
      ["--config", ".oxlintrc.json", "--format", "json", file],
      { reject: false },
    );
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] };
    const of = (line: number) =>
      diagnostics.filter(
        ({ code, labels }) => code === "gate(no-forged-model)" && labels[0]?.span.line === line,
      );
    return new Map(lines.map((line, i) => [line, of(LINES + 1 + i).map(({ message }) => message)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const CASTS = [
  "export const a = x as PassedModel;",
  "export const b = <PassedModel>x;",
  "export const c = x as unknown as PassedModel;",
  "export const d = x as Promise<PassedModel>;",
  "export const e = x as { model: PassedModel };",
  "export const f = x as PassedModel | undefined;",
  "export const g = x as readonly PassedModel[];",
  "export const h = x as () => PassedModel;",
  "export const i = x as gate.PassedModel;",
  'export const j = x as import("./passedModel.ts").PassedModel;',
  "export const k = x as Renamed;",
  "export type Alias = PassedModel | undefined; export const p = x as Alias;",
  'export const q = x as Judgement["passed"];',
  "export const r = (y: unknown): y is PassedModel => y === x;",
];
const NO_CASTS = [
  "export const l: PassedModel = model;",
  "export const m = model satisfies PassedModel;",
  "export const n = model.report as object;",
  "export const o = [model] as const;",
  "export type Name = PassedModel;",
];

describe("The lint rule on models that have passed", function () {
  this.timeout(60_000);
  let found: Awaited<ReturnType<typeof said>>;
  before(async () => {
    found = await said([...CASTS, ...NO_CASTS]);
  });

  for (const line of CASTS)
    it(`refuses ${line}`, () => {
      assert.deepEqual(found.get(line), [
        "A PassedModel is made by the gate alone (gate/report/passedModel.ts): no cast to it, anywhere.",
      ]);
    });

  for (const line of NO_CASTS)
    it(`takes ${line}`, () => {
      assert.deepEqual(found.get(line), []);
    });
});
