import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { kubectl } from "../../sandbox/components.ts";
import { copyProject, type Outputs, type Project } from "../support/project.ts";

/** Adds a doc_string (field 6 of ONNX's ModelProto) at the end: another file, the same model. */
const DOC_STRING = Buffer.from([0x32, 1, 0x61]);

describe("a project on its way", () => {
  let project: Project;
  let first: Outputs;

  before(async () => {
    project = await copyProject({ stack: "e2e" });
  });

  after(async () => {
    await project?.pulumi("destroy", "--yes", "--skip-preview");
    project?.remove();
  });

  const up = (...args: string[]) => project.pulumi("up", "--yes", "--skip-preview", ...args);
  const running = async () =>
    (
      await kubectl(
        "-n",
        project.namespace,
        "get",
        "deployment,replicaset,pod,service",
        "-o",
        "jsonpath={.items[*].metadata.uid}",
      )
    ).stdout;

  it("is previewed without a change in the cluster", async () => {
    const { exitCode, all } = await project.pulumi("preview");

    assert.equal(exitCode, 0, all);
    assert.match(all, /loan-approval 1\.0\.0 passed the gate/);
    assert.match(all, /\+ 9 to create/);
    assert.match((await kubectl("get", "namespace", project.namespace)).stderr, /not found/);
  });

  it("is brought up", async () => {
    const { exitCode, all } = await up();

    assert.equal(exitCode, 0, all);
    first = await project.outputs();
    assert.match(first.release, /^[0-9a-f]{16}$/);
    assert.match(first.image, /^localhost:5000\/loan-approval@sha256:[0-9a-f]{64}$/);
    const ready = await kubectl(
      "-n",
      project.namespace,
      "get",
      "deployment",
      "loan-approval",
      "-o",
      "jsonpath={.status.readyReplicas} {.spec.template.spec.containers[0].image}",
    );
    assert.equal(ready.stdout, `2 ${first.image}`);
  });

  it("answers the seed's request through the Service, and names its release", async () => {
    const response = await ask(first.url, { features: [50000, 35, 720] });

    assert.equal(response.status, 200);
    assert.equal(response.headers.get("slipway-release"), first.release);
    assert.equal(response.headers.get("slipway-model"), "loan-approval/1.0.0");
    assert.deepEqual(((await response.json()) as { prediction: unknown }).prediction, [1]);
  });

  it("does not show the platform's port to callers", async () => {
    assert.equal((await fetch(`${first.url}/live`)).status, 404);
  });

  it("runs in a namespace that enforces the restricted Pod Security Standard", async () => {
    const { stdout } = await kubectl(
      "get",
      "namespace",
      project.namespace,
      "-o",
      "jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}",
    );

    assert.equal(stdout, "restricted");
  });

  it("changes nothing in a second up", async () => {
    const { exitCode, all } = await up("--expect-no-changes");

    assert.equal(exitCode, 0, all);
    assert.match(all, /9 unchanged/);
  });

  it("changes nothing after a commit of documents, tests, workflows and training code alone", async () => {
    for (const file of ["README.md", "tests/run.ts", "model/training/train.py", "model/README.md"]) {
      appendFileSync(project.file(file), "\n");
    }
    mkdirSync(project.file(".github/workflows"), { recursive: true });
    writeFileSync(project.file(".github/workflows/other.yml"), "name: Other\n");

    const { exitCode, all } = await up("--expect-no-changes");

    assert.equal(exitCode, 0, all);
    await project.git("checkout", "--quiet", ".");
    await project.git("clean", "--quiet", "--force", "-d");
  });

  it("refuses a bad model in preview and up, with every objection, no stack trace and no change", async () => {
    const before = await running();
    await project.edit("model/contract.json", (contract) => {
      contract.validation.metrics.accuracy.min = 0.99;
    });
    await project.edit("model/golden.json", (golden) => {
      golden.requests[0].outputs.label = [0];
    });

    for (const run of [await project.pulumi("preview"), await up()]) {
      assert.notEqual(run.exitCode, 0);
      const diagnostics = run.all.slice(run.all.indexOf("Diagnostics:"));
      assert.match(diagnostics, /loan-approval 1\.0\.0 is refused: 2 objections/);
      assert.match(
        diagnostics,
        /label\[0\] is 1, and 0 was expected, within 0\.00001\.\n\s+at: {2}model\/golden\.json, \/requests\/0 /,
      );
      assert.match(diagnostics, /accuracy is 0\.9073 on 3,000 rows, and at least 0\.99 is demanded\./);
      assert.doesNotMatch(run.all, /^\s+at .*:\d+:\d+\)?$/m);
    }
    assert.equal(await running(), before);
    assert.deepEqual(await project.outputs(), first);
    await project.git("checkout", "--quiet", "model");
  });

  it("makes a new release of a changed model, and deploys it", async () => {
    writeFileSync(
      project.file("model/model.onnx"),
      Buffer.concat([readFileSync(project.file("model/model.onnx")), DOC_STRING]),
    );
    await project.edit("model/contract.json", (contract) => {
      contract.version = "1.0.1";
    });

    const { exitCode, all } = await up();

    assert.equal(exitCode, 0, all);
    const second = await project.outputs();
    assert.notEqual(second.release, first.release);
    assert.notEqual(second.image, first.image);
    const response = await askUntil(second, { features: { income: 50000, age: 35, credit_score: 720 } });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("slipway-model"), "loan-approval/1.0.1");
    await project.git("checkout", "--quiet", "model");
  });

  it("leaves the checkout as it was", async () => {
    assert.equal(await project.git("status", "--porcelain"), "");
  });

  it("is destroyed whole", async () => {
    const { exitCode, all } = await project.pulumi("destroy", "--yes", "--skip-preview");

    assert.equal(exitCode, 0, all);
    assert.match((await kubectl("get", "namespace", project.namespace)).stderr, /not found/);
  });
});

/** Pods that end answer until every node has heard of it: asks until the new release does, 20 s at most. */
async function askUntil({ url, release }: Outputs, body: unknown): Promise<Response> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const response = await ask(url, body);
    if (response.headers.get("slipway-release") === release || Date.now() > deadline) return response;
    await sleep(200);
  }
}

function ask(url: string, body: unknown): Promise<Response> {
  return fetch(`${url}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}
