/** The champion, judged on the same rows. Edge. */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { LARGEST_JSON, readRegularFile, sizeOf } from "../common/regularFile.ts";
import { answeredOutputs, type Contract, ContractError, parsePlainJson } from "../contract/index.ts";
import { parseContract } from "../contract/parseContract.ts";
import { fetchServedModel, RegistryError } from "../registry/index.ts";
import { HOLDOUT } from "./checks/holdout.ts";
import { type Holdout, parseHoldout } from "./data/parseHoldout.ts";
import { allRows } from "./data/rowsToRun.ts";
import { toAnswers } from "./evidence/answers.ts";
import type {
  Answers,
  ChampionEvidence,
  ChampionSource,
  Classified,
  HoldoutFile,
  RecordedMetrics,
} from "./evidence/evidence.ts";
import { batchRows, limitsFor } from "./measure/limits.ts";
import { type MeasureOptions, Measuring } from "./measure/measureModel.ts";
import { type Failed, failed, type NotRun, notRun, type Outcome, type Ran } from "./measure/measurements.ts";

/** What the champion is judged with. */
interface Task {
  readonly contract: Contract;
  readonly holdoutFile: HoldoutFile;
  /** The new model's answers. */
  readonly answers: Answers;
  readonly options: MeasureOptions;
}

export async function judgeChampion(source: ChampionSource, task: Task): Promise<ChampionEvidence> {
  if ("none" in source) return { how: "not compared", why: source.none };
  if ("folder" in source) return judgeFolder(source.name, source.folder, task);
  if ("unreachable" in source) return recordedOf(source, source.unreachable, task);
  const folder = await mkdtemp(path.join(os.tmpdir(), "slipway-champion-"));
  try {
    await fetchServedModel(source.image, { to: folder });
    return await judgeFolder(source.name, folder, task);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return recordedOf(source, error.what, task);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The champion's recorded metrics, if they are from the same rows. */
function recordedOf(
  { name, recorded }: { readonly name: string; readonly recorded?: RecordedMetrics },
  why: string,
  { holdoutFile }: Task,
): ChampionEvidence {
  if (recorded?.holdoutSha256 === holdoutFile.sha256)
    return { how: "recorded", name, metrics: recorded.metrics, why };
  return {
    how: "not had",
    notRun: `${name} is not available: ${why}`,
    fault: "machine",
    fix: "try again when its registry can be reached; if its image is lost for good, an override lets this model through without a comparison",
  };
}

async function judgeFolder(name: string, folder: string, task: Task): Promise<ChampionEvidence> {
  const answers = await answersOf(folder, task);
  if (failed(answers)) return { how: "not compared", why: `${name} is not comparable: ${answers.error}` };
  if (notRun(answers)) return { how: "not had", ...answers };
  return { how: "judged", name, answers };
}

/** @returns The champion's answers, or why they cannot be compared. */
async function answersOf(
  folder: string,
  { contract, holdoutFile, answers, options }: Task,
): Promise<Ran<Answers>> {
  const read = await readContract(folder);
  if (failed(read)) return read;
  if (read.task !== contract.task) return { error: `its task is ${read.task}` };
  const classes = answers.task === "classification" ? answers.classes : undefined;
  // If it lists no classes, it gets the new model's: any other label is wrong.
  const champion =
    read.classes === undefined && classes !== undefined ? { ...read, classes: asGiven(read, classes) } : read;
  const { value: holdout, findings } = parseHoldout(holdoutFile.bytes, holdoutFile.name, {
    ...champion,
    ...(contract.validation && { validation: contract.validation }),
  });
  if (holdout === undefined) return { error: findings.map(({ what }) => what).join(" ") };
  const table = await tableOf(champion, holdout, folder, {
    ...options,
    holdoutBytes: holdoutFile.bytes.length,
  });
  if ("error" in table || "notRun" in table) return table;
  const outcome = toAnswers(champion, holdout, table);
  if (failed(outcome) || outcome.task !== "classification") return outcome;
  return (
    inOrder(outcome, classes ?? outcome.classes) ?? { error: `its classes are ${outcome.classes.join(", ")}` }
  );
}

/** Labels as the model gives them: text or numbers. */
function asGiven({ outputs, prediction }: Contract, classes: readonly string[]): (number | string)[] {
  const isText = outputs.find(({ name }) => name === prediction)?.datatype === "BYTES";
  return classes.map((label) => (isText ? label : Number(label)));
}

/** Its own `validation` is dropped: it has no part here, and may be from a time with other keys. */
async function readContract(folder: string): Promise<Outcome<Contract>> {
  try {
    const written = await readRegularFile(path.join(folder, "contract.json"), LARGEST_JSON);
    const { validation: _, ...served } = parsePlainJson(written.toString("utf8")) as Contract;
    return parseContract(JSON.stringify(served), "contract.json");
  } catch (error) {
    if (!(error instanceof ContractError))
      return { error: `its contract cannot be read: ${(error as Error).message}` };
    return {
      error: `its contract has ${error.problems.map(({ pointer, message }) => `${pointer}: ${message}`).join("; ")}`,
    };
  }
}

/** The same answers with their classes in this order, or undefined if the classes differ. */
function inOrder(answers: Classified, classes: readonly string[]): Classified | undefined {
  const width = classes.length;
  const places = answers.classes.map((label) => classes.indexOf(label));
  if (answers.classes.length !== width || places.includes(-1)) return undefined;
  const moved = (indices: Int32Array) => indices.map((index) => places[index] ?? index);
  const { labels, predictions, scores } = answers;
  return {
    ...answers,
    classes,
    labels: moved(labels),
    predictions: moved(predictions),
    ...(scores && { scores: scores.map((_, at) => scores[at - (at % width) + places.indexOf(at % width)]!) }),
  };
}

async function tableOf(
  champion: Contract,
  holdout: Holdout,
  folder: string,
  { holdoutBytes, ...options }: MeasureOptions & { readonly holdoutBytes: number },
) {
  const model = path.join(folder, "model.onnx");
  const modelBytes = await sizeOf(model);
  const limits = {
    ...limitsFor(champion, { modelBytes, holdoutBytes }),
    idleSeconds: options.limits.idleSeconds,
  };
  const measuring = new Measuring(champion, { ...options, limits });
  try {
    await measuring.load(model);
    const outputs = answeredOutputs(champion);
    await measuring.table(HOLDOUT, {
      rows: holdout.rows,
      inputs: allRows(champion, () => holdout),
      outputs,
      returned: outputs,
      batch: batchRows(champion),
    });
    await measuring.end();
    const { load, tables } = measuring.measurements;
    if (failed(load)) return { error: `it does not load: ${load.error}` } satisfies Failed;
    const table = tables[HOLDOUT]!;
    // A fault of the champion is no reason to refuse another model: it is not comparable.
    if (notRun(table) && table.fault === "model") return { error: table.notRun } satisfies Failed;
    return table satisfies Ran<object> | NotRun;
  } finally {
    measuring.stop("the comparison is over");
  }
}
