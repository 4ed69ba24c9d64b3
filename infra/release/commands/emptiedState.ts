/**
 * What a full disk may leave of a stack's state in Pulumi's file backend: an empty file, since it writes in place, beside
 * the state before (`.bak`). Edge.
 */
import { copyFile, readdir, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export interface EmptiedState {
  readonly file: string;
  /** The state before the last step. */
  readonly before: string;
}

/** @param backend As `pulumi whoami` has it: `file://…`. @param stack Undefined: any. */
export async function findEmptied(
  backend: string,
  project: string,
  stack: string | undefined,
): Promise<readonly EmptiedState[]> {
  if (!backend.startsWith("file:")) return [];
  const root = fileURLToPath(backend.replace("file://~", `file://${os.homedir()}`));
  const folder = path.join(root, ".pulumi", "stacks", project);
  const wanted = (name: string) => (stack === undefined ? name.endsWith(".json") : name === `${stack}.json`);
  const found: EmptiedState[] = [];
  for (const name of (await readdir(folder)).filter(wanted)) {
    const file = path.join(folder, name);
    const before = `${file}.bak`;
    if ((await size(file)) === 0 && (await size(before)) > 0) found.push({ file, before });
  }
  return found;
}

const size = async (file: string) => (await stat(file).catch(() => undefined))?.size ?? 0;

export const putBack = ({ file, before }: EmptiedState): Promise<void> => copyFile(before, file);
