import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  type Judgement,
  judgeOnce,
  type PassedModel,
  reportDigest,
  type ServingChampion,
  writeReport,
} from "../../gate/index.ts";
import { renderReport } from "../../gate/render/index.ts";
import { ALL_ROWS, emergency, type Report } from "../../gate/report/index.ts";
import { DeployError, inWords } from "../environment/deployError.ts";
import type { Settings } from "../settings/rules.ts";
import type { RecordedJudgement } from "./record.ts";

export interface GateArgs {
  /** Where the report goes and the judgement is remembered: it is made once for the same model and gate. */
  readonly workspace: string;
  readonly settings: Pick<Settings, "floors" | "override">;
  /** What the model is compared with. */
  readonly champion: ServingChampion;
}

/**
 * Lets a model through that keeps its contract, and one for which the stack has an override.
 *
 * @throws DeployError with every objection, and with all that could not be judged.
 */
export async function passGate(
  folder: string,
  { workspace, settings: { floors, override }, champion }: GateArgs,
): Promise<PassedModel> {
  const memory = path.join(workspace, "verdict.json");
  const { report, passed } = await judgeOnce(folder, { memory, champion, floors, override }).catch(explained);
  await writeReport({ ...report, remembered: false }, workspace); // a remembered judgement is this model's, too: what lies there may not be
  if (passed === undefined) throw new DeployError([renderReport(report), ...emergency(report)].join("\n\n"));
  await pulumi.log[report.verdict === "overridden" ? "warn" : "info"](renderReport(report));
  if (override !== undefined && report.verdict === "passed")
    await pulumi.log.warn("The setting override is not needed: pulumi config rm override");
  return passed;
}

function explained(error: unknown): Judgement {
  throw inWords(error);
}

/** What the record keeps of the judgement. */
export function recordedJudgement({ report }: { readonly report: Report }): RecordedJudgement {
  const { metrics, override, holdout } = report;
  return {
    verdict: override === undefined ? "passed" : "overridden",
    ...(override !== undefined && { override }),
    reportSha256: reportDigest({ ...report, remembered: false }),
    metrics: Object.fromEntries(
      metrics.filter(({ of }) => of === ALL_ROWS).map(({ metric, value }) => [metric, value]),
    ),
    ...(holdout && { holdoutSha256: holdout.sha256, rows: holdout.rows }),
  };
}
