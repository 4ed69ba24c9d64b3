/** Judges the model without a stack: what a fork's pull request can run. Edge. */

import { MODEL_FOLDER } from "../common/checkout.ts";
import { judgeOnce, type PassedModel } from "../gate/index.ts";
import { renderMarkdown, renderReport } from "../gate/render/index.ts";
import { exitCodeOf } from "../gate/report/index.ts";
import { addToSummary } from "./jobSummary.ts";
import { PipelineError } from "./pipelineError.ts";
import { verdictFile } from "./stepFiles.ts";

/** @returns the exit code: 0 if the model passed, 1 if it is refused, 2 if it could not be judged. */
export async function gate(): Promise<number> {
  const { report } = await judgeOnce(MODEL_FOLDER, { memory: verdictFile });
  console.log(renderReport(report));
  await addToSummary(renderMarkdown(report));
  return exitCodeOf(report.verdict);
}

/** @throws PipelineError with every objection. */
export async function judgedModel(): Promise<PassedModel> {
  const { report, passed } = await judgeOnce(MODEL_FOLDER, { memory: verdictFile });
  if (passed === undefined)
    throw new PipelineError(renderReport(report), {
      fix:
        report.verdict === "refused"
          ? "mend the model; npm run validate says the same"
          : "run this step again, on a machine that can judge the model",
    });
  return passed;
}
