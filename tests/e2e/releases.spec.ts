import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { kubeconfig, kubectl } from "../../sandbox/components.ts";
import { environment } from "../../sandbox/programEnvironment.ts";
import { itLong } from "../support/long.ts";
import { copyProject, type Project } from "../support/project.ts";
import { startCallers, type Tally } from "../support/steadyCallers.ts";

const RELEASES = 20;
const REQUESTS = 100_000;
const LOAD = { kept: 6, fresh: 3, pauseMs: 25 };
/** How long the load goes on before the first rollout begins, and after the last one has ended, when its old pods leave. */
const STEADY_MS = 30_000;
const LEAVING_MS = 15_000;

/** Takes from the pods what they wait for before they leave, and how long they answer then. */
const WITHOUT_DRAIN = [
  { op: "remove", path: "/spec/template/spec/containers/0/lifecycle" },
  { op: "add", path: "/spec/template/spec/containers/0/env/-", value: { name: "DRAIN_MS", value: "0" } },
];

/** In the long form alone: in the short one, rollback.spec.ts has callers that fail nowhere. */
describe("releases under load", () => {
  let project: Project;
  let url: string;
  let model: Buffer;
  let made = 0;

  before(async () => {
    project = await copyProject({ stack: "releases", replicas: 2, polite: true });
    model = readFileSync(project.file("model/model.onnx"));
    await release();
    ({ url } = await project.outputs());
  });

  after(async () => {
    await project?.remove();
  });

  /** Deploys the same model as another release. */
  async function release(): Promise<void> {
    made += 1;
    // Another doc_string (field 6 of ONNX's ModelProto): other bytes.
    const docString = Buffer.from(`release ${String(made).padStart(8)}`);
    writeFileSync(
      project.file("model/model.onnx"),
      Buffer.concat([model, Buffer.from([0x32, docString.length]), docString]),
    );
    const { exitCode, all } = await project.pulumi("up", "--yes", "--skip-preview");
    assert.equal(exitCode, 0, all);
  }

  itLong(
    `loses none of ${REQUESTS.toLocaleString("en")} requests or more in ${RELEASES} releases`,
    async function () {
      this.timeout(RELEASES * 90_000 + 120_000);
      const stop = startCallers(url, LOAD);
      await sleep(STEADY_MS);
      const began = performance.now();
      for (let i = 0; i < RELEASES; i++) await release();
      await sleep(LEAVING_MS);
      const tally = await stop();

      const steady = p99(tally.answers.filter(({ at }) => at < began));
      const rolling = p99(tally.answers.filter(({ at }) => at >= began));
      console.log(
        `      ${tally.answered} requests, ${tally.failed.length} failed; p99 ${steady.toFixed(1)} ms steady, ${rolling.toFixed(1)} ms while rolling`,
      );
      assert.deepEqual(firstOf(tally), []);
      assert.equal(tally.releases.length, RELEASES + 1);
      assert(tally.answered >= REQUESTS, `${tally.answered} requests`);
      assert(rolling <= 2 * steady, `p99 ${rolling} ms while rolling, ${steady} ms steady`);
    },
  );

  itLong("never has fewer pods than wanted when the autoscaler takes over, releases and leaves", async () => {
    const watch = watchReplicas(project.namespace);
    const stop = startCallers(url);

    await project.pulumi("config", "set", "slipway:maxReplicas", "4");
    await release();
    // As the autoscaler does it, which has no metrics here.
    const scaled = await kubectl(
      "-n",
      project.namespace,
      "scale",
      "deployment/loan-approval",
      "--replicas=3",
    );
    assert.equal(scaled.failed, false, scaled.stderr);
    await release();
    assert.equal(watch.seen().at(-1), 3, "a release takes the autoscaler's number back");
    await project.pulumi("config", "rm", "slipway:maxReplicas");
    await release();

    const tally = await stop();
    const seen = await watch.stop();
    assert.deepEqual(firstOf(tally), []);
    assert.deepEqual([...new Set(seen)], [2, 3], `replicas were ${seen}`);
    assert.equal(seen.at(-1), 2);
  });

  itLong("loses requests without the drain, so that the count above means something", async () => {
    const deployment = ["-n", project.namespace, "deployment/loan-approval"];
    const patch = await kubectl(
      "patch",
      ...deployment,
      "--type=json",
      "--patch",
      JSON.stringify(WITHOUT_DRAIN),
    );
    assert.equal(patch.failed, false, patch.stderr);
    const rolled = await kubectl("rollout", "status", ...deployment, "--timeout=120s");
    assert.equal(rolled.failed, false, rolled.stderr);
    const stop = startCallers(url, LOAD);

    await release();

    const tally = await stop();
    console.log(`      ${tally.failed.length} of ${tally.answered} failed without the drain`);
    assert.notEqual(tally.failed.length, 0);
  });
});

/** Enough of what failed to see why. */
const firstOf = ({ failed }: Tally) => failed.slice(0, 10);

function p99(answers: Tally["answers"]): number {
  const sorted = answers.map(({ took }) => took).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}

/** Every number of pods that the Deployment wants, from now on. */
function watchReplicas(namespace: string): { seen: () => number[]; stop: () => Promise<number[]> } {
  const args = ["--kubeconfig", kubeconfig, "-n", namespace, "get", "deployment", "loan-approval", "--watch"];
  const watching = execa("kubectl", [...args, "-o", 'jsonpath={.spec.replicas}{"\\n"}'], {
    env: environment,
    reject: false,
  });
  let text = "";
  watching.stdout.on("data", (chunk: Buffer) => (text += chunk));
  const seen = () => text.trim().split("\n").map(Number);
  return {
    seen,
    stop: async () => {
      watching.kill();
      await watching;
      return seen();
    },
  };
}
