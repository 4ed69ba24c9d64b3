import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { actionlint, pythonLinters } from "../support/linters.ts";

const root = path.join(import.meta.dirname, "..", "..");

/** Each linter's output for a checkout's `.github`, and its exit code. */
const linters = {
  actionlint: async (folder: string) => {
    const files = readdirSync(path.join(folder, ".github", "workflows")).map(
      (name) => `.github/workflows/${name}`,
    );
    // Neither is installed with actionlint, and it would use them only if the machine happens to have them.
    return execa(await actionlint(), ["-shellcheck=", "-pyflakes=", ...files], {
      cwd: folder,
      all: true,
      reject: false,
    });
  },
  zizmor: async (folder: string) =>
    execa(
      path.join(await pythonLinters(), "bin", "zizmor"),
      ["--offline", "--persona=auditor", "--strict-collection", "--no-progress", "."],
      { cwd: path.join(folder, ".github"), all: true, reject: false },
    ),
  checkov: async (folder: string) =>
    execa(
      path.join(await pythonLinters(), "bin", "python"),
      [
        "-m",
        "checkov.main",
        "--directory=.github",
        "--framework=github_actions",
        "--skip-download",
        "--compact",
        "--quiet",
      ],
      { cwd: folder, all: true, reject: false },
    ),
};

describe("the workflows", function () {
  this.timeout(300_000); // the first run installs the linters
  let copy: string;

  before(async function () {
    for (const program of ["go", "python3"]) {
      const { failed } = await execa(program, [program === "go" ? "version" : "--version"], {
        reject: false,
      });
      if (!failed) continue;
      console.log(`  Skipped: the workflows are not linted, since ${program} was not found on PATH.`);
      assert.notEqual(process.env["CI"], "true", "with CI=true nothing may be skipped");
      this.skip();
    }
  });

  beforeEach(async () => {
    copy = mkdtempSync(path.join(os.tmpdir(), "slipway-workflows-"));
    cpSync(path.join(root, ".github"), path.join(copy, ".github"), { recursive: true });
    await execa("git", ["init", "--quiet"], { cwd: copy }); // so that actionlint finds the repository's actions
  });

  afterEach(() => rmSync(copy, { recursive: true }));

  for (const [name, lint] of Object.entries(linters)) {
    it(`give ${name} nothing to report`, async () => {
      const { exitCode, all } = await lint(copy);

      assert.equal(exitCode, 0, all);
    });
  }

  for (const { flaw, name, file, from, to, says } of [
    {
      flaw: "an input that the called workflow does not have",
      name: "actionlint",
      file: "workflows/deploy.yml",
      from: "command: deploy",
      to: "comand: deploy",
      says: /input "comand" is not defined in/,
    },
    {
      flaw: "an input that our own action does not have",
      name: "actionlint",
      file: "workflows/drift.yml",
      from: "aws-role:",
      to: "aws-rule:",
      says: /input "aws-rule" is not defined in action "Prepare"/,
    },
    {
      flaw: "an action that is pinned by a tag",
      name: "zizmor",
      file: "workflows/check.yml",
      from: /actions\/checkout@\S+ # \S+/,
      to: "actions/checkout@v7",
      says: /unpinned-uses/,
    },
    {
      flaw: "a pull request's title in a script",
      name: "zizmor",
      file: "workflows/preview.yml",
      from: "pipeline -- preview",
      to: 'pipeline -- preview "${{ github.event.pull_request.title }}"',
      says: /template-injection/,
    },
    {
      flaw: "a token that stays in the checkout",
      name: "zizmor",
      file: "workflows/stack.yml",
      from: "persist-credentials: false",
      to: "persist-credentials: true",
      says: /artipacked/,
    },
    {
      flaw: "a token that may write everything",
      name: "checkov",
      file: "workflows/check.yml",
      from: "permissions: {}",
      to: "permissions: write-all",
      says: /CKV2_GHA_1/,
    },
  ] as const) {
    it(`would give ${name} something to report: ${flaw}`, async () => {
      const target = path.join(copy, ".github", file);
      const text = readFileSync(target, "utf8");
      writeFileSync(
        target,
        text.replace(from, () => to),
      );
      assert.notEqual(readFileSync(target, "utf8"), text, "the flaw is planted");

      const { exitCode, all } = await linters[name](copy);

      assert.notEqual(exitCode, 0);
      assert.match(all, says);
    });
  }
});
