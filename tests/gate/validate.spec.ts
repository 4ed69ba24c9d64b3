import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { Errors } from "typebox/value";
import { judge } from "../../gate/judge.ts";
import { CannotJudge } from "../../gate/measure/cannotJudge.ts";
import type { Order, Reply } from "../../gate/measure/orders.ts";
import type { Wire } from "../../gate/measure/spawnModel.ts";
import type { Report } from "../../gate/report/report.ts";
import { reportSchema } from "../../gate/report/reportSchema.ts";
import { ModelFolder } from "../support/modelFolder.ts";
import { runHere } from "../support/runHere.ts";

const command = ["--import", "tsx", "gate/validate.ts"];
const validate = (...args: string[]) => runHere("gate/validate.ts", args);
/** In a process of its own. */
const validateApart = (...args: string[]) =>
  execa(process.execPath, [...command, ...args], {
    reject: false,
    stripFinalNewline: false,
    env: { FORCE_COLOR: undefined, NO_COLOR: undefined, TERM: "xterm" },
  });

/** Makes a Node.js process fail to load ONNX Runtime, as on a machine without a binary for it. */
const WITHOUT_RUNTIME = `
const Module = require("node:module");
const { _resolveFilename: resolve } = Module;
Module._resolveFilename = function (name, ...rest) {
  if (name === "onnxruntime-node") throw new Error("no binary for it");
  return resolve.call(this, name, ...rest);
};
const hook = \`export const resolve = (name, context, next) => {
  if (name === "onnxruntime-node") throw new Error("no binary for it");
  return next(name, context);
}\`;
Module.register("data:text/javascript," + encodeURIComponent(hook));
`;

const MISSING = `The model is refused: 1 objection

✘ contract  model/contract.json

Not compared with a champion: there is no contract

✘ model/contract.json does not exist.
  at:  model/contract.json
  fix: put it there: npm run adopt writes one
`;

const NOT_JUDGED = `loan-approval 1.0.0 could not be judged on this machine: 14 checks of 20 not
  judged

✔ contract         loan-approval 1.0.0, classification
✔ onnx             opset 21, ai.onnx.ml 1, IR 10, 1 operator, skl2onnx 1.20.0
✘ loads            not judged: The process that runs the model was ended with e…
✘ schema           not judged: The process that runs the model was ended with e…
✘ golden           not judged: The process that runs the model was ended with e…
✘ nondeterminism   not judged: The process that runs the model was ended with e…
✘ holdout          not judged: The process that runs the model was ended with e…
✘ agreement        not judged: The process that runs the model was ended with e…
✔ skew             3,000 rows, 3 columns, 0 values outside what is declared
✔ repeatedRows     3,000 rows, 0 repeated, 0 contradicting
✔ leakage          3 columns, 0 giving the answer away
✘ metrics          not judged: The process that runs the model was ended with e…
✘ naive            not judged: The process that runs the model was ended with e…
✘ weakSegments     not judged: The process that runs the model was ended with e…
✘ batchDependence  not judged: The process that runs the model was ended with e…
✘ declaredValues   not judged: The process that runs the model was ended with e…
✘ invariances      not judged: The process that runs the model was ended with e…
✘ latency          not judged: The process that runs the model was ended with e…
✘ memory           not judged: The process that runs the model was ended with e…
– not asked for: champion

Not compared with a champion: no other model was named

✘ loads, schema, golden, nondeterminism and 10 more were not judged: The process
  that runs the model was ended with exit code 3: it is broken.
  fix: judge it again, on a machine that has the memory and the time for it
`;

describe("npm run validate", function () {
  this.timeout(60_000);
  let folder: ModelFolder;
  beforeEach(() => {
    folder = new ModelFolder();
  });
  afterEach(() => folder[Symbol.dispose]());

  /** This script replaces the shell that starts the model's process. */
  function validateWith(shell: string, ...args: string[]) {
    mkdirSync(folder.file("bin"));
    writeFileSync(folder.file("bin/sh"), `#!/bin/sh\n${shell}\n`, { mode: 0o755 });
    const env = { PATH: `${folder.file("bin")}${path.delimiter}${process.env["PATH"]}` };
    return runHere("gate/validate.ts", [...args, "--model", folder.path], { env });
  }

  it("exits with 0 and the report for a model that passes", async () => {
    const { exitCode, stdout, stderr } = await validateApart();

    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout.split("\n")[0], "loan-approval 1.0.0 passed the gate");
    assert.match(stdout, /^✔ accuracy {10}all rows {2}3,000 {2}0\.9073 {2}0\.\d{4}–0\.\d{4} {2}≥ 0\.85$/m);
    assert.equal(stderr, "");
  });

  it("exits with 1 and every objection for a model that is refused", async () => {
    folder.remove("contract.json");
    const { exitCode, stdout, stderr } = await validateApart("--model", folder.path);

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
    assert.deepEqual([report.version, report.verdict], [2, "passed"]);
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

  describe("on a machine that cannot judge", () => {
    beforeEach(() =>
      folder.editJson("contract.json", (contract) => {
        contract.description = "Judged nowhere, so that no judgement is remembered.";
      }),
    );

    it("exits with 2, and says what was not judged and why", async () => {
      const { exitCode, stdout, stderr } = await validateWith('echo "it is broken" >&2\nexit 3');

      assert.equal(exitCode, 2, stderr);
      assert.equal(stdout, NOT_JUDGED);
      assert.equal(stderr, "");
    });

    it("exits with 2 and prints nothing but JSON with --json", async () => {
      const { exitCode, stdout, stderr } = await validateWith("exit 3", "--json");
      const report = JSON.parse(stdout);

      assert.equal(exitCode, 2, stderr);
      assert.deepEqual(Errors(reportSchema, report), []);
      assert.deepEqual([report.version, report.verdict, report.remembered], [2, "notJudged", false]);
      assert.equal(stderr, "");
    });

    it("remembers nothing of it", async () => {
      const first = await validateWith("exit 3", "--json");
      const second = await validate("--json", "--model", folder.path);
      const report = JSON.parse(second.stdout);

      assert.deepEqual([first.exitCode, second.exitCode], [2, 0], second.stderr);
      assert.deepEqual([report.verdict, report.remembered], ["passed", false]);
    });

    it("exits with 2 if there is no shell to start the process", async () => {
      const args = ["--json", "--model", folder.path];
      const { exitCode, stdout } = await runHere("gate/validate.ts", args, { env: { PATH: folder.path } });
      const report: Report = JSON.parse(stdout);
      const loads = report.checks.find(({ name }) => name === "loads");

      assert.deepEqual([exitCode, report.verdict], [2, "notJudged"]);
      assert(loads?.outcome === "notJudged");
      assert.equal(loads.fault, "machine");
      assert.match(loads.why, /spawn sh ENOENT/);
      assert.doesNotMatch(loads.why, /null/);
    });

    it("exits with 2 where ONNX Runtime does not load", async () => {
      folder.write("hook.cjs", WITHOUT_RUNTIME);
      const { exitCode, stdout, stderr } = await validateWith(
        `export NODE_OPTIONS="--require=${folder.file("hook.cjs")}"\nexec /bin/sh "$@"`,
        "--json",
      );

      assert.equal(exitCode, 2);
      assert.equal(stdout, "");
      assert.equal(
        stderr,
        `ONNX Runtime does not run on this machine: no binary for it
  fix: judge it on Linux or a Mac with an Apple processor, after \`npm ci\`
`,
      );
    });
  });

  it("judges nothing with a process that has no ONNX Runtime, whatever else it would be asked", async () => {
    let hear: ((reply: Reply) => void) | undefined;
    const asked: Order["do"][] = [];
    let ended = 0;
    const wire: Wire = {
      pid: undefined,
      send(order) {
        asked.push(order.do);
        hear?.({ number: asked.length, noRuntime: "no binary for it" });
      },
      onReply(listener) {
        hear = listener;
      },
      onEnd() {},
      kill() {
        ended++;
      },
    };

    await assert.rejects(judge(folder.path, { spawn: () => wire }), (error) => {
      assert(error instanceof CannotJudge);
      assert.equal(error.what, "ONNX Runtime does not run on this machine: no binary for it");
      assert.equal(error.fix, "judge it on Linux or a Mac with an Apple processor, after `npm ci`");
      return true;
    });
    assert.deepEqual(asked, ["load"]);
    assert(ended > 0);
  });

  it("shows examples and exit codes on --help, and exits with 0", async () => {
    const { exitCode, stdout, stderr } = await validate("--help");

    assert.equal(exitCode, 0);
    assert.match(stdout, /^Usage: npm run validate -- \[options\]\n/);
    assert.match(stdout, /\nExamples:\n {2}npm run validate\n/);
    assert(
      stdout.endsWith("\nExit code: 0 passed, 1 refused, 2 could not judge it on this machine.\n"),
      stdout,
    );
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
