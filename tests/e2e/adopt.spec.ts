import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { kubectl } from "../../sandbox/components.ts";
import { copyProject, type Project } from "../support/project.ts";

/** Asks for 20 s at most, until there is an answer from this model. */
async function ask(url: string, model: string, features: unknown): Promise<any> {
  const body = JSON.stringify({ features });
  for (const deadline = Date.now() + 20_000; ; await sleep(200)) {
    const response = await fetch(`${url}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    }).catch((error: Error) => new Response(String(error.cause), { status: 503 }));
    const answer = response.headers.get("content-type")?.includes("json") ? await response.json() : {};
    if ((answer as any).model?.name === model || Date.now() > deadline) return answer;
  }
}

describe("a model of one's own", () => {
  let project: Project;

  before(async () => {
    project = await copyProject({ stack: "adopt" });
  });

  after(async () => {
    await project?.remove();
  });

  const adopt = (name: string, ...args: string[]) =>
    execa(
      "npm",
      [
        "run",
        "adopt",
        "--",
        `tests/models/${name}/model.onnx`,
        "--holdout",
        `tests/models/${name}/holdout.csv`,
        "--name",
        name,
        ...args,
      ],
      { cwd: project.directory, reject: false, all: true },
    );
  const up = async () => {
    const { exitCode, all } = await project.pulumi("up", "--yes", "--skip-preview");
    assert.equal(exitCode, 0, all);
    return project.outputs();
  };

  it("takes the example's place, and answers text by its own feature's name", async () => {
    const { exitCode, all } = await adopt("messages", "--target", "team");
    assert.equal(exitCode, 0, all);

    const { url } = await up();

    const answer = await ask(url, "messages", { message: "My parcel is late and the courier at no door" });
    assert.deepEqual(answer.prediction, ["delivery"]);
    assert.deepEqual((await ask(url, "messages", [["a refund to my card"]])).prediction, ["billing"]);
  });

  it("gives way to another model of another kind, in the same stack", async () => {
    const kept = await adopt("digits-cnn", "--target", "digit");
    assert.equal(kept.exitCode, 2, kept.all);
    const { exitCode, all } = await adopt("digits-cnn", "--target", "digit", "--force");
    assert.equal(exitCode, 0, all);
    const { example } = /-d (?<example>'\{.*\}')/.exec(all)!.groups as { example: string };

    const { url } = await up();

    const { features } = JSON.parse(example.slice(1, -1));
    assert.equal(Object.keys(features).length, 64);
    assert.equal((await ask(url, "digits-cnn", features)).prediction.length, 1);
    const { stdout } = await kubectl(
      "-n",
      project.namespace,
      "get",
      "deployment",
      "-o",
      "jsonpath={.items[*].metadata.name}",
    );
    assert.equal(stdout, "digits-cnn");
  });
});
