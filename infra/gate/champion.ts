/** The model of the release that serves now, judged on the same rows. Edge. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type Contract, parseContract } from "../../model/contract.ts";
import type { MetricName } from "../../model/metrics.ts";
import { RegistryError } from "../registry/registryError.ts";
import { fetchServedModel } from "../registry/servedModel.ts";
import { answeredOutputs, toAnswers } from "./answers.ts";
import type { Answers, ChampionEvidence, HoldoutFile } from "./evidence.ts";
import { parseHoldout } from "./holdout.ts";
import { BATCH, type Limits, measureIsolated } from "./isolated.ts";
import { failed } from "./measurements.ts";

/** Where the champion is to be had. */
export type ChampionSource =
  | { readonly name: string; readonly folder: string }
  | {
      readonly name: string;
      /** By digest: `repository@sha256:…`. */
      readonly image: string;
      readonly recorded?: RecordedMetrics;
    }
  | { readonly none: string };

/** What the record holds of a release, for the day when its image can't be had. */
export interface RecordedMetrics {
  /** On all rows. */
  readonly metrics: Partial<Readonly<Record<MetricName, number>>>;
  readonly holdoutSha256: string;
}

/** What the champion is to be judged on. */
interface Task {
  readonly contract: Contract;
  readonly holdoutFile: HoldoutFile;
  /** The new model's. */
  readonly answers: Answers;
  readonly limits: Limits;
}

export async function judgeChampion(source: ChampionSource, task: Task): Promise<ChampionEvidence> {
  if ("none" in source) return { how: "not compared", why: source.none };
  if ("folder" in source) return judgeFolder(source.name, source.folder, task);
  const folder = await mkdtemp(path.join(os.tmpdir(), "slipway-champion-"));
  try {
    await fetchServedModel(source.image, { to: folder });
    return await judgeFolder(source.name, folder, task);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const why = error.what;
    const { recorded, name } = source;
    return recorded?.holdoutSha256 === task.holdoutFile.sha256
      ? { how: "recorded", name, metrics: recorded.metrics, why }
      : { how: "not compared", why: `${name} cannot be had: ${why}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function judgeFolder(name: string, folder: string, task: Task): Promise<ChampionEvidence> {
  const answers = await answersOf(folder, task);
  return typeof answers === "string"
    ? { how: "not compared", why: `${name} is not comparable: ${answers}` }
    : { how: "judged", name, answers };
}

/** @returns the champion's answers, or why there are none that could be compared. */
async function answersOf(
  folder: string,
  { contract, holdoutFile, answers, limits }: Task,
): Promise<Answers | string> {
  let champion: Contract;
  try {
    const written = await readFile(path.join(folder, "contract.json"), "utf8");
    champion = parseContract(written, "contract.json");
  } catch (error) {
    return (error as Error).message;
  }
  if (champion.task !== contract.task) return `its task is ${champion.task}`;
  const validation = contract.validation && {
    golden: contract.validation.golden,
    holdout: contract.validation.holdout!,
  };
  const { value: holdout, findings } = parseHoldout(holdoutFile.bytes, holdoutFile.name, {
    ...champion,
    ...(validation && { validation }),
  });
  if (holdout === undefined) return findings.map(({ what }) => what).join(" ");
  const measured = await measureIsolated(
    path.join(folder, "model.onnx"),
    {
      contract: champion,
      golden: [],
      tables: {
        holdout: {
          rows: holdout.rows,
          inputs: holdout.inputs,
          outputs: answeredOutputs(champion),
          batch: BATCH,
        },
      },
    },
    limits,
  );
  if (failed(measured.load)) return `it does not load: ${measured.load.error}`;
  const table = measured.tables["holdout"] ?? {
    error: "its inputs and outputs are not those of its contract",
  };
  if (failed(table)) return table.error;
  const outcome = toAnswers(champion, holdout, table.outputs);
  if (failed(outcome)) return outcome.error;
  return String(classesOf(outcome)) === String(classesOf(answers))
    ? outcome
    : `its classes are ${classesOf(outcome)?.join(", ")}`;
}

const classesOf = (answers: Answers) => (answers.task === "classification" ? answers.classes : undefined);
