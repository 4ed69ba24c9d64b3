/** Makes a model folder that passes the gate from an ONNX file and labelled rows. Edge. */
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { CHECKOUT } from "../common/checkout.ts";
import type { Contract } from "../contract/index.ts";
import { parseContract } from "../contract/parseContract.ts";
import { judge } from "../gate/judge.ts";
import type { Report } from "../gate/report/index.ts";
import { layOut } from "./layOut.ts";
import { type Choices, type Decision } from "./mistake.ts";
import { type ModelFiles, writeFolder } from "./modelFolder.ts";
import { nameModel } from "./nameModel.ts";
import { planJudged } from "./planJudged.ts";
import { planRaw } from "./planRaw.ts";
import { readHoldout } from "./readHoldout.ts";
import { type ModelToAdopt, readModelFile } from "./readModelFile.ts";

const SCHEMA = "contract/contract.schema.json";

/** The path at which editors find the contract's schema. A folder outside the checkout gets the same path as `model/`. */
function schemaFrom(folder: string): string {
  const within = path.relative(CHECKOUT, path.resolve(folder));
  const up =
    within.startsWith("..") || path.isAbsolute(within) ? [".."] : within.split(path.sep).map(() => "..");
  return [...up, SCHEMA].join("/");
}

export interface Adopted {
  readonly contract: Contract;
  /** What the file says about itself: opset, IR, operators, producer. */
  readonly summary: string;
  readonly decisions: readonly Decision[];
  /** The gate's report on what was written. */
  readonly report: Report;
  /** The body of a request that the model answers: for /predict or, without columns, for /v2/models/NAME/infer. */
  readonly example: object;
}

export interface AdoptArgs {
  readonly modelFile: string;
  /** Without one, only golden requests judge the model. */
  readonly holdoutFile?: string | undefined;
  readonly choices: Choices;
  /** The result is written here, whether it passes or not. */
  readonly staging: string;
  /** The folder that it is meant for: the contract names its schema relative to it. */
  readonly folder: string;
}

/**
 * @throws Mistake if model or data cannot be used; OpenQuestion if neither answers a question.
 * @throws CannotJudge if ONNX Runtime does not run here.
 */
export async function adopt(args: AdoptArgs): Promise<Adopted> {
  const { modelFile, staging } = args;
  await mkdir(path.dirname(staging), { recursive: true });
  const repairedFile = `${staging}-model.onnx`;
  try {
    return await adoptFile(await readModelFile(modelFile, repairedFile), args);
  } finally {
    await rm(repairedFile, { force: true });
  }
}

async function adoptFile(
  model: ModelToAdopt,
  { modelFile, holdoutFile, choices, staging, folder }: AdoptArgs,
): Promise<Adopted> {
  const name = nameModel(choices.name, modelFile);
  const table = holdoutFile === undefined ? undefined : await readHoldout(holdoutFile);
  const plan =
    table === undefined
      ? await planRaw(model, { modelFile, choices })
      : await planJudged(model, table, { modelFile, choices });
  const { task, inputs, outputs, prediction, scores, scoresAre, decision, classes, validation } = plan.parts;
  const contract: Contract = {
    $schema: schemaFrom(folder),
    name,
    version: "1.0.0",
    task,
    inputs,
    outputs,
    ...(prediction !== undefined && { prediction }),
    ...(scores !== undefined && { scores }),
    ...(scoresAre !== undefined && { scoresAre }),
    ...(decision !== undefined && { decision }),
    ...(classes !== undefined && { classes: [...classes] }),
    validation,
    provenance: {
      adoptedFrom: path.basename(modelFile),
      ...(model.producer !== "" && { exportedBy: model.producer }),
      ...(model.repaired.length > 0 && { originalSha256: model.sha256, repaired: model.repaired }),
    },
  };
  const text = `${layOut(contract)}\n`;
  parseContract(text, "contract.json"); // if it throws, the fault is ours
  const files: ModelFiles = {
    "model.onnx": model.bytes,
    "contract.json": text,
    ...(table && { "holdout.csv": table.bytes }),
    "golden.json": `${layOut(plan.golden)}\n`,
  };
  await writeFolder(staging, files);
  const { report } = await judge(staging);
  const decisions = [
    ...model.repaired.map((choice) => ({ about: "model.onnx", choice, why: REPAIRED })),
    ...plan.decisions,
    ...(table?.madeOf === undefined ? [] : [madeOfParquet(table.madeOf)]),
  ];
  return { contract, summary: model.summary, decisions, report, example: plan.example };
}

const REPAIRED = "Node.js reads it only so; it computes the same, and the file that you named is as it was";

const madeOfParquet = (file: string): Decision => ({
  about: "holdout.csv",
  choice: `made from ${file}`,
  why: "each number as the shortest text that reads back the same, true and false as 1 and 0, null as an empty cell",
});
