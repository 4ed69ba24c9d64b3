import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { kubectl } from "../../sandbox/components.ts";
import { sandboxEnvironment } from "../../sandbox/pulumiStack.ts";
import { type FakeGitHub, startGitHub } from "../support/fakeGitHub.ts";
import { locksOf } from "../support/locksOf.ts";
import { itLong, long } from "../support/long.ts";
import { linearModel } from "../support/onnxModels.ts";
import { copyProject, type Outputs, type Project } from "../support/project.ts";
import { type JobOptions, runJob } from "../support/workflow.ts";

/** Adds a doc_string (field 6 of ONNX's ModelProto) at the end: another file, the same model. */
const DOC_STRING = Buffer.from([0x32, 1, 0x61]);
/** The packages are linked into the copy, and `npm test` has done the others before it came here. */
const STAND_INS = [
  "Install packages",
  "Format, types, lint",
  "Unit and service tests",
  "The service and the gate under load",
];

describe("the workflows", () => {
  let project: Project;
  let github: FakeGitHub;
  let outputs: Outputs;

  before(async () => {
    project = await copyProject({ stack: "workflows", platforms: "all" });
    github = await startGitHub();
  });

  after(async () => {
    github?.close();
    await project?.remove();
  });

  const onGitHub = (n: number) => ({
    api_url: github.url,
    server_url: "https://github.com",
    token: "the-token",
    repository: "acme/loans",
    run_id: String(1000 + n),
    run_attempt: "1",
    sha: "4f2a9c0d11e87b641c9d2e5f60718293a4b5c6d7",
  });

  /** The n-th run of a workflow of this repository. */
  const job = (workflow: string, n: number, more: Partial<JobOptions> = {}) =>
    runJob({
      directory: project.directory,
      workflow,
      // The sandbox's, without what the workflow itself has to give: the cluster, the state and the stack.
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
      github: onGitHub(n),
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

  it(`deploy brings a model from gate to a checked answer${long ? " in 3 minutes" : ""}`, async () => {
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
    if (long) assert(Date.now() - started < 180_000, `${Date.now() - started} ms`);
  });

  it("preview says in one comment what a changed model would be", async () => {
    changeModel();
    const event = project.file(".slipway/event.json");
    writeFileSync(event, JSON.stringify({ pull_request: { number: 7, head: { sha: "abcdef0123456789" } } }));
    const comments: object[] = [];
    github.answer = (method, _, body) => {
      if (method === "GET") return [200, comments];
      if (method === "POST") comments.push({ id: 1, user: { type: "Bot" }, ...body });
      return [200, {}];
    };
    const onPullRequest = { github: { ...onGitHub(2), event_path: event } };

    const first = await job("preview", 2, onPullRequest);
    // What these two made is still there, and the comment is what the second run is for.
    const again = await job("preview", 2, {
      ...onPullRequest,
      standIns: [...STAND_INS, "Preview", "Build the image"],
    });

    assert.equal(first.ended, "success", first.log);
    assert.equal(again.ended, "success", again.log);
    assert.deepEqual(
      github.asked.map(({ method, path }) => `${method} ${path}`),
      [
        "GET /repos/acme/loans/issues/7/comments?per_page=100&page=1",
        "POST /repos/acme/loans/issues/7/comments",
        "GET /repos/acme/loans/issues/7/comments?per_page=100&page=1",
        "PATCH /repos/acme/loans/issues/comments/1",
      ],
    );
    const { body } = github.asked.at(-1)!.body as { body: string };
    const { release } = JSON.parse(readFileSync(project.file(".slipway/pipeline/image.json"), "utf8"));
    assert.notEqual(release, outputs.release);
    assert.match(
      body,
      new RegExp(
        `\\nMerging this deploys release <code>${release}</code> to stack <code>workflows</code>, in place of <code>${outputs.release}</code>: 3 resources change\\.\\n`,
      ),
    );
    assert.match(body, /\| accuracy \| 0\.9073 \| \*\*0\.9073\*\* \| 0\.0000 /);
    assert.match(body, /\| image, linux\/amd64 \| \d+\.\d MB \| \d+\.\d MB \| -?\+?\d+\.\d kB \|/);
    assert.match(body, /<sub>For abcdef012345, \[by this run\]/);
  });

  /** Deploys, and does something to the step's first process once the rollout has begun. */
  const interrupted = (n: number, interrupt: (child: ChildProcess) => void) =>
    job("deploy", n, {
      onStart: (step, child) => {
        if (step !== "Change the stack") return;
        let output = "";
        const look = (chunk: Buffer) => {
          output += chunk;
          if (!/apps\/v1:Deployment inference updating/.test(output)) return;
          child.stdout?.off("data", look);
          interrupt(child);
        };
        child.stdout?.on("data", look);
      },
    });

  it("deploy, when it is cancelled, lets go of the stack, and the next run deploys the very image that the check built", async () => {
    const built = JSON.parse(readFileSync(project.file(".slipway/pipeline/image.json"), "utf8"));
    // GitHub: SIGINT, 7.5 s later SIGTERM, 2.5 s later the end of all processes.
    const timers: NodeJS.Timeout[] = [];
    const cancelled = await interrupted(3, (child) => {
      child.kill("SIGINT");
      timers.push(setTimeout(() => child.kill("SIGTERM"), 7_500));
      timers.push(setTimeout(() => killTree(child.pid), 10_000));
    });
    for (const timer of timers) clearTimeout(timer);

    assert.equal(cancelled.ended, "failure");
    assert.match(cancelled.summary, /^### ⏹️ Cancelled while deploying to stack/);
    assert.deepEqual(locksOf(project), []);

    const next = await job("deploy", 4);

    assert.equal(next.ended, "success", next.log);
    const before = outputs.release;
    outputs = await project.outputs();
    assert.notEqual(outputs.release, before);
    assert.equal(outputs.release, built.release);
    assert.equal(outputs.image.split("@")[1], built.digest);
    assert.deepEqual(await pendingOperations(), []);
  });

  it("deploy ends red on a worse model, says why in the summary, and leaves the old release serving", async () => {
    const good = ["model.onnx", "golden.json"].map(
      (file) => [file, readFileSync(project.file(`model/${file}`))] as const,
    );
    worsenModel();

    const { ended, steps, summary } = await job("deploy", 5);

    for (const [file, bytes] of good) writeFileSync(project.file(`model/${file}`), bytes);
    assert.equal(ended, "failure");
    assert.deepEqual(steps.at(-1)?.name, "Change the stack");
    assert.match(summary, /^### ❌ Refused: nothing was deployed to stack <code>workflows<\/code>\n/);
    assert.match(summary, new RegExp(`\nRelease <code>${outputs.release}</code> serves`));
    assert.match(summary, /\n- ❌ accuracy is 0\.7097 on 3,000 rows/);
    const answer = await fetch(outputs.url);
    assert.equal(answer.headers.get("slipway-release"), outputs.release);
  });

  it("a rollback holds: the next deploy says so and deploys nothing, until the stack is unpinned", async () => {
    const [before] = outputs.releases;
    const inputs = { command: "rollback", release: "", reason: "scores drift" };

    const rollback = await job("rollback", 6, { inputs });
    const pinned = await project.outputs();
    const push = await job("deploy", 7);
    const after = await project.outputs();
    const unpin = await job("rollback", 8, { inputs: { ...inputs, command: "unpin", reason: "mended" } });

    assert.equal(rollback.ended, "success", rollback.log);
    assert.deepEqual([pinned.release, pinned.pinned?.reason], [before!.release, "scores drift"]);
    assert.equal(push.ended, "success", push.log);
    assert.deepEqual(after, pinned);
    assert.match(
      push.log,
      new RegExp(
        `^::warning::Stack workflows is pinned to release ${pinned.release}: this commit is not deployed\\.`,
        "m",
      ),
    );
    assert.match(push.summary, /pinned/);
    assert.equal(unpin.ended, "success", unpin.log);
    outputs = await project.outputs();
    assert.deepEqual([outputs.release === pinned.release, outputs.pinned], [false, undefined]);
  });

  itLong(
    "deploy, when it is killed, leaves a lock that the next run takes away only once that run has ended",
    async () => {
      changeModel();
      await interrupted(9, (child) => killTree(child.pid));
      assert.equal(locksOf(project).length, 1);
      github.asked.length = 0;

      github.answer = () => [200, { status: "in_progress" }];
      const tooEarly = await job("deploy", 10);
      github.answer = () => [200, { status: "completed" }];
      const next = await job("deploy", 11);

      assert.equal(tooEarly.ended, "failure");
      assert.match(
        tooEarly.log,
        /The stack is locked by \S+ on run-1009-1 \(process \d+\) since \S+\.\n {2}at: {2}workflow run 1009, which goes on\n {2}fix: /,
      );
      assert.equal(next.ended, "success", next.log);
      assert.deepEqual(
        github.asked.map(({ path }) => path),
        Array(2).fill("/repos/acme/loans/actions/runs/1009/attempts/1"),
      );
      assert.deepEqual([locksOf(project), await pendingOperations()], [[], []]);
    },
  );

  it("drift is green after a deployment, and red on what somebody changed by hand", async () => {
    const before = await job("drift", 12);
    await kubectl("-n", project.namespace, "delete", "service", "loan-approval");

    const after = await job("drift", 13);

    assert.equal(before.ended, "success", before.log);
    assert.match(before.summary, /### ✅ stack <code>workflows<\/code> is as it was deployed/);
    assert.equal(after.ended, "failure", after.log);
    assert.match(after.summary, /\| create \| <code>Service inference<\/code> \|/);
  });

  /** Another file, the same model. */
  function changeModel(): void {
    appendFileSync(project.file("model/model.onnx"), DOC_STRING);
  }

  /** A model that looks at the credit score alone, with golden requests of its own. */
  function worsenModel(): void {
    writeFileSync(project.file("model/model.onnx"), linearModel());
    const request = {
      inputs: { features: [[50000, 35, 720]] },
      outputs: { label: [1], probabilities: [[0.083173, 0.916827]] },
    };
    writeFileSync(project.file("model/golden.json"), JSON.stringify({ requests: [request] }));
  }

  async function pendingOperations(): Promise<readonly unknown[]> {
    const { stdout } = await project.pulumi("stack", "export");
    return JSON.parse(stdout).deployment.pending_operations ?? [];
  }
});

/** The process and all that came of it, at once. */
function killTree(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    process.kill(pid, "SIGKILL");
    for (const child of children.filter(Boolean)) killTree(Number(child));
  } catch {
    // It has ended by itself.
  }
}
