/** A Python environment with pinned packages, made once and kept. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";

/**
 * @param requirements A requirements file of pip: all packages with their versions, and wheels for all of them.
 * @param folder Made anew when the requirements or the version of Python change. The environment variable PYTHON names
 *   another interpreter than python3.
 * @returns The path of its Python.
 * @throws Error in one line, if it cannot be made.
 */
export async function pythonEnvironment(requirements: string, folder: string): Promise<string> {
  const interpreter = process.env["PYTHON"] ?? "python3";
  const version = await run(interpreter, "--version");
  const python = path.join(folder, "bin", "python");
  const stampFile = path.join(folder, "made-from.sha256");
  const stamp = createHash("sha256")
    .update(await readFile(requirements))
    .update(version)
    .digest("hex");
  if (existsSync(stampFile) && (await readFile(stampFile, "utf8")) === stamp) return python;

  console.log(`Installing ${path.basename(requirements)} into ${folder}, once`);
  await rm(folder, { recursive: true, force: true });
  await run(interpreter, "-m", "venv", folder);
  await run(
    python,
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--only-binary=:all:",
    "--requirement",
    requirements,
  );
  // Written last, so that an interrupted installation is done again.
  await writeFile(stampFile, stamp);
  return python;
}

async function run(command: string, ...args: readonly string[]): Promise<string> {
  const { failed, stdout, stderr, shortMessage } = await execa(command, args, {
    reject: false,
    stdin: "ignore",
  });
  if (failed) throw new Error(stderr?.trim().split("\n").at(-1) || shortMessage);
  return stdout;
}
