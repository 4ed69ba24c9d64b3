/** The models that are served, and what is asked of them. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { cache } from "../../../sandbox/places.ts";

export const MODELS = ["logistic", "trees", "mlp"] as const;
export type Model = (typeof MODELS)[number];

export interface Asked {
  readonly rows: readonly (readonly number[])[];
  /** The right answer: one label a row. */
  readonly labels: readonly number[];
}

const root = path.join(import.meta.dirname, "..", "..", "..");

/** Trains them on first use. @returns a folder with one of each model. */
export async function trainedModels(): Promise<string> {
  const script = path.join(import.meta.dirname, "models.py");
  const digest = createHash("sha256")
    .update(await readFile(script))
    .digest("hex");
  const folder = path.join(cache, "bench", `models-${digest.slice(0, 12)}`);
  if (existsSync(folder)) return folder;

  console.error("Training the models");
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await execa("node", ["model/training/train.mjs", script, unfinished], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  await rename(unfinished, folder);
  return folder;
}

/** Requests of `rows` rows each, 1 to 32: several, so that no server sees one row only. */
export async function requestsFor(folder: string, rows: number): Promise<Asked[]> {
  const requests = JSON.parse(await readFile(path.join(folder, "requests.json"), "utf8")) as Asked[];
  return requests.map(({ rows: all, labels }) => ({
    rows: all.slice(0, rows),
    labels: labels.slice(0, rows),
  }));
}
