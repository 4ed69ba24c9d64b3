import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { linearModel } from "../support/onnxModels.ts";
import { copyFiles } from "../support/project.ts";
import { runHere } from "../support/runHere.ts";

/** Adds a doc_string (field 6 of ONNX's ModelProto) at the end: another file, the same model. */
const DOC_STRING = Buffer.from([0x32, 1, 0x61]);

describe("npm run pipeline -- gate", function () {
  this.timeout(60_000);
  let work: string;
  let project: string;
  const fileOf = (name: string) => path.join(project, name);

  before(async () => {
    work = mkdtempSync(path.join(os.tmpdir(), "slipway-gate-"));
    project = path.join(work, "project");
    await copyFiles(project);
    // It cannot start what is to be held to limits, which is the process that runs the model.
    mkdirSync(path.join(work, "bin"));
    const shell = '#!/bin/sh\ncase "$2" in *ulimit*) exit 3 ;; esac\nexec /bin/sh "$@"\n';
    writeFileSync(path.join(work, "bin", "sh"), shell, { mode: 0o755 });
  });

  after(() => rmSync(work, { recursive: true }));

  beforeEach(async () => {
    await execa("git", ["checkout", "--quiet", "--", "model"], { cwd: project });
    rmSync(fileOf(".slipway"), { recursive: true, force: true });
    writeFileSync(path.join(work, "summary"), "");
  });

  const pipeline = (command: string, { broken = false } = {}) =>
    runHere(fileOf("pipeline/main.ts"), [command], {
      cwd: project,
      env: {
        GITHUB_STEP_SUMMARY: path.join(work, "summary"),
        ...(broken && { PATH: `${path.join(work, "bin")}${path.delimiter}${process.env["PATH"]}` }),
      },
    });
  const summary = () => readFileSync(path.join(work, "summary"), "utf8");

  it("ends with 0 for a model that passes, and remembers it", async () => {
    const first = await execa("npm", ["run", "--silent", "pipeline", "--", "gate"], {
      cwd: project,
      env: { GITHUB_STEP_SUMMARY: path.join(work, "summary") },
      reject: false,
    });
    const second = await pipeline("gate");

    assert.deepEqual([first.exitCode, second.exitCode], [0, 0], first.stderr + second.stderr);
    assert.match(first.stdout, /^loan-approval 1\.0\.0 passed the gate$/m);
    assert.match(summary(), /^### ✅ loan-approval 1\.0\.0 passed the gate\n/);
    assert.doesNotMatch(first.stdout, /^Remembered: /m);
    assert.match(second.stdout, /^Remembered: /m);
  });

  it("ends with 1 for a model that is refused", async () => {
    writeFileSync(fileOf("model/model.onnx"), linearModel());

    const { exitCode, stdout } = await pipeline("gate");

    assert.equal(exitCode, 1);
    assert.match(stdout, /^loan-approval 1\.0\.0 is refused: \d+ objections/m);
    assert.match(summary(), /^### ❌ loan-approval 1\.0\.0 is refused: \d+ objections/);
  });

  it("ends with 2 for a model that could not be judged, and judges it again", async () => {
    const broken = await pipeline("gate", { broken: true });

    assert.equal(broken.exitCode, 2, broken.stderr);
    assert.match(broken.stdout, /^loan-approval 1\.0\.0 could not be judged on this machine: /m);
    assert.match(
      broken.stdout,
      /that runs the model was ended with exit code 3\.\n {2}fix: judge it again, /,
    );
    assert.match(summary(), /^### ❌ loan-approval 1\.0\.0 could not be judged on this machine: /);

    const { exitCode, stdout } = await pipeline("gate");
    assert.equal(exitCode, 0);
    assert.doesNotMatch(stdout, /^Remembered: /m);
  });

  it("builds no image of a model that is refused, nor of one that could not be judged", async () => {
    writeFileSync(fileOf("model/model.onnx"), linearModel());
    const refused = await pipeline("image");
    await execa("git", ["checkout", "--quiet", "--", "model"], { cwd: project });
    appendFileSync(fileOf("model/model.onnx"), DOC_STRING);
    const broken = await pipeline("image", { broken: true });

    assert.deepEqual([refused.exitCode, broken.exitCode], [1, 1]);
    assert.match(refused.stderr, /^loan-approval 1\.0\.0 is refused: \d+ objections/m);
    assert.match(broken.stderr, /^loan-approval 1\.0\.0 could not be judged on this machine: /m);
    assert.doesNotMatch(broken.stderr, /mend the model/); // nobody knows whether anything is wrong with it
    assert(!existsSync(fileOf(".slipway/pipeline/context")));
  });
});
