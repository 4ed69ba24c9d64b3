import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseExactJson } from "../../../contract/index.ts";
import type { GoldenRequest } from "./goldenRequest.ts";

/** The first of the golden requests beside the contract; undefined if there are none. */
export async function firstGolden(modelDir: string): Promise<GoldenRequest | undefined> {
  const file = join(modelDir, "golden.json");
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return (parseExactJson(text, String) as { requests: GoldenRequest[] }).requests[0];
  } catch (cause) {
    throw new Error(`${file} holds no golden requests: ${(cause as Error).message}`, { cause });
  }
}
