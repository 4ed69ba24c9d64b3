/** Python environments with pinned packages, made once and kept in the user's cache. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { cache } from "../../../sandbox/places.ts";

export const PYTHON = "python3.11";

/**
 * @param name Of the file of requirements beside this one: `NAME.requirements.txt`.
 * @returns the folder of its programs.
 * @throws Error with pip's last line.
 */
export async function pythonEnvironment(name: string): Promise<string> {
  const requirements = path.join(import.meta.dirname, `${name}.requirements.txt`);
  const folder = path.join(cache, "bench", name);
  const programs = path.join(folder, "bin");
  const stampFile = path.join(folder, "made-from.sha256");
  const stamp = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex");
  if (existsSync(stampFile) && (await readFile(stampFile, "utf8")) === stamp) return programs;

  console.error(`Installing ${path.basename(requirements)} into ${folder}`);
  await rm(folder, { recursive: true, force: true });
  await run(PYTHON, ["-m", "venv", folder]);
  await run(path.join(programs, "pip"), [
    "install",
    "--quiet",
    "--only-binary=:all:",
    "--requirement",
    requirements,
  ]);
  // Written last, so that an interrupted installation is done again.
  await writeFile(stampFile, stamp);
  return programs;
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { failed, stderr, message } = await execa(command, args, {
    reject: false,
    stdin: "ignore",
    stdout: "ignore",
  });
  if (failed) throw new Error(stderr?.trim().split("\n").at(-1) || message);
}
