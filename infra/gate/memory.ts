/** Remembers the last model that passed, by the hash of all that the judgement depends on. Edge. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Judgement } from "./judge.ts";
import { passed } from "./report.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");

/** Returns the judgement in `memory` if it was made of the same bytes, and makes and remembers it otherwise. */
export async function remembered(
  memory: string,
  folder: string,
  judge: () => Promise<Judgement>,
): Promise<Judgement> {
  const key = await hashOf(folder);
  const last = await readFile(memory, "utf8")
    .then(JSON.parse)
    .catch(() => undefined);
  if (last?.key === key) return last.judgement;
  const judgement = await judge();
  if (!passed(judgement.report)) return judgement; // a refusal may have been the machine's fault: a timeout, say
  await mkdir(path.dirname(memory), { recursive: true });
  await writeFile(memory, JSON.stringify({ key, judgement }));
  return judgement;
}

/** Over the model folder without its training code, the gate, and the versions of all packages. */
async function hashOf(folder: string): Promise<string> {
  const hash = createHash("sha256").update(process.version);
  for (const directory of [folder, path.join(ROOT, "model"), path.join(ROOT, "infra", "gate")]) {
    for (const file of await filesIn(directory))
      hash.update(`${file}\0`).update(await readFile(path.join(directory, file)));
  }
  return hash.update(await readFile(path.join(ROOT, "package-lock.json"))).digest("hex");
}

/** Relative paths, sorted. Training code takes no part, and its virtual environment has thousands of files. */
async function filesIn(directory: string, below = ""): Promise<string[]> {
  const entries = await readdir(path.join(directory, below), { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries) {
    const name = path.join(below, entry.name);
    if (!entry.isDirectory()) files.push(name);
    else if (name !== "training") files.push(...(await filesIn(directory, name)));
  }
  return files.toSorted();
}
