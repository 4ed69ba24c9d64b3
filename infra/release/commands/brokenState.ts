/**
 * Finds and mends a stack's state that a full disk has broken. Pulumi's file backend writes in place, so the disk may
 * leave only the beginning of a file, or nothing. If Pulumi tried twice, the copy (`.bak`) is broken too. A lock is
 * written first: a broken one keeps everybody out. Edge.
 */
import { copyFile, readdir, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { backendFile } from "./backendFile.ts";

export interface BrokenState {
  readonly file: string;
  /** The newest state before that is whole. */
  readonly before: string;
}

/** @param backend As `pulumi whoami` has it: `file://…`. @param stack Undefined: any. */
export async function findBroken(
  backend: string,
  project: string,
  stack: string | undefined,
): Promise<readonly BrokenState[]> {
  if (!backend.startsWith("file:")) return [];
  const root = path.join(backendFile(backend), ".pulumi");
  const stacks = path.join(root, "stacks", project);
  const found: BrokenState[] = [];
  for (const file of await filesIn(stacks, /\.json$/)) {
    const name = path.basename(file, ".json");
    if ((stack !== undefined && name !== stack) || (await isWhole(file))) continue;
    const before = await newest([
      `${file}.bak`,
      // Pulumi keeps a copy from before each update, and one from its end.
      ...(await filesIn(path.join(root, "backups", project, name), /\.json$/)),
      ...(await filesIn(path.join(root, "history", project, name), /\.checkpoint\.json$/)),
    ]);
    if (before !== undefined) found.push({ file, before });
  }
  return found;
}

/** Locks that name no process, and what was to become one: who wrote it went no further. */
export async function findBrokenLocks(
  backend: string,
  project: string,
  stack: string | undefined,
): Promise<readonly string[]> {
  if (!backend.startsWith("file:")) return [];
  const locks = path.join(backendFile(backend), ".pulumi", "locks", "organization", project);
  const stacks = stack === undefined ? await filesIn(locks, /./) : [path.join(locks, stack)];
  const files = (await Promise.all(stacks.map((folder) => filesIn(folder, /(?<!\.attrs)$/)))).flat();
  const whole = await Promise.all(files.map(isWhole));
  return files.filter((_, i) => !whole[i]);
}

async function filesIn(folder: string, names: RegExp): Promise<string[]> {
  const all = await readdir(folder).catch(() => []);
  return all.filter((name) => names.test(name)).map((name) => path.join(folder, name));
}

/** The newest file that exists and is valid JSON. */
async function newest(files: readonly string[]): Promise<string | undefined> {
  const looks = await Promise.all(
    files.map(async (file) => ({ file, time: (await stat(file).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  for (const { file } of looks.toSorted((a, b) => b.time - a.time)) if (await isJson(file)) return file;
  return undefined;
}

/** With what Pulumi notes beside it, if it does. */
async function isWhole(file: string): Promise<boolean> {
  return (await isJson(file)) && ((await isMissing(notesOf(file))) || (await isJson(notesOf(file))));
}

const notesOf = (file: string) => `${file}.attrs`;

async function isJson(file: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}

async function isMissing(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) === undefined;
}

export async function putBack({ file, before }: BrokenState): Promise<void> {
  await copyFile(before, file);
  await rm(notesOf(file), { force: true });
}

/** With what Pulumi notes beside it, if it does. */
export async function removeLock(file: string): Promise<void> {
  await rm(file, { force: true });
  await rm(notesOf(file), { force: true });
}
