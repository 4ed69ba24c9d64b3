/** The linters for workflows, pinned, each installed once into the cache. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { cache } from "../../sandbox/places.ts";
import { goProgram } from "./goProgram.ts";

const requirements = path.join(import.meta.dirname, "..", "workflows", "requirements.txt");

export const actionlint = (): Promise<string> =>
  goProgram("github.com/rhysd/actionlint/cmd/actionlint", "v1.7.12");

/** A Python environment: `bin/zizmor`, and checkov by `bin/python -m checkov.main`, since its script contains its first path. */
export async function pythonLinters(): Promise<string> {
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 16);
  const folder = path.join(cache, "linters", `python-${hash}`);
  await once(folder, async (unfinished) => {
    await execa("python3", ["-m", "venv", unfinished]);
    const python = path.join(unfinished, "bin", "python");
    await execa(python, ["-m", "pip", "install", "--quiet", "--requirement", requirements]);
  });
  return folder;
}

/** Lets `make` fill the folder, unless that is done: all of it or nothing. */
async function once(folder: string, make: (unfinished: string) => Promise<unknown>): Promise<void> {
  if (existsSync(folder)) return;
  await mkdir(path.dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}.`);
  try {
    await make(unfinished);
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
