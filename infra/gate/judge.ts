/** Judges a model folder: reads it, has the model run, has every check look at what came out. Edge; knows nothing of Pulumi. */
import { stat } from "node:fs/promises";
import path from "node:path";
import type { Contract } from "../../model/contract.ts";
import { answeredOutputs, toAnswers } from "./answers.ts";
import { type ChampionSource, judgeChampion } from "./champion.ts";
import { batchTables, checkBatchDependence } from "./checks/batchDependence.ts";
import { checkChampion } from "./checks/champion.ts";
import { checkGolden } from "./checks/golden.ts";
import { checkHoldout } from "./checks/holdout.ts";
import { checkInvariances, invarianceTables } from "./checks/invariances.ts";
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
import { checkWeakSegments, partitionsOf } from "./checks/weakSegments.ts";
import { demandsOf, type Floors } from "./demands.ts";
import type { ChampionEvidence, CheckFunction, Evidence } from "./evidence.ts";
import type { Holdout } from "./holdout.ts";
import { BATCH, LIMITS, type Limits, type Runner, startRunner } from "./isolated.ts";
import { failed, type Job } from "./measurements.ts";
import { metricsOf } from "./metrics/metricsOf.ts";
import { type Override, verdictOf } from "./override.ts";
import { type Materials, readContract, readMaterials, readModel } from "./readFolder.ts";
import type { Check, Report } from "./report.ts";

export interface JudgeOptions {
  readonly champion?: ChampionSource;
  /** The stack's own, tighter than the contract's. */
  readonly floors?: Floors;
  readonly override?: Override | undefined;
  readonly limits?: Limits;
}

/** The report, and the contract if there is one to trust. */
export interface Judgement {
  readonly report: Report;
  readonly contract?: Contract;
}

/** In the order of the report. */
const MODEL_CHECKS: readonly CheckFunction[] = [
  checkOnnx,
  checkLoads,
  checkSchema,
  checkGolden,
  checkNondeterminism,
  checkHoldout,
];
/** They need the holdout alone, and are made while the model runs. */
const DATA_CHECKS: readonly CheckFunction[] = [checkSkew, checkRepeatedRows, checkLeakage];
const ANSWER_CHECKS: readonly CheckFunction[] = [
  checkMetrics,
  checkChampion,
  checkNaive,
  checkWeakSegments,
  checkBatchDependence,
  checkInvariances,
  checkLatency,
  checkMemory,
];

/** The holdout among the tables that the model runs on. */
const HOLDOUT = "holdout";

/**
 * @param folder The model folder: `model` in a checkout.
 * @returns whatever is wrong in the folder as an objection in the report, never as an error.
 * @throws CannotJudge if this machine cannot run models.
 */
export async function judge(folder: string, options: JudgeOptions = {}): Promise<Judgement> {
  const { contract, check } = await readContract(folder);
  if (contract === undefined) {
    const champion = { how: "not compared", why: "there is no contract" } as const;
    return { report: { ...EMPTY, verdict: "refused", checks: [check], metrics: [], champion } };
  }
  const { name, version } = contract;
  const { demands, findings } = demandsOf(contract, options.floors ?? {});
  const limits = options.limits ?? (await limitsFor(folder));
  const runner = startRunner(limits); // it takes as long to start as a large holdout to read
  const gathering = { folder, contract, demands, limits, runner, ...options };
  const { evidence, dataChecks } = await gather(gathering).finally(() => runner.stop());
  const checks: Check[] = [
    { ...check, objections: [...check.objections, ...findings] },
    ...made(MODEL_CHECKS, evidence),
    ...dataChecks,
    ...made(ANSWER_CHECKS, evidence),
  ];
  const { sha256 } = evidence.model;
  const { holdoutFile } = evidence;
  const holdout = evidence.holdout?.value;
  const report: Report = {
    ...EMPTY,
    ...verdictOf(checks, sha256, options.override),
    model: { name, version, ...(sha256 !== undefined && { sha256 }) },
    checks,
    metrics: metricsOf(evidence),
    champion: described(evidence.champion),
    ...(holdout &&
      holdoutFile && {
        holdout: { file: holdoutFile.name, rows: holdout.rows, sha256: holdoutFile.sha256 },
      }),
  };
  return { report, contract };
}

const EMPTY = { version: 1, remembered: false } as const;

interface Gathering extends JudgeOptions {
  readonly folder: string;
  readonly contract: Contract;
  readonly demands: Evidence["demands"];
  readonly limits: Limits;
  readonly runner: Runner;
}

const made = (checks: readonly CheckFunction[], evidence: Evidence): Check[] =>
  checks.flatMap((check) => check(evidence) ?? []);

/** Reads the folder, runs the model, looks at the data meanwhile, and runs the champion on the same rows. */
async function gather(gathering: Gathering): Promise<{ evidence: Evidence; dataChecks: readonly Check[] }> {
  const {
    folder,
    contract,
    demands,
    limits,
    runner,
    champion = { none: "no other model was named" },
  } = gathering;
  const model = await readModel(path.join(folder, "model.onnx"), contract.validation?.budgets?.sizeMebibytes);
  const runs = checkOnnx({ contract, model }).objections.length === 0;
  if (runs) runner.load(path.join(folder, "model.onnx"));
  const materials = await readMaterials(folder, contract);
  const nothing: Evidence = {
    ...materials,
    model,
    contract,
    demands,
    champion: { how: "not compared", why: "the model has no answers to be compared" },
  };
  if (!runs) return { evidence: nothing, dataChecks: made(DATA_CHECKS, nothing) };
  const holdout = materials.holdout?.value;
  let dataChecks: readonly Check[] | undefined;
  const measured = await runner.measure(jobOf(contract, materials, holdout), () => {
    dataChecks = made(DATA_CHECKS, nothing);
    if (holdout) partitionsOf(contract, holdout);
  });
  dataChecks ??= made(DATA_CHECKS, nothing); // the model's process ended before it began
  const table = measured.tables[HOLDOUT];
  if (table === undefined || holdout === undefined) return { evidence: { ...nothing, measured }, dataChecks };
  const answers = failed(table) ? table : toAnswers(contract, holdout, table.outputs);
  if (failed(answers)) return { evidence: { ...nothing, measured, unanswered: answers.error }, dataChecks };
  const task = { contract, holdoutFile: materials.holdoutFile!, answers, limits };
  const compared = await judgeChampion(champion, task);
  return { evidence: { ...nothing, measured, answers, champion: compared }, dataChecks };
}

function jobOf(contract: Contract, { golden }: Pick<Materials, "golden">, holdout: Holdout | undefined): Job {
  const outputs = answeredOutputs(contract);
  return {
    contract,
    golden: (golden.value ?? []).map(({ inputs }) => inputs),
    tables: holdout
      ? {
          [HOLDOUT]: { rows: holdout.rows, inputs: holdout.inputs, outputs, batch: BATCH },
          ...batchTables(contract, holdout),
          ...invarianceTables(contract, holdout),
        }
      : {},
  };
}

/** A large model is in memory three times while it loads: its bytes, what is read of them, and the session. */
async function limitsFor(folder: string): Promise<Limits> {
  const { size } = await stat(path.join(folder, "model.onnx")).catch(() => ({ size: 0 }));
  return { ...LIMITS, mebibytes: LIMITS.mebibytes + Math.ceil((4 * size) / 2 ** 20) };
}

function described(champion: ChampionEvidence): Report["champion"] {
  if (champion.how === "not compared") return champion;
  const { how, name } = champion;
  return how === "recorded" ? { how, name, why: champion.why } : { how, name };
}
