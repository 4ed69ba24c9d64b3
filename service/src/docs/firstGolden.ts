import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { GoldenRequest } from "../golden.ts";

/** The first of the golden requests beside the contract; undefined where there are none. */
export async function firstGolden(modelDir: string): Promise<GoldenRequest | undefined> {
  const text = await readFile(join(modelDir, "golden.json"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as { requests: GoldenRequest[] }).requests[0];
}
