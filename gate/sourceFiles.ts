/** The files that a program is made of, found by what each of them names. Edge. */
import { readFileSync } from "node:fs";
import path from "node:path";

/**
 * What stands in quotes and looks like the path of a file beside: of an import, or of a program that is started. One that
 * is neither takes part for nothing, which does no harm; one that is either has no other form here.
 */
const NAMED = /["'`](\.{0,2}\/?[\w./-]+\.(?:ts|mts|js|mjs|cjs|json))["'`]/g;

/** @returns the texts of the file and of all that it names, directly or not, by their paths and in the order of these. */
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

/** @returns undefined for what is no file: it was no name of one. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
