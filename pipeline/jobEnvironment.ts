/** What a job's environment says, as GitHub and the workflows set it. Pure. */
import { PipelineError } from "./pipelineError.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws PipelineError if it is not set. */
export function required(env: Environment, name: string, fix: string): string {
  const value = env[name];
  if (value) return value;
  throw new PipelineError(`${name} is not set.`, { at: "the environment", fix });
}

/** The stack that every command works on, as Pulumi's own variable names it: `production` or `acme/production`. */
export const stackOf = (env: Environment): string =>
  required(
    env,
    "PULUMI_STACK",
    "export PULUMI_STACK=production, or set the repository's variable of that name",
  );

/** Without the organization: what the program itself is told. */
export const shortName = (stack: string): string => stack.split("/").at(-1) ?? stack;

/** Where the workflow run shows; nothing outside of GitHub. */
export function runAddress({
  GITHUB_SERVER_URL,
  GITHUB_REPOSITORY,
  GITHUB_RUN_ID,
}: Environment): string | undefined {
  if (!GITHUB_SERVER_URL || !GITHUB_REPOSITORY || !GITHUB_RUN_ID) return undefined;
  return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
}

/** A workflow run, and which time it was run. */
export interface Run {
  readonly id: string;
  readonly attempt: string;
}

/** The name of a runner that a run has to itself. It stands in the lock that Pulumi leaves on a stack in a bucket. */
export const runnerName = ({ id, attempt }: Run): string => `run-${id}-${attempt}`;

/** The run that gave a machine its name, if one did. */
export function runOf(host: string): Run | undefined {
  const [, id, attempt] = /^run-(\d+)-(\d+)$/.exec(host) ?? [];
  return id === undefined || attempt === undefined ? undefined : { id, attempt };
}
