/** The folder that a model is adopted into. Edge. */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";

/** All files that are written, in this order. */
const FILES = ["model.onnx", "contract.json", "holdout.csv", "golden.json"] as const;
export type ModelFiles = Readonly<Partial<Record<(typeof FILES)[number], string | Uint8Array>>>;

/** SHA-256 of the model that this project comes with. Replacing it loses nothing. */
export const EXAMPLE = "59429bc80689aa51d4cbddffb849bc9534042f3e60e9a8061b94d6dbaa4f84f5";

/** Name and version of the model in the folder. Undefined if there is none, or only this project's example. */
export async function occupant(folder: string): Promise<string | undefined> {
  const model = await readFile(path.join(folder, "model.onnx")).catch(() => undefined);
  const contract = await readFile(path.join(folder, "contract.json"), "utf8").catch(() => undefined);
  if (model === undefined && contract === undefined) return undefined;
  if (model !== undefined && createHash("sha256").update(model).digest("hex") === EXAMPLE) return undefined;
  try {
    const { name, version } = JSON.parse(contract ?? "");
    return `${name} ${version}`;
  } catch {
    return "another model";
  }
}

/** Empties the folder and writes the files. */
export async function writeFolder(folder: string, files: ModelFiles): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
}

/**
 * Replaces the files of one folder with those of another: all of them, or none if one of them fails.
 *
 * Other files in the folder stay.
 */
export async function replaceFiles(from: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const beside = path.join(folder, `.adopting-${process.pid}`); // on the same file system, so that a rename is enough
  const old = path.join(beside, "old");
  await mkdir(old, { recursive: true });
  const done: { file: string; had: boolean }[] = [];
  try {
    const coming = new Map<string, boolean>();
    for (const file of FILES)
      coming.set(file, await succeeds(copyFile(path.join(from, file), path.join(beside, file))));
    for (const [file, has] of coming) {
      const had = await succeeds(rename(path.join(folder, file), path.join(old, file)));
      done.push({ file, had });
      if (has) await rename(path.join(beside, file), path.join(folder, file));
    }
  } catch (error) {
    for (const { file, had } of done) {
      await rm(path.join(folder, file), { force: true });
      if (had) await rename(path.join(old, file), path.join(folder, file));
    }
    throw error;
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** @returns false if the file is missing. @throws any other error. */
async function succeeds(action: Promise<void>): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
