/** Previews the stack, and tells a pull request of it. Edge. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Report } from "../gate/report/index.ts";
import { marker, type Preview, renderComment } from "./comment.ts";
import { GitHub } from "./github.ts";
import type { BuiltImage } from "./image.ts";
import type { ImageSizes } from "./imageSize.ts";
import { type Environment, runAddress, shortName, stackOf } from "./jobEnvironment.ts";
import { addToSummary } from "./jobSummary.ts";
import { postComment } from "./postComment.ts";
import { readPlan } from "./previewPlan.ts";
import { registrySizes } from "./registrySizes.ts";
import { pulumi } from "./stackCommand.ts";
import { imageFile, previewFile, reportFile } from "./stepFiles.ts";

/** @returns Pulumi's exit code. */
export async function preview(): Promise<number> {
  await forgetReport(process.env);
  const { exitCode, stdout, output } = await pulumi(["preview", "--json"], { show: false });
  const text = stdout.trimStart().startsWith("{") ? stdout : output;
  await mkdir(path.dirname(previewFile), { recursive: true });
  await writeFile(previewFile, text);
  const { changes, errors } = readPlan(text);
  for (const { operation, resource } of changes) console.log(`${operation.padEnd(8)} ${resource}`);
  for (const error of errors) console.error(error);
  if (changes.length + errors.length === 0) console.log("Nothing would change.");
  return exitCode;
}

/** Writes the comment on the pull request that the job is for, and into the job's summary. */
export async function comment(): Promise<void> {
  const stack = stackOf(process.env);
  const plan = readPlan(await readFile(previewFile, "utf8").catch(() => ""));
  const report = await readReport(process.env);
  const built = await readJson<BuiltImage>(imageFile);
  const before = await sizesBefore(plan.before.image);
  const event = await readEvent(process.env);
  const run = runAddress(process.env);
  const about: Preview = {
    stack,
    plan,
    ...(report && { report }),
    sizes: {
      ...(before && { before }),
      ...(built && built.release === plan.release && { after: built.sizes }),
    },
    commit: event?.head.sha ?? process.env["GITHUB_SHA"] ?? "this checkout",
    ...(run !== undefined && { run }),
  };
  const body = renderComment(about);
  await addToSummary(body);
  if (event === undefined) return;
  const done = await postComment(new GitHub(process.env), {
    pullRequest: event.number,
    marker: marker(stack),
    body,
  });
  console.log(`The comment on pull request ${event.number} was ${done}.`);
}

/** So that what is read later is of this run. */
export const forgetReport = (env: Environment): Promise<void> =>
  rm(reportFile(shortName(stackOf(env))), { force: true });

export const readReport = (env: Environment): Promise<Report | undefined> =>
  readJson<Report>(reportFile(shortName(stackOf(env))));

/** The size is nice to have: without it the comment stands all the same. */
async function sizesBefore(image: string | undefined): Promise<ImageSizes | undefined> {
  if (image === undefined) return undefined;
  try {
    return await registrySizes(image);
  } catch (error) {
    console.log(`The size of the image that serves is not known: ${(error as Error).message}`);
    return undefined;
  }
}

/** The pull request that started the job, if one did. */
async function readEvent({ GITHUB_EVENT_PATH: file }: Environment) {
  const event = file
    ? await readJson<{ pull_request?: { number: number; head: { sha: string } } }>(file)
    : undefined;
  return event?.pull_request;
}

async function readJson<T>(file: string): Promise<T | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
