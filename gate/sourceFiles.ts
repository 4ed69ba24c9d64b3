/** Finds the files of a program by the paths that each of them names. Edge. */
import { readFileSync } from "node:fs";
import path from "node:path";

/**
 * Text in quotes that looks like the path of a file: an import, or a program that is started. A file that is neither is
 * added as well, which does no harm. All imports and programs here have this form.
 */
const NAMED = /["'`](\.{0,2}\/?[\w./-]+\.(?:ts|mts|js|mjs|cjs|json))["'`]/g;

/** @returns The texts of the file and of all files that it names, directly or not, by path and sorted by path. */
export function sourceFiles(entry: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    const text = read(file);
    if (text === undefined) continue;
    found.set(file, text);
    for (const [, named] of text.matchAll(NAMED)) waiting.push(path.join(path.dirname(file), named!));
  }
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** @returns Undefined if there is no such file: the text was no path. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
