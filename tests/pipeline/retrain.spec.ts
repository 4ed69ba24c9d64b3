import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { type FakeGitHub, startGitHub } from "../support/fakeGitHub.ts";
import { linearModel } from "../support/onnxModels.ts";
import { copyFiles } from "../support/project.ts";
import { runHere } from "../support/runHere.ts";

/** Adds a doc_string (field 6 of ONNX's ModelProto) at the end: another file, the same model. */
const DOC_STRING = Buffer.from([0x32, 1, 0x61]);

describe("npm run pipeline -- retrain", function () {
  this.timeout(60_000);
  let work: string;
  let project: string;
  let github: FakeGitHub;

  before(async () => {
    work = mkdtempSync(path.join(os.tmpdir(), "slipway-retrain-"));
    project = path.join(work, "project");
    await copyFiles(project);
    github = await startGitHub();
    github.answer = (_, path) => [
      201,
      { sha: `sha of ${path}`, html_url: "https://github.com/acme/loans/pull/8" },
    ];
  });

  after(() => {
    github.close();
    rmSync(work, { recursive: true });
  });

  beforeEach(async () => {
    await execa("git", ["checkout", "--quiet", "--", "model"], { cwd: project });
    github.asked.length = 0;
    writeFileSync(path.join(work, "summary"), "");
  });

  const retrain = (env: Readonly<Record<string, string>> = {}) =>
    runHere(path.join(project, "pipeline/main.ts"), ["retrain"], {
      cwd: project,
      env: {
        GITHUB_API_URL: github.url,
        GITHUB_REPOSITORY: "acme/loans",
        GITHUB_TOKEN: "the-token",
        GITHUB_SHA: "4f2a9c0d",
        GITHUB_REF_NAME: "main",
        GITHUB_STEP_SUMMARY: path.join(work, "summary"),
        ...env,
      },
    });
  const summary = () => readFileSync(path.join(work, "summary"), "utf8");

  it("proposes nothing where training gave the same model", async () => {
    const { exitCode, stderr } = await retrain();

    assert.equal(exitCode, 0, stderr);
    assert.equal(summary(), "### ➖ Training gave the model that is there already\n");
    assert.deepEqual(github.asked, []);
  });

  it("opens a pull request with the new model and what the gate finds beside the committed one", async () => {
    const model = path.join(project, "model", "model.onnx");
    appendFileSync(model, DOC_STRING);

    const { exitCode, stderr } = await retrain();

    assert.equal(exitCode, 0, stderr);
    const [blob, tree, commit, ref, pull] = github.asked;
    const committed = await execa("git", ["rev-parse", "HEAD^{tree}"], { cwd: project });
    assert.deepEqual(blob?.body, { content: readFileSync(model).toString("base64"), encoding: "base64" });
    assert.deepEqual(tree?.body, {
      base_tree: committed.stdout,
      tree: [
        { path: "model/model.onnx", mode: "100644", type: "blob", sha: "sha of /repos/acme/loans/git/blobs" },
      ],
    });
    assert.deepEqual(commit?.body.parents, ["4f2a9c0d"]);
    assert.match(ref?.body.ref, /^refs\/heads\/retrain\/[0-9a-f]{12}$/);
    assert.deepEqual([pull?.path, pull?.body.base], ["/repos/acme/loans/pulls", "main"]);
    assert.match(pull?.body.body, /^### ✅ loan-approval 1\.0\.0 passed the gate/);
    assert.match(pull?.body.body, /Champion: the committed model, judged now on the same rows/);
    assert.match(pull?.body.body, /\*\*Close this pull request and open it again\*\*/);
    assert.match(summary(), /\nProposed: https:\/\/github\.com\/acme\/loans\/pull\/8\n$/);
  });

  it("asks nobody to start the checks where an App's token starts them", async () => {
    appendFileSync(path.join(project, "model", "model.onnx"), DOC_STRING);

    await retrain({ BY_APP: "true" });

    assert.doesNotMatch(github.asked.at(-1)?.body.body, /Close this/);
  });

  it("ends red on a model that the gate refuses, and proposes nothing", async () => {
    writeFileSync(path.join(project, "model", "model.onnx"), linearModel());

    const { exitCode } = await retrain();

    assert.equal(exitCode, 1);
    assert.match(summary(), /^### ❌ loan-approval 1\.0\.0 is refused/);
    assert.deepEqual(github.asked, []);
  });

  it("ends red on a model that could not be judged, and proposes nothing", async () => {
    appendFileSync(path.join(project, "model", "model.onnx"), DOC_STRING);
    // A shell that cannot start what is to be held to limits: the process that runs the model.
    const bin = path.join(work, "bin");
    mkdirSync(bin);
    const shell = '#!/bin/sh\ncase "$2" in *ulimit*) exit 3 ;; esac\nexec /bin/sh "$@"\n';
    writeFileSync(path.join(bin, "sh"), shell, { mode: 0o755 });

    const { exitCode } = await retrain({ PATH: `${bin}${path.delimiter}${process.env["PATH"]}` });

    assert.equal(exitCode, 1);
    assert.match(summary(), /^### ❌ loan-approval 1\.0\.0 could not be judged on this machine: /);
    assert.deepEqual(github.asked, []);
  });

  it("says that a model was proposed before", async () => {
    appendFileSync(path.join(project, "model", "model.onnx"), DOC_STRING);
    github.answer = (_, path) =>
      path.endsWith("/git/refs") ? [422, { message: "Reference already exists" }] : [201, { sha: "1" }];

    const { exitCode, stderr } = await retrain();

    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /^This very model was proposed before: there is a branch retrain\/[0-9a-f]{12}\.\n {2}fix: /m,
    );
  });
});
