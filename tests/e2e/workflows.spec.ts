import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { kubectl } from "../../sandbox/components.ts";
import { sandboxEnvironment } from "../../sandbox/pulumi.ts";
import { type FakeGitHub, startGitHub } from "../support/fakeGitHub.ts";
import { linearModel } from "../support/onnxModels.ts";
import { copyProject, type Outputs, type Project } from "../support/project.ts";
import { type JobOptions, runJob } from "../support/workflow.ts";

/** Adds a doc_string (field 6 of ONNX's ModelProto) at the end: another file, the same model. */
const DOC_STRING = Buffer.from([0x32, 1, 0x61]);
/** The packages are linked into the copy, and `npm test` has done the others before it came here. */
const STAND_INS = ["Install packages", "Format, types, lint", "Unit and service tests"];

describe("the workflows", () => {
  let project: Project;
  let github: FakeGitHub;
  let outputs: Outputs;

  before(async () => {
    project = await copyProject({ stack: "workflows" });
    github = await startGitHub();
  });

  after(async () => {
    github?.close();
    await project?.pulumi("destroy", "--yes", "--skip-preview");
    project?.remove();
  });

  /** The n-th run of a workflow of this repository. */
  const job = (workflow: string, n: number, more: Partial<JobOptions> = {}) =>
    runJob({
      directory: project.directory,
      workflow,
      // The sandbox's, but for what the workflow itself has to give: the cluster, the state and the stack.
      env: {
        ...process.env,
        ...project.env,
        KUBECONFIG: undefined,
        PULUMI_BACKEND_URL: undefined,
        PULUMI_CONFIG_PASSPHRASE: undefined,
      },
      vars: { PULUMI_STACK: "workflows", PULUMI_BACKEND_URL: project.env.PULUMI_BACKEND_URL },
      secrets: {
        KUBECONFIG_DATA: readFileSync(sandboxEnvironment.KUBECONFIG).toString("base64"),
        PULUMI_CONFIG_PASSPHRASE: "",
      },
      github: {
        api_url: github.url,
        token: "the-token",
        repository: "acme/loans",
        run_id: String(1000 + n),
        run_attempt: "1",
        sha: "4f2a9c0d11e87b641c9d2e5f60718293a4b5c6d7",
      },
      standIns: STAND_INS,
      ...more,
    });

  it("check judges the model and builds the image, without a secret or a stack", async () => {
    const { ended, steps, log, summary } = await job("check", 0, { vars: {}, secrets: {} });

    assert.equal(ended, "success", log);
    assert.deepEqual(
      steps.map(({ name }) => name),
      ["Judge the model", "Build the image"],
    );
    assert.match(summary, /^### ✅ loan-approval 1\.0\.0 passed the gate/);
    assert.match(log, /^Release [0-9a-f]{16}, sha256:[0-9a-f]{64}: linux\/amd64 \d+\.\d MB, linux\/arm64 /m);
  });

  it("deploy brings a model from gate to a checked answer in 3 minutes", async () => {
    const started = Date.now();

    const { ended, steps, log, summary } = await job("deploy", 1);

    assert.equal(ended, "success", log);
    assert.deepEqual(
      steps.map(({ name }) => name),
      ["Find the cluster", "Name the runner", "Change the stack", "Ask the service"],
    );
    outputs = await project.outputs();
    assert.match(summary, /^### ✅ Deployed to stack <code>workflows<\/code>: a new release\n/);
    assert.match(
      summary,
      new RegExp(`\nRelease <code>${outputs.release}</code> serves, loan-approval 1\\.0\\.0`),
    );
    assert.match(
      summary,
      new RegExp(`\n✅ Release ${outputs.release} answers 8 golden requests as expected\\.\n$`),
    );
    assert.ok(Date.now() - started < 180_000, `${Date.now() - started} ms`);
  });
});
