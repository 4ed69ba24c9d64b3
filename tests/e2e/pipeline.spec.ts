import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fetchServedModel } from "../../registry/servedModel.ts";
import { kubectl } from "../../sandbox/components.ts";
import { crashAtLoadModel, linearModel } from "../support/onnxModels.ts";
import { copyProject, type Outputs, type Project } from "../support/project.ts";

describe("a project on its way", () => {
  let project: Project;
  let first: Outputs;

  before(async () => {
    project = await copyProject({ stack: "e2e", replicas: 2 });
  });

  after(async () => {
    await project?.remove();
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

  /** A model that looks at the credit score alone, with golden requests of its own. */
  function worsenModel(): void {
    writeFileSync(project.file("model/model.onnx"), linearModel());
    writeFileSync(
      project.file("model/golden.json"),
      JSON.stringify({
        requests: [
          {
            inputs: { features: [[50000, 35, 720]] },
            outputs: { label: [1], probabilities: [[0.083173, 0.916827]] },
          },
        ],
      }),
    );
  }
  const annotations = async (): Promise<Record<string, string>> => {
    const { stdout } = await kubectl(
      "-n",
      project.namespace,
      "get",
      "deployment",
      "loan-approval",
      "-o",
      "json",
    );
    const all: Record<string, string> = JSON.parse(stdout).metadata.annotations;
    return Object.fromEntries(Object.entries(all).filter(([key]) => key.startsWith("slipway.dev/")));
  };

  it("is previewed without a change in the cluster", async () => {
    const { exitCode, all } = await project.pulumi("preview");

    assert.equal(exitCode, 0, all);
    assert.match(all, /loan-approval 1\.0\.0 passed the gate/);
    assert.match(all, /\+ 14 to create/);
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

  it("records the release, and says on the Deployment how it was judged", async () => {
    assert.deepEqual(
      first.releases.map(({ release, image }) => ({ release, image })),
      [{ release: first.release, image: first.image }],
    );
    const { judgement, commit, time, by } = first.releases[0]!;
    const { verdict, reportSha256, metrics, rows } = judgement;
    assert.deepEqual([verdict, rows, metrics.accuracy?.toFixed(4)], ["passed", 3000, "0.9073"]);
    const report = readFileSync(project.file(".slipway/e2e/report.json"));
    assert.equal(createHash("sha256").update(report).digest("hex"), reportSha256);
    assert.match(readFileSync(project.file(".slipway/e2e/report.md"), "utf8"), /passed the gate/);
    assert.deepEqual(await annotations(), {
      "slipway.dev/verdict": "passed",
      "slipway.dev/report-sha256": reportSha256,
      "slipway.dev/metrics": JSON.stringify(metrics),
      "slipway.dev/commit": commit,
      "slipway.dev/time": time,
      "slipway.dev/by": by,
    });
  });

  it("gives its model back out of its image", async () => {
    const to = mkdtempSync(path.join(os.tmpdir(), "slipway-served-"));
    try {
      await fetchServedModel(first.image, { to });

      for (const name of ["model.onnx", "golden.json"])
        assert.deepEqual(
          readFileSync(path.join(to, name)),
          readFileSync(project.file(`model/${name}`)),
          name,
        );
      const contract = JSON.parse(readFileSync(path.join(to, "contract.json"), "utf8"));
      assert.equal(contract.name, "loan-approval");
      assert.equal(contract.validation, undefined);
    } finally {
      rmSync(to, { recursive: true });
    }
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

  it("changes nothing in a second up, after a commit of documents, tests, workflows and training code alone", async () => {
    for (const file of ["README.md", "tests/run.ts", "model/training/train.py", "model/README.md"]) {
      appendFileSync(project.file(file), "\n");
    }
    mkdirSync(project.file(".github/workflows"), { recursive: true });
    writeFileSync(project.file(".github/workflows/other.yml"), "name: Other\n");

    const { exitCode, all } = await up("--expect-no-changes");

    assert.equal(exitCode, 0, all);
    assert.match(all, /14 unchanged/);
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
      assert.match(
        diagnostics,
        /accuracy is 0\.9073 on 3,000 rows \(95 % confidence: 0\.8964 to 0\.9172\), and at\s+least 0\.99 is demanded\./,
      );
      assert.doesNotMatch(run.all, /^\s+at .*:\d+:\d+\)?$/m);
    }
    assert.equal(await running(), before);
    assert.deepEqual(await project.outputs(), first);
    await project.git("checkout", "--quiet", "model");
  });

  it("refuses a model that ends the process that runs it, and changes nothing", async () => {
    const before = await running();
    writeFileSync(project.file("model/model.onnx"), crashAtLoadModel());

    const { exitCode, all } = await up();

    assert.notEqual(exitCode, 0);
    assert.match(all, /The model does not load: its process ended with SIGSEGV\./);
    assert.equal(await running(), before);
    assert.deepEqual(await project.outputs(), first);
    await project.git("checkout", "--quiet", "model");
  });

  it("refuses a model that is worse than the one that serves, which it takes out of its image", async () => {
    worsenModel();

    const { exitCode, all } = await project.pulumi("preview");

    assert.notEqual(exitCode, 0);
    assert.ok(
      inOneLine(all).includes(
        `accuracy is 0.7097, and 0.9073 with release ${first.release}, on the same 3,000 rows: worse by 0.1977`,
      ),
      all,
    );
    const [, command] = /pulumi (config set override '[0-9a-f]{12}: )REASON IN WORDS'/.exec(all) ?? [];
    assert.equal(command, `config set override '${worseSha256().slice(0, 12)}: `);
  });

  it("lets the stack tighten a floor, and not loosen one", async () => {
    await project.git("checkout", "--quiet", "model");
    await project.pulumi("config", "set", "--path", "slipway:floors.accuracy", "0.95");
    await project.pulumi("config", "set", "--path", "slipway:floors.rocAuc", "0.5");

    const { exitCode, all } = await project.pulumi("preview");

    await project.pulumi("config", "rm", "slipway:floors");
    assert.notEqual(exitCode, 0);
    assert.match(
      inOneLine(all),
      /and at least 0\.95 is demanded\. at: the stack's setting slipway:floors\.accuracy/,
    );
    assert.match(inOneLine(all), /looser than the contract's 0\.9: a stack may only tighten\./);
  });

  it("makes a new release of a changed model, which is worse and ships in an emergency, and says so everywhere", async () => {
    worsenModel();
    await project.edit("model/contract.json", (contract) => {
      contract.version = "1.0.1";
    });
    const reason = "the old model broke the law, says Ada";
    await project.pulumi("config", "set", "slipway:override", `${worseSha256().slice(0, 12)}: ${reason}`);

    const preview = await project.pulumi("preview");
    const { exitCode, all } = await up();

    assert.ok(inOneLine(preview.all).includes(`ships by override: ${reason}`), preview.all);
    assert.equal(exitCode, 0, all);
    const second = await project.outputs();
    assert.notEqual(second.image, first.image);
    const response = await askUntil(second, { features: { income: 50000, age: 35, credit_score: 720 } });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("slipway-model"), "loan-approval/1.0.1");
    const { releases } = second;
    assert.deepEqual(
      releases.map(({ release }) => release),
      [first.release, second.release],
    );
    assert.notEqual(second.release, first.release);
    assert.equal(releases.at(-1)?.judgement.verdict, "overridden");
    assert.equal(releases.at(-1)?.judgement.override, reason);
    assert.match(
      readFileSync(project.file(".slipway/e2e/report.md"), "utf8"),
      new RegExp(`release ${first.release}`),
    );
    const { "slipway.dev/verdict": verdict, "slipway.dev/override": said } = await annotations();
    assert.deepEqual([verdict, said], ["overridden", reason]);
    const again = await up("--expect-no-changes");
    assert.equal(again.exitCode, 0, again.all);
    await project.pulumi("config", "rm", "slipway:override");
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

const worseSha256 = () => createHash("sha256").update(linearModel()).digest("hex");
const inOneLine = (text: string) => text.replace(/\s+/g, " ");

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
