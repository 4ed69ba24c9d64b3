/** Judges the model without a stack: what a fork's pull request can run. Edge. */
import { judgeOnce } from "../infra/gate/memory.ts";
import type { ValidatedModel } from "../infra/gate/passGate.ts";
import { renderMarkdown } from "../infra/gate/render/markdown.ts";
import { renderReport } from "../infra/gate/render/terminal.ts";
import { addToSummary } from "./jobSummary.ts";
import { PipelineError } from "./pipelineError.ts";
import { model, verdictFile } from "./places.ts";

/** @returns whether the model passed. */
export async function gate(): Promise<boolean> {
  const { report } = await judgeOnce(model, { memory: verdictFile });
  console.log(renderReport(report));
  await addToSummary(renderMarkdown(report));
  return report.verdict !== "refused";
}

/** @throws PipelineError with every objection. */
export async function passedModel(): Promise<ValidatedModel> {
  const { report, contract } = await judgeOnce(model, { memory: verdictFile });
  if (report.verdict === "refused" || contract === undefined)
    throw new PipelineError(renderReport(report), { fix: "mend the model; npm run validate says the same" });
  return { folder: model, contract, sha256: report.model?.sha256 } as ValidatedModel;
}
