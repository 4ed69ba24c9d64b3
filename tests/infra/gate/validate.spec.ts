import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { Errors } from "typebox/value";
import { reportSchema } from "../../../infra/gate/reportSchema.ts";
import { ModelFolder } from "../../support/modelFolder.ts";

const command = ["--import", "tsx", "infra/gate/validate.ts"];
const validate = (...args: string[]) =>
  execa(process.execPath, [...command, ...args], {
    reject: false,
    stripFinalNewline: false,
    env: { FORCE_COLOR: undefined, NO_COLOR: undefined, TERM: "xterm" },
  });

/** Makes every Node.js process fail to load ONNX Runtime, as on a machine that it has no binary for. */
const HOOK = `export const resolve = (name, context, next) => {
  if (name === "onnxruntime-node") throw new Error("no binary for it");
  return next(name, context);
}`;
const REGISTER = `import { register } from "node:module"; register("${dataUrl(HOOK)}")`;
const WITHOUT_RUNTIME = `--import=${dataUrl(REGISTER)}`;

function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

const MISSING = `The model is refused: 1 objection

✘ contract  model/contract.json

Not compared with a champion: there is no contract

✘ model/contract.json does not exist.
  at:  model/contract.json
  fix: put it there: npm run adopt writes one
`;

describe("npm run validate", function () {
  this.timeout(60_000);
  let folder: ModelFolder;
  beforeEach(() => {
    folder = new ModelFolder();
  });
  afterEach(() => folder[Symbol.dispose]());

  it("exits with 0 and the report for a model that passes", async () => {
    const { exitCode, stdout, stderr } = await validate();

    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout.split("\n")[0], "loan-approval 1.0.0 passed the gate");
    assert.match(stdout, /^✔ accuracy {10}all rows {2}3,000 {2}0\.9073 {2}0\.\d{4}–0\.\d{4} {2}≥ 0\.85$/m);
    assert.equal(stderr, "");
  });

  it("exits with 1 and every objection for a model that is refused", async () => {
    folder.remove("contract.json");
    const { exitCode, stdout, stderr } = await validate("--model", folder.path);

    assert.equal(exitCode, 1);
    assert.equal(stdout, MISSING);
    assert.equal(stderr, "");
  });

  it("compares with a champion in a folder", async () => {
    const { exitCode, stdout, stderr } = await validate("--champion", folder.path);

    assert.equal(exitCode, 0, stderr);
    assert(stdout.includes(`Champion: ${folder.path}, judged now on the same rows`), stdout);
    assert.match(stdout, /^ {2}metric +of +value +95 % interval +demand +champion +change$/m);
    assert.match(stdout, /^✔ accuracy +all rows +0\.9073 .* 0\.9073 +0\.0000$/m);
  });

  it("prints nothing but JSON with --json, and says there whether it is remembered", async () => {
    const [first, second] = [await validate("--json"), await validate("--json")];
    const report = JSON.parse(first.stdout);

    assert.equal(first.exitCode, 0, first.stderr);
    assert.deepEqual(Errors(reportSchema, report), []);
    assert.deepEqual([report.version, report.verdict], [1, "passed"]);
    assert.deepEqual(JSON.parse(second.stdout), { ...report, remembered: true });
    assert.equal(first.stderr + second.stderr, "");
  });

  it("prints nothing but JSON with --json, for a model that is refused", async () => {
    folder.remove("contract.json");
    const { exitCode, stdout } = await validate("--json", "--model", folder.path);

    assert.equal(exitCode, 1);
    assert.deepEqual(Errors(reportSchema, JSON.parse(stdout)), []);
    assert.equal(JSON.parse(stdout).verdict, "refused");
  });

  it("writes Markdown and JSON, into folders that need not exist", async () => {
    folder.remove("contract.json");
    const [markdown, json] = ["new/report.md", "new/report.json"].map((file) => folder.file(file)) as [
      string,
      string,
    ];
    const first = await validate("--model", folder.path, "--report", markdown);
    const second = await validate("--model", folder.path, "--report", json, "--json");

    assert.deepEqual([first.exitCode, first.stdout, second.exitCode], [1, MISSING, 1]);
    assert.equal(readFileSync(markdown, "utf8").split("\n")[0], "### ❌ The model is refused: 1 objection");
    assert.equal(readFileSync(json, "utf8"), second.stdout);
  });

  it("exits with 2 where the report cannot be written, and prints it all the same", async () => {
    folder.remove("contract.json");
    mkdirSync(folder.file("report.md"));
    const { exitCode, stdout, stderr } = await validate(
      "--model",
      folder.path,
      "--report",
      folder.file("report.md"),
    );

    assert.equal(exitCode, 2);
    assert.equal(stdout, MISSING);
    assert.match(
      stderr,
      /^error: the report cannot be written: EISDIR: .*\n\(npm run validate -- --help has examples\)\n$/,
    );
  });

  for (const { args, says } of [
    { args: ["--modle", "x"], says: "error: unknown option '--modle'\n(Did you mean --model?)" },
    { args: ["model"], says: "error: too many arguments. Expected 0 arguments but got 1." },
    { args: ["--model"], says: "error: option '--model <dir>' argument missing" },
    {
      args: ["--model", "nowhere"],
      says: "error: option '--model <dir>' argument 'nowhere' is invalid. There is no such folder.",
    },
    {
      args: ["--model", "package.json"],
      says: "error: option '--model <dir>' argument 'package.json' is invalid. There is no such folder.",
    },
    {
      args: ["--champion", "acme/loan:1.0"],
      says: "error: option '--champion <dir|image@digest>' argument 'acme/loan:1.0' is invalid. It is neither a folder nor an image by digest (HOST/NAME@sha256:…).",
    },
    {
      args: ["--champion", "docs"],
      says: "error: option '--champion <dir|image@digest>' argument 'docs' is invalid. There is no contract.json in it.",
    },
    {
      args: ["--report", "report.txt"],
      says: "error: option '--report <file>' argument 'report.txt' is invalid. Its name must end in .md or .json.",
    },
  ]) {
    it(`exits with 2 for ${args.join(" ")}`, async () => {
      const { exitCode, stdout, stderr } = await validate(...args);

      assert.equal(exitCode, 2);
      assert.equal(stdout, "");
      assert.equal(stderr, `${says}\n(npm run validate -- --help has examples)\n`);
    });
  }

  it("exits with 2 where ONNX Runtime does not load", async () => {
    folder.editJson("contract.json", (contract) => {
      contract.description = "Judged nowhere, so that no judgement is remembered.";
    });
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [...command, "--json", "--model", folder.path],
      { reject: false, stripFinalNewline: false, env: { NODE_OPTIONS: WITHOUT_RUNTIME } },
    );

    assert.equal(exitCode, 2);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      `ONNX Runtime does not run on this machine: no binary for it
  fix: judge it on Linux, Windows or a Mac with an Apple processor, after \`npm ci\`
`,
    );
  });

  it("shows examples and exit codes on --help, and exits with 0", async () => {
    const { exitCode, stdout, stderr } = await validate("--help");

    assert.equal(exitCode, 0);
    assert.match(stdout, /^Usage: npm run validate -- \[options\]\n/);
    assert.match(stdout, /\nExamples:\n {2}npm run validate\n/);
    assert(stdout.endsWith("\nExit code: 0 passed, 1 refused, 2 could not judge.\n"), stdout);
    assert.equal(stderr, "");
  });

  describe("on a terminal", () => {
    const run = [process.execPath, ...command, "--model"].join(" ");
    const terminal = (environment: string) =>
      execa(
        "script",
        ["-qec", `env -u NO_COLOR -u FORCE_COLOR ${environment} ${run} ${folder.path}`, "/dev/null"],
        {
          reject: false,
          stripFinalNewline: false,
        },
      );
    before(function () {
      if (!/util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? ""))
        this.skip();
    });

    for (const { environment, coloured } of [
      { environment: "TERM=xterm", coloured: true },
      { environment: "TERM=dumb", coloured: false },
      { environment: "TERM=xterm NO_COLOR=1", coloured: false },
    ])
      it(`is ${coloured ? "coloured" : "plain"} with ${environment}`, async () => {
        folder.remove("contract.json");
        const { exitCode, stdout } = await terminal(environment);

        assert.equal(exitCode, 1);
        assert.equal(stripVTControlCharacters(stdout).replaceAll("\r", ""), MISSING);
        assert.equal(stdout.includes("\u001b["), coloured);
      });
  });
});
