import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { kubectl } from "../../sandbox/components.ts";
import { long } from "../support/long.ts";
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

/** The example that the project comes with is in most other tests. */
const MODELS = long
  ? ["messages", "digits-cnn", "breast-cancer", "diabetes", "digits-mlp", "purchases", "wine"]
  : ["messages"];

describe("a model of one's own", () => {
  let project: Project;

  before(async () => {
    if (!long) console.log("    the other models are left to npm run test:long");
    project = await copyProject({ stack: "adopt" });
  });

  after(async () => {
    await project?.remove();
  });

  const adopt = (name: string, ...more: string[]) => {
    const folder = `tests/models/${name}`;
    const { target } = JSON.parse(readFileSync(`${folder}/contract.json`, "utf8")).validation.holdout;
    const args = ["--holdout", `${folder}/holdout.csv`, "--target", target, "--name", name, ...more];
    return execa("npm", ["run", "adopt", "--", `${folder}/model.onnx`, ...args], {
      cwd: project.directory,
      reject: false,
      all: true,
    });
  };

  for (const [index, name] of MODELS.entries())
    it(`such as ${name} takes the place of the one before, and answers by its own features' names`, async () => {
      if (index > 0) assert.equal((await adopt(name)).exitCode, 2, "nobody's model is replaced unasked");
      const adopted = await adopt(name, ...(index > 0 ? ["--force"] : []));
      assert.equal(adopted.exitCode, 0, adopted.all);
      const { example } = /-d (?<example>'\{.*\}')/.exec(adopted.all)!.groups as { example: string };

      const { exitCode, all } = await project.pulumi("up", "--yes", "--skip-preview");

      assert.equal(exitCode, 0, all);
      const { url } = await project.outputs();
      const { features } = JSON.parse(example.slice(1, -1));
      assert.equal((await ask(url, name, features)).prediction.length, 1);
      const deployments = ["get", "deployment", "-o", "jsonpath={.items[*].metadata.name}"];
      assert.equal((await kubectl("-n", project.namespace, ...deployments)).stdout, name);
      if (name === "messages") {
        const { prediction } = await ask(url, name, {
          message: "My parcel is late and the courier at no door",
        });
        assert.deepEqual(prediction, ["delivery"]);
      }
    });
});
