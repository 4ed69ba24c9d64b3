/** `npm start`: from any state of the machine to a served prediction. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Listr, type ListrTaskWrapper } from "listr2";

import { MODEL_FOLDER } from "../common/checkout.ts";
import { cut } from "../common/displayWidth.ts";
import { parseExactJson } from "../contract/index.ts";
import { judge } from "../gate/judge.ts";
import { renderReport } from "../gate/render/index.ts";
import { exitCodeOf } from "../gate/report/index.ts";
import { registry } from "./components.ts";
import { fetchDaemons, up } from "./daemons.ts";
import { type FirstRequest, firstRequest, type Golden } from "./firstRequest.ts";
import { pushImages } from "./images.ts";
import { checkMachine, checkSupport } from "./machine.ts";
import { exclusively, takeOwnership } from "./owner.ts";
import { preparePulumi, pulumi, STACK } from "./pulumiStack.ts";
import { SandboxError } from "./sandboxError.ts";
import { findToolchain, type Toolchain } from "./toolchain.ts";

/** Each task fills in its part. */
interface Progress {
  unpacked: string;
  toolchain: Toolchain;
  baseImage: string;
  outputs: { url: string; image: string; release: string; pinned?: { release: string } };
  request: FirstRequest;
  answer: string;
}

type Task = Pick<ListrTaskWrapper<Progress, never, never>, "output" | "title">;

/** @throws SandboxError if the machine, the model or the deployment is at fault. */
export async function start(): Promise<void> {
  const { report, passed } = await judge(MODEL_FOLDER);
  console.log(`${renderReport(report)}\n`);
  if (passed === undefined) {
    process.exitCode = exitCodeOf(report.verdict);
    return;
  }
  const { contract } = passed;
  await changing(async () => {
    const golden = await readFile(path.join(MODEL_FOLDER, contract.validation!.golden.file), "utf8");
    const request = firstRequest(contract, parseExactJson(golden, String) as Golden);
    console.log(summary(await run([...sandboxTasks, ...deployTasks(request)])));
  });
}

/** Starts the sandbox and deploys nothing, for the end-to-end tests. */
export async function startSandbox(): Promise<void> {
  await changing(() => run(sandboxTasks));
}

/** Checks support first: an unsupported machine may have no locks either. */
async function changing(action: () => Promise<unknown>): Promise<void> {
  checkSupport();
  await exclusively(async () => {
    await checkMachine();
    await action();
  });
}

interface Step {
  readonly title: string;
  task(context: Progress, task: Task): Promise<void>;
}

const sandboxTasks: readonly Step[] = [
  {
    title: "Fetch containerd, etcd and the registry from Debian's packages",
    task: async (context) => {
      context.unpacked = await fetchDaemons();
    },
  },
  {
    title: "Find or build Pulumi, BuildKit and Kubernetes",
    task: async (context, task) => {
      context.toolchain = await findToolchain(throttled((line) => (task.output = line)));
    },
  },
  {
    title: "Start the cluster",
    task: async (context, task) => {
      const before = takeOwnership();
      const started = await up(context, (name) => (task.output = name));
      if (started.length === 0) task.title += ": it runs";
      if (before !== undefined) task.title += `, with what ${before} left in it`;
    },
  },
  {
    title: "Push the base image",
    task: async (context, task) => {
      context.baseImage = await pushImages(context.unpacked, (line) => (task.output = line));
    },
  },
  {
    title: "Prepare the stack",
    task: ({ toolchain, baseImage }) => preparePulumi(toolchain, baseImage),
  },
];

const deployTasks = (request: FirstRequest): readonly Step[] => [
  {
    title: `pulumi up on stack ${STACK}`,
    task: async (context, task) => {
      const show = throttled((line) => (task.output = line));
      const { exitCode, output } = await pulumi(["up", "--stack", STACK, "--yes", "--skip-preview"], {
        onLine: (line) => /^ [+~-]/.test(line) && show(line.trim()),
      });
      if (exitCode !== 0)
        throw new SandboxError(`pulumi up failed.\n\n${diagnostics(output)}`, {
          fix: "npm start tries again",
        });
      const outputs = await pulumi(["stack", "output", "--stack", STACK, "--json"]);
      context.outputs = JSON.parse(outputs.stdout);
      if (!/^ {4}[+~-]/m.test(output.slice(output.lastIndexOf("Resources:"))))
        task.title += ": nothing changed";
      const { pinned } = context.outputs;
      if (pinned)
        task.title += `; it is pinned to release ${pinned.release}, so model/ was not deployed: npm run unpin`;
    },
  },
  {
    title: "Ask the model once",
    task: async (context) => {
      const { ok, text } = await ask(context.outputs.url, request);
      Object.assign(context, { request, answer: text });
      if (ok) return;
      throw new SandboxError(`The service does not answer as it should: ${text}`, {
        at: context.outputs.url,
        fix: "kubectl get events --all-namespaces, in a shell with the sandbox's environment",
      });
    },
  },
];

/** Asks until there is an answer, for at most 30 s: pods that restart with the cluster need a moment. */
async function ask(url: string, { path: route, body }: FirstRequest): Promise<{ ok: boolean; text: string }> {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body };
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await fetch(url + route, { ...request, signal: AbortSignal.timeout(5000) }).then(
      async (response) => ({ ok: response.ok, text: await response.text() }),
      (error: Error) => ({ ok: false, text: String(error.cause ?? error) }),
    );
    if (answer.ok || Date.now() > deadline) return answer;
    await sleep(500);
  }
}

/** Runs the steps one after the other. Marks a failed one, and leaves it to the caller to show the whole error. */
async function run(steps: readonly Step[]): Promise<Progress> {
  let failure: unknown;
  const list = new Listr<Progress>(
    steps.map(({ title, task }) => ({
      title,
      task: async (context, wrapper) => {
        try {
          await task(context, wrapper);
        } catch (error) {
          failure = error;
          throw new Error("see below", { cause: error });
        }
      },
    })),
    { rendererOptions: { showErrorMessage: false }, registerSignalListeners: false },
  );
  try {
    return await list.run();
  } catch (error) {
    throw failure ?? error;
  }
}

/** On a terminal, each line replaces the one before. In a log, one every 15 s is enough. */
function throttled(show: (line: string) => void): (line: string) => void {
  const pause = process.stdout.isTTY ? 200 : 15_000;
  let last = 0;
  return (line) => {
    if (Date.now() - last < pause) return;
    last = Date.now();
    show(line);
  };
}

/** Pulumi's final messages, without its progress lines. */
const diagnostics = (output: string) => output.slice(Math.max(0, output.indexOf("Diagnostics:")));

/** Columns that a request and its answer take. */
const LONGEST = 200;

/** Most lines fit 80 columns. `pulumi stack output` has the whole values. */
function summary({
  outputs: { url, image, release },
  request: { path: route, body },
  answer,
}: Progress): string {
  return `
  asked     POST ${url}${route} ${cut(body, LONGEST)}
  answered  ${cut(answered(answer), LONGEST)}

  service   ${url}
  registry  http://${registry}
  release   ${release}
  image     ${image.slice(0, image.indexOf("@") + 20)}…

Next, try:
  curl -H 'content-type: application/json' -d '${body.replaceAll("'", String.raw`'\''`)}' \\
    ${url}${route}
  eval "$(npm run --silent sandbox -- env)" && pulumi preview
  npm run sandbox -- down`;
}

/** The prediction, with scores to three digits; or the outputs, if the answer is the protocol's own. */
function answered(answer: string): string {
  const { prediction, scores, outputs } = JSON.parse(answer) as {
    readonly prediction?: unknown;
    readonly scores?: readonly (readonly number[])[];
    readonly outputs?: unknown;
  };
  const rounded = scores?.map((row) => row.map((score) => Number(score.toFixed(3))));
  return JSON.stringify({ prediction, scores: rounded, outputs });
}
