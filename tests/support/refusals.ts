/** What the gate says about the artefacts that must not ship: `docs/refusals.md`. */
import { readFileSync } from "node:fs";
import { type JudgeOptions, judge } from "../../gate/judge.ts";
import type { BadArtefact } from "./badArtefacts.ts";
import { ModelFolder } from "./modelFolder.ts";

export const REFUSALS = "docs/refusals.md";

/**
 * The verdict and each objection, with N for each measurement.
 *
 * @param spawn Starts the model's process. @default as the gate does
 */
export async function refusalOf(
  { breakIt, options, measured }: BadArtefact,
  spawn?: JudgeOptions["spawn"],
): Promise<string> {
  using folder = new ModelFolder();
  breakIt(folder);
  const { report } = await judge(folder.path, { spawn, ...options });
  const objections = report.checks.flatMap((check) =>
    check.outcome === "judged"
      ? check.objections.map(
          ({ what, where, fix }) => `${check.name}: ${what}\n  at:  ${where}\n  fix: ${fix}`,
        )
      : [],
  );
  const text = [report.verdict, ...objections].join("\n");
  return measured === undefined ? text : text.replace(measured, "N");
}

/** By the name of the artefact. */
export function writtenRefusals(): ReadonlyMap<string, string> {
  const sections = readFileSync(REFUSALS, "utf8").matchAll(/^## (.+)\n\n```text\n([^]*?)\n```$/gm);
  return new Map(Array.from(sections, ([, name, text]) => [name!, text!]));
}
