/** Judges a model folder: reads it, runs the model, and lets every check judge the evidence. Edge; knows nothing of Pulumi. */

import { givingWay } from "../common/givingWay.ts";
import { finished } from "../common/steps.ts";
import type { Contract } from "../contract/index.ts";
import { checkAgreement } from "./checks/agreement.ts";
import { checkBatchDependence } from "./checks/batchDependence.ts";
import { checkChampion } from "./checks/champion.ts";
import type { Asked, CheckDefinition } from "./checks/check.ts";
import { checkDeclaredValues } from "./checks/declaredValues.ts";
import { checkGolden } from "./checks/golden.ts";
import { checkHoldout } from "./checks/holdout.ts";
import { checkInvariances } from "./checks/invariances.ts";
import { checkLatency } from "./checks/latency.ts";
import { checkLeakage } from "./checks/leakage.ts";
import { checkLoads } from "./checks/loads.ts";
import { checkMemory } from "./checks/memory.ts";
import { checkMetrics } from "./checks/metrics.ts";
import { checkNaive } from "./checks/naive.ts";
import { checkNondeterminism } from "./checks/nondeterminism.ts";
import { checkOnnx } from "./checks/onnx.ts";
import { checkRepeatedRows } from "./checks/repeatedRows.ts";
import { checkSchema } from "./checks/schema.ts";
import { checkSkew } from "./checks/skew.ts";
import { checkWeakSegments } from "./checks/weakSegments.ts";
import { demandsOf, type Floors } from "./evidence/demands.ts";
import type { ChampionEvidence, ChampionSource, Evidence } from "./evidence/evidence.ts";
import { type GatherOptions, gather } from "./gather.ts";
import { ran } from "./measure/measurements.ts";
import { metricsOf } from "./metrics/metricsOf.ts";
import { readContract } from "./readFolder.ts";
import { type PassedModel, passedModel } from "./report/passedModel.ts";
import { CHECK_NAMES, type Check, type CheckName, type Metric, type Report } from "./report/report.ts";
import { type Override, verdictOf } from "./report/verdict.ts";

export interface JudgeOptions extends GatherOptions {
  readonly champion?: ChampionSource;
  /** The stack's own bounds, tighter than the contract's. */
  readonly floors?: Floors;
  readonly override?: Override | undefined;
}

/** The report, the contract if it is valid, and the model if it may ship. */
export interface Judgement {
  readonly report: Report;
  readonly contract?: Contract;
  readonly passed?: PassedModel;
}

/** All checks except `contract`, which comes before them. */
const CHECKS: Readonly<Record<Exclude<CheckName, "contract">, CheckDefinition>> = {
  onnx: checkOnnx,
  loads: checkLoads,
  schema: checkSchema,
  golden: checkGolden,
  nondeterminism: checkNondeterminism,
  holdout: checkHoldout,
  agreement: checkAgreement,
  skew: checkSkew,
  repeatedRows: checkRepeatedRows,
  leakage: checkLeakage,
  metrics: checkMetrics,
  champion: checkChampion,
  naive: checkNaive,
  weakSegments: checkWeakSegments,
  batchDependence: checkBatchDependence,
  declaredValues: checkDeclaredValues,
  invariances: checkInvariances,
  latency: checkLatency,
  memory: checkMemory,
};
/** These need only the holdout, and are judged while the model runs on it. */
const OF_DATA = ["skew", "repeatedRows", "leakage"] as const;
/** These need the answers to the holdout, and are judged while the model runs on the other tables. */
const OF_ANSWERS = ["agreement", "metrics", "naive", "weakSegments"] as const;

/**
 * @param folder The model folder: `model` in a checkout.
 * @returns A report with every fault in the folder as an objection. None is thrown as an error.
 * @throws CannotJudge if this machine cannot run models.
 */
export async function judge(folder: string, options: JudgeOptions = {}): Promise<Judgement> {
  const { contract, check } = await readContract(folder);
  if (contract === undefined) {
    const champion = { how: "not compared", why: "there is no contract" } as const;
    return { report: { ...EMPTY, verdict: "refused", checks: [check], metrics: [], champion } };
  }
  const { demands, findings } = demandsOf(contract, options.floors ?? {});
  const champion = options.champion ?? { none: "no other model was named" };
  const asked: Asked = { contract, demands, champion };
  const early = new Map<CheckName, Check>();
  let metrics: readonly Metric[] = [];
  const judgeEarly =
    (names: readonly Exclude<CheckName, "contract">[]) =>
    async (evidence: Evidence): Promise<void> => {
      for (const name of names) early.set(name, await madeMeanwhile(name, asked, evidence));
    };
  const evidence = await gather(folder, asked, options, {
    ofData: judgeEarly(OF_DATA),
    ofAnswers: async (evidence) => {
      metrics = await givingWay(metricsOf(evidence));
      await judgeEarly(OF_ANSWERS)(evidence);
    },
  });
  const { how } = evidence.champion;
  if (!ran(evidence.answers)) metrics = [];
  else if (how === "judged" || how === "recorded") metrics = finished(metricsOf(evidence));
  // If an answer was lost, which shows only at the end, no check of the answers counts.
  if (!ran(evidence.answers)) for (const name of OF_ANSWERS) early.delete(name);
  const checks: Check[] = [
    { ...check, objections: [...check.objections, ...findings] },
    ...CHECK_NAMES.flatMap((name) =>
      name === "contract" ? [] : [early.get(name) ?? made(name, asked, evidence)],
    ),
  ];
  const { name, version } = contract;
  const { sha256 } = evidence.model;
  const { holdoutFile } = evidence;
  const holdout = evidence.holdout?.value;
  const report: Report = {
    ...EMPTY,
    ...verdictOf(checks, sha256, options.override),
    model: { name, version, ...(sha256 !== undefined && { sha256 }) },
    checks,
    metrics,
    champion: described(evidence.champion),
    ...(evidence.goldenSha256 !== undefined && {
      golden: { file: evidence.golden.file, sha256: evidence.goldenSha256 },
    }),
    ...(holdout &&
      holdoutFile && {
        holdout: { file: holdoutFile.name, rows: holdout.rows, sha256: holdoutFile.sha256 },
      }),
  };
  const passed = passedModel(folder, { report, contract }, options.override);
  return { report, contract, ...(passed && { passed }) };
}

const EMPTY = { version: 2, remembered: false } as const;

function made(name: Exclude<CheckName, "contract">, asked: Asked, evidence: Evidence): Check {
  const { notAsked, judge } = CHECKS[name];
  const why = notAsked?.(asked);
  return why === undefined ? { name, ...judge(evidence) } : { name, outcome: "notAsked", why };
}

/** The same in steps, with other work in between. */
async function madeMeanwhile(
  name: Exclude<CheckName, "contract">,
  asked: Asked,
  evidence: Evidence,
): Promise<Check> {
  const { steps, notAsked } = CHECKS[name];
  if (steps === undefined || notAsked?.(asked) !== undefined) return made(name, asked, evidence);
  return { name, ...(await givingWay(steps(evidence))) };
}

function described(champion: ChampionEvidence): Report["champion"] {
  switch (champion.how) {
    case "not compared":
      return champion;
    case "not had":
      return { how: "not compared", why: champion.notRun };
    case "recorded":
      return { how: champion.how, name: champion.name, why: champion.why };
    case "judged":
      return { how: champion.how, name: champion.name };
  }
}
