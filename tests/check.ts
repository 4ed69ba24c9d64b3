/** `npm run check`: format, types and lint. */
import path from "node:path";
import { execa } from "execa";

const checks = {
  format: ["biome", "ci", "--colors=off"],
  types: ["tsc", "--project", "."],
  lint: ["oxlint", "--type-aware"],
};

/** Runs all of them and prints what those that fail say. @returns how many passed and failed, and 0 skipped. */
export async function runChecks(): Promise<[passed: number, failed: number, skipped: number]> {
  let failed = 0;
  for (const [name, [command = "", ...args]] of Object.entries(checks)) {
    const run = await execa(path.join("node_modules", ".bin", command), args, {
      cwd: path.join(import.meta.dirname, ".."),
      all: true,
      reject: false,
    });
    console.log(`  ${run.failed ? "✘" : "✔"} ${name}${run.failed ? `\n${run.all}` : ""}`);
    if (run.failed) failed += 1;
  }
  return [Object.keys(checks).length - failed, failed, 0];
}

if (process.argv[1] === import.meta.filename) {
  const [, failed] = await runChecks();
  process.exitCode = failed > 0 ? 1 : 0;
}
