/** Gathers all evidence: reads the folder, and runs the model and the champion on the same rows. Edge. */
import path from "node:path";
import { givingWay } from "../common/givingWay.ts";
import { sizeOf } from "../common/regularFile.ts";
import { answeredOutputs, type Contract } from "../contract/index.ts";
import { Arriving } from "./arriving.ts";
import { judgeChampion } from "./championEvidence.ts";
import type { Asked } from "./checks/check.ts";
import { declaredTables } from "./checks/declaredValues.ts";
import { HOLDOUT } from "./checks/holdout.ts";
import { invarianceTables } from "./checks/invariances.ts";
import { twiceTables } from "./checks/nondeterminism.ts";
import { judgeFile } from "./checks/onnx.ts";
import { partitionsOf } from "./checks/weakSegments.ts";
import type { Material } from "./data/material.ts";
import type { Holdout } from "./data/parseHoldout.ts";
import { allRows } from "./data/rowsToRun.ts";
import { toAnswers } from "./evidence/answers.ts";
import type { ChampionSource, Evidence } from "./evidence/evidence.ts";
import { singleRows } from "./evidence/singleRows.ts";
import { batchRows, type Limits, limitsFor } from "./measure/limits.ts";
import { type MeasureOptions, Measuring } from "./measure/measureModel.ts";
import { type Measurements, notRun, ran } from "./measure/measurements.ts";
import { openHoldout, readGolden, readModel } from "./readFolder.ts";

export interface GatherOptions {
  /** Unset: they follow from the contract, the model and the holdout. */
  readonly limits?: Partial<Limits>;
  /** Starts the process that runs the model. Unset: the real one. */
  readonly spawn?: MeasureOptions["spawn"];
}

/** Work that is done while the model runs. */
export interface Meanwhile {
  /** When the holdout has been read. The model is running on it. */
  readonly ofData: (evidence: Evidence) => Promise<void>;
  /** When it has been answered. The model is running on the other tables. */
  readonly ofAnswers: (evidence: Evidence) => Promise<void>;
}

/** @throws CannotJudge if this machine cannot run models. */
export async function gather(
  folder: string,
  { contract, demands, champion }: Asked,
  { limits, spawn }: GatherOptions,
  meanwhile: Meanwhile,
): Promise<Evidence> {
  const modelFile = path.join(folder, "model.onnx");
  const options: MeasureOptions = {
    limits: { ...limitsFor(contract, await sizesOf(folder, contract)), ...limits },
    spawn,
  };
  const measuring = new Measuring(contract, options); // it takes as long to start as it takes to read a large holdout
  try {
    const model = await readModel(modelFile, contract.validation?.budgets?.sizeMebibytes);
    if (judgeFile({ contract, model }).objections.length > 0) measuring.stop("its file is refused");
    const loading = begun(() => measuring.load(modelFile));
    const { golden, sha256: goldenSha256 } = await readGolden(folder, contract);
    const { reader, unreadable, file } = await openHoldout(folder, contract);
    const arriving = reader && new Arriving(reader);
    const running = begun(async () => {
      await loading;
      await measuring.golden((golden.value ?? []).map(({ inputs }) => inputs));
      if (arriving) await runHoldout(contract, measuring, arriving);
    });
    const holdout: Material<Holdout> | undefined = arriving ? await arriving.material() : unreadable;
    const holdoutFile = await file;
    const data = {
      contract,
      model,
      golden,
      ...(goldenSha256 !== undefined && { goldenSha256 }),
      ...(holdout && { holdout }),
      ...(holdoutFile && { holdoutFile }),
      demands,
      champion: {
        how: "not compared",
        why: whyNot(champion, contract),
      } as const,
    };
    const soFar = (answers: Evidence["answers"]) => ({ ...data, measured: measuring.measurements, answers });

    await meanwhile.ofData(soFar({ notRun: "the model has not been run yet", fault: "machine" }));
    if (holdout?.value) await givingWay(partitionsOf(contract, holdout.value));
    await running;
    const answers = answersOf(contract, holdout?.value, measuring.measurements);
    const others = begun(() => runTheRest(contract, measuring, data));
    if (ran(answers)) await meanwhile.ofAnswers(soFar(answers));
    await others;
    await measuring.end();
    const evidence = soFar(answersAtEnd(answers, measuring.measurements));
    if (!ran(evidence.answers) || holdoutFile === undefined) return evidence;
    const task = { contract, holdoutFile, answers: evidence.answers, options };
    return { ...evidence, champion: await judgeChampion(champion, task) };
  } finally {
    measuring.stop("the judgement is over");
  }
}

/** Why nothing is compared with a champion. Used unless something is. */
function whyNot(champion: ChampionSource, { validation }: Contract): string {
  if ("none" in champion) return champion.none;
  return validation?.holdout === undefined
    ? "there are no rows to compare on"
    : "the model has no answers to compare";
}

/** Starts something that is awaited later, and keeps a rejection before that from being reported as unhandled. */
function begun<T>(start: () => Promise<T>): Promise<T> {
  const promise = start();
  promise.catch(() => {});
  return promise;
}

async function runHoldout(contract: Contract, measuring: Measuring, arriving: Arriving): Promise<void> {
  const { reader } = arriving;
  const outputs = contract.outputs.map(({ name }) => name);
  const batch = batchRows(contract);
  const table = {
    rows: reader.capacity,
    inputs: allRows(contract, () => reader.soFar),
    outputs,
    returned: answeredOutputs(contract),
    batch,
  };
  await measuring.table(HOLDOUT, table, { lines: () => reader.lines, arriving });
}

/** Runs the model on the tables made from the holdout, and measures its memory and time. */
async function runTheRest(
  contract: Contract,
  measuring: Measuring,
  { golden, holdout }: Pick<Evidence, "golden" | "holdout">,
): Promise<void> {
  const tables = {
    ...(holdout?.value && twiceTables(contract, holdout.value)),
    ...declaredTables(contract, { golden, ...(holdout && { holdout }) }),
    ...(holdout?.value && invarianceTables(contract, holdout.value)),
  };
  for (const [name, table] of Object.entries(tables)) await measuring.table(name, table);
  await measuring.memory();
  await measuring.latency(singleRows(contract, golden.value ?? [], holdout?.value));
}

function answersOf(
  contract: Contract,
  holdout: Holdout | undefined,
  { tables }: Measurements,
): Evidence["answers"] {
  const table = tables[HOLDOUT];
  if (table === undefined || holdout === undefined)
    return { notRun: "the holdout cannot be used", fault: "model" };
  return ran(table) ? toAnswers(contract, holdout, table) : table;
}

/** The answers, unless some turned out to be lost at the end. */
function answersAtEnd(answers: Evidence["answers"], { tables }: Measurements): Evidence["answers"] {
  const table = tables[HOLDOUT];
  return table !== undefined && notRun(table) && ran(answers) ? table : answers;
}

/** Sizes in bytes, 0 for a missing file. */
async function sizesOf(folder: string, { validation }: Contract) {
  return {
    modelBytes: await sizeOf(path.join(folder, "model.onnx")),
    holdoutBytes: validation?.holdout ? await sizeOf(path.join(folder, validation.holdout.file)) : 0,
  };
}
