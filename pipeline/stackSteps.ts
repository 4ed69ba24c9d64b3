/** What changes a stack or looks whether it was changed. Edge. */
import type { Ended } from "../common/runProgram.ts";
import { renderDeployment } from "./deployment.ts";
import { required, stackOf } from "./jobEnvironment.ts";
import { addToSummary, warn } from "./jobSummary.ts";
import { forgetReport, readReport } from "./preview.ts";
import { type Outputs, readPlan } from "./previewPlan.ts";
import { changesSection, code, quoted } from "./sections.ts";
import { pulumi, run } from "./stackCommand.ts";
import { whenUnlocked } from "./unlock.ts";

/** `pulumi up`. @returns its exit code. */
export const deploy = (): Promise<number> => change(() => pulumi(["up", "--yes", "--skip-preview"]));

/** `npm run rollback`, to the release in the environment or else to the one before. @returns its exit code. */
export function rollback(): Promise<number> {
  const reason = required(process.env, "REASON", "say in words why, for whoever wonders later");
  const release = process.env["RELEASE"];
  const to = release ? ["--to", release] : [];
  return change(() => run("npm", ["run", "rollback", "--", ...to, "--reason", reason]));
}

/** `npm run unpin`. @returns its exit code. */
export const unpin = (): Promise<number> => change(() => run("npm", ["run", "unpin"]));

async function change(act: () => Promise<Ended>): Promise<number> {
  const stack = stackOf(process.env);
  const before = await outputs();
  await forgetReport(process.env);
  const { exitCode, cancelled, output } = await whenUnlocked(act);
  const after = cancelled ? before : await outputs();
  const report = await readReport(process.env);
  const ended = cancelled ? "cancelled" : exitCode === 0 ? "well" : "failed";
  await addToSummary(renderDeployment({ stack, before, after, ended, output, ...(report && { report }) }));
  if (after.pinned !== undefined)
    warn(`Stack ${stack} is pinned to release ${after.pinned.release}: this commit is not deployed.`);
  return exitCode;
}

/** Looks whether somebody changed by hand what the stack declares. @returns Pulumi's exit code. */
export async function drift(): Promise<number> {
  const args = ["preview", "--refresh", "--expect-no-changes", "--json"];
  const { exitCode, stdout, output } = await pulumi(args, { show: false });
  const { changes, errors } = readPlan(stdout.trimStart().startsWith("{") ? stdout : output);
  const on = `stack ${code(stackOf(process.env))}`;
  const found =
    exitCode === 0
      ? [`### ✅ ${on} is as it was deployed`]
      : errors.length > 0
        ? [`### ❌ ${on} could not be looked at`, quoted(errors.join("\n\n"))]
        : [`### ❌ ${on} is not as it was deployed`, ...changesSection(changes)];
  await addToSummary(found.join("\n\n"));
  for (const { operation, resource, properties } of changes)
    console.log(`${operation.padEnd(8)} ${resource}: ${properties.join(", ")}`);
  for (const error of errors) console.error(error);
  return exitCode;
}

/** Nothing of a stack that has none, or cannot be read: what comes next says why. */
export async function outputs(): Promise<Outputs> {
  const { exitCode, stdout } = await pulumi(["stack", "output", "--json"], { show: false });
  return exitCode === 0 ? (JSON.parse(stdout) as Outputs) : {};
}
