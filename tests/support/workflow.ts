/** Runs a job of `.github/workflows` on this machine: its own steps, in order, with the environment that it gives them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parse } from "yaml";

type Values = Readonly<Record<string, string>>;

interface Step {
  readonly name: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Values;
  readonly env?: Values;
}

interface Job {
  readonly uses?: string;
  readonly with?: Values;
  readonly secrets?: Values;
  readonly env?: Values;
  readonly steps?: readonly Step[];
}

export interface JobOptions {
  /** The checkout. */
  readonly directory: string;
  /** The workflow's name without `.yml`. Its one job is run. */
  readonly workflow: string;
  /** Environment of the machine, besides that of the workflow. */
  readonly env: NodeJS.ProcessEnv;
  readonly vars: Values;
  readonly secrets: Values;
  /** Inputs of a workflow that a person starts. */
  readonly inputs?: Values;
  /** `github.…` in expressions, and GITHUB_… in the environment. */
  readonly github: Values;
  /** Steps that are not run, since this machine does not need them. */
  readonly standIns: readonly string[];
  /** Called with each step's process as it starts. */
  readonly onStart?: (step: string, child: ChildProcess) => void;
}

export interface JobEnd {
  readonly ended: "success" | "failure";
  /** Each step that ran: its name and exit code. */
  readonly steps: readonly { readonly name: string; readonly exitCode: number }[];
  readonly log: string;
  readonly summary: string;
}

/** A step with everything that its expressions may name. */
interface Bound {
  readonly step: Step;
  readonly scope: Readonly<Record<string, Values>>;
  readonly env: Values;
}

/** Runs the workflow's one job as GitHub does, in a host name space of its own: `hostname` changes nothing outside. */
export async function runJob(options: JobOptions): Promise<JobEnd> {
  const work = mkdtempSync(path.join(os.tmpdir(), "slipway-job-"));
  const namespace = spawn("unshare", ["--uts", "sleep", "infinity"], { stdio: "ignore" });
  const files = { GITHUB_ENV: path.join(work, "env"), GITHUB_STEP_SUMMARY: path.join(work, "summary.md") };
  for (const file of Object.values(files)) writeFileSync(file, "");
  const steps: { name: string; exitCode: number }[] = [];
  let log = "";
  try {
    for (const { step, scope, env } of stepsOf(options)) {
      const failed = steps.some(({ exitCode }) => exitCode !== 0);
      if (step.run === undefined || options.standIns.includes(step.name)) continue;
      if (!isWanted(step.if, scope, failed)) continue;
      const script = path.join(work, "step.sh");
      writeFileSync(script, step.run);
      const child = spawn("nsenter", ["--uts", "-t", String(namespace.pid), "bash", "-e", script], {
        cwd: options.directory,
        env: {
          ...options.env,
          ...githubEnvironment(options.github, work),
          ...files,
          ...readPairs(files.GITHUB_ENV),
          ...env,
          ...filled(step.env, scope),
        },
      });
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => (log += chunk.toString()));
      options.onStart?.(step.name, child);
      const [code] = await once(child, "close");
      steps.push({ name: step.name, exitCode: code ?? 1 });
    }
    const ended = steps.every(({ exitCode }) => exitCode === 0) ? "success" : "failure";
    return { ended, steps, log, summary: readFileSync(files.GITHUB_STEP_SUMMARY, "utf8") };
  } finally {
    namespace.kill();
    rmSync(work, { recursive: true });
  }
}

const githubEnvironment = (github: Values, work: string): Values => ({
  CI: "true",
  GITHUB_ACTIONS: "true",
  RUNNER_ENVIRONMENT: "github-hosted",
  RUNNER_TEMP: work,
  ...Object.fromEntries(Object.entries(github).map(([key, value]) => [`GITHUB_${key.toUpperCase()}`, value])),
});

/** Steps of the job, of the workflow of this repository that it calls, and of its actions of this repository. */
function stepsOf({ directory, workflow, vars, secrets, inputs = {}, github }: JobOptions): Bound[] {
  const read = (file: string) => parse(readFileSync(path.join(directory, file), "utf8"));
  const [job] = Object.values<Job>(read(`.github/workflows/${workflow}.yml`).jobs) as [Job];
  let scope: Readonly<Record<string, Values>> = { vars, secrets, github, inputs };
  let { steps = [], env } = job;
  if (job.uses !== undefined) {
    const called = read(job.uses);
    const [inner] = Object.values<Job>(called.jobs) as [Job];
    scope = {
      ...scope,
      inputs: inputsOf(called.on.workflow_call.inputs, job.with, scope),
      secrets: filled(job.secrets, scope),
    };
    ({ steps = [], env } = inner);
  }
  const jobEnv = filled(env, scope);
  return steps.flatMap((step): Bound[] => {
    if (!step.uses?.startsWith("./")) return [{ step, scope, env: jobEnv }];
    const action = read(path.join(step.uses, "action.yml"));
    const inner = { ...scope, inputs: inputsOf(action.inputs, step.with, scope) };
    return action.runs.steps.map((step: Step) => ({ step, scope: inner, env: jobEnv }));
  });
}

function inputsOf(
  declared: Readonly<Record<string, { default?: string }>>,
  given: Values | undefined,
  scope: Bound["scope"],
): Values {
  const defaults = Object.entries(declared).map(([name, input]) => [name, input.default ?? ""]);
  return { ...Object.fromEntries(defaults), ...filled(given, scope) };
}

const filled = (values: Values | undefined, scope: Bound["scope"]): Values =>
  Object.fromEntries(
    Object.entries(values ?? {}).map(([key, text]) => [
      key,
      text.replace(/\$\{\{(.*?)\}\}/g, (_, expression: string) => evaluate(expression, scope)),
    ]),
  );

/** The part of GitHub's expressions that the steps use: names, texts in quotes, `==`, `!=`, `||`. */
function evaluate(expression: string, scope: Bound["scope"]): string {
  const either = expression.split("||");
  if (either.length > 1)
    return either.map((part) => evaluate(part, scope)).find((value) => value !== "") ?? "";
  const [, left, operator, right] = /^(.*?)([!=]=)(.*)$/.exec(expression) ?? [];
  if (left !== undefined && right !== undefined) {
    const equal = evaluate(left, scope) === evaluate(right, scope);
    return String(equal === (operator === "=="));
  }
  const text = expression.trim();
  const [, literal] = /^'(.*)'$/.exec(text) ?? [];
  if (literal !== undefined) return literal;
  const [context = "", name = ""] = text.split(".");
  if (scope[context] === undefined) throw new Error(`The test does not know what ${text} is.`);
  return scope[context][name] ?? "";
}

/** Whether a step runs. Without a condition it does if no step before it failed. */
function isWanted(condition: string | undefined, scope: Bound["scope"], failed: boolean): boolean {
  if (condition === "!cancelled()") return true;
  return !failed && (condition === undefined || evaluate(condition, scope) === "true");
}

function readPairs(file: string): Values {
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.includes("="));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}
