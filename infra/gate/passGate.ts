import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Contract } from "../../model/contract.ts";
import { DeployError } from "../errors.ts";
import type { RecordedJudgement } from "../release/record.ts";
import type { Settings } from "../settings.ts";
import { CannotJudge } from "./cannotJudge.ts";
import type { Judgement } from "./judge.ts";
import { judgeOnce, type Serving } from "./memory.ts";
import { emergency } from "./override.ts";
import { renderReport } from "./render/terminal.ts";
import { ALL_ROWS, type Report } from "./report.ts";
import { reportDigest, writeReport } from "./reportFiles.ts";

declare const gatePassed: unique symbol;

/** A model folder that passed the gate. Only `passGate` makes one. */
export interface ValidatedModel {
  readonly folder: string;
  readonly contract: Contract;
  /** Of model.onnx, in hex. */
  readonly sha256: string;
  readonly judgement: RecordedJudgement;
  readonly [gatePassed]: true;
}

export interface GateArgs {
  /** Where the report goes and the judgement is remembered: it is made once for the same model and gate. */
  readonly workspace: string;
  readonly settings: Pick<Settings, "floors" | "override">;
  /** What the model is compared with. */
  readonly serving: Serving;
}

/**
 * Lets a model through that keeps its contract, and one for which the stack has an override.
 *
 * @throws DeployError with every objection.
 */
export async function passGate(
  folder: string,
  { workspace, settings: { floors, override }, serving }: GateArgs,
): Promise<ValidatedModel> {
  const memory = path.join(workspace, "verdict.json");
  const { report, contract } = await judgeOnce(folder, { memory, serving, floors, override }).catch(
    explained,
  );
  await writeReport({ ...report, remembered: false }, workspace); // a remembered judgement is this model's, too: what lies there may not be
  const sha256 = report.model?.sha256;
  if (report.verdict === "refused" || contract === undefined || sha256 === undefined)
    throw new DeployError([renderReport(report), ...emergency(report)].join("\n\n"));
  await pulumi.log[report.verdict === "overridden" ? "warn" : "info"](renderReport(report));
  if (override !== undefined && report.verdict === "passed")
    await pulumi.log.warn("The setting override is not needed: pulumi config rm override");
  return { folder, contract, sha256, judgement: recorded(report, report.verdict) } as ValidatedModel;
}

function explained(error: unknown): Judgement {
  if (error instanceof CannotJudge) throw new DeployError(`${error.message}\n  fix: ${error.fix}`);
  throw error;
}

function recorded(report: Report, verdict: RecordedJudgement["verdict"]): RecordedJudgement {
  const { metrics, override, holdout } = report;
  return {
    verdict,
    ...(override !== undefined && { override }),
    reportSha256: reportDigest({ ...report, remembered: false }),
    metrics: Object.fromEntries(
      metrics.filter(({ of }) => of === ALL_ROWS).map(({ metric, value }) => [metric, value]),
    ),
    ...(holdout && { holdoutSha256: holdout.sha256, rows: holdout.rows }),
  };
}
