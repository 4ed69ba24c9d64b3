/** `npm run check`: format, types and lint. */
import path from "node:path";
import { execa } from "execa";

const checks = {
  format: ["biome", "ci", "--colors=off"],
  types: ["tsc", "--project", "."],
  lint: ["oxlint", "--type-aware"],
};

/** What a suite came to, `failures` with a line for each. */
export interface Results {
  readonly passes: number;
  readonly failures: readonly string[];
  readonly pending: number;
  /** What each test took, and each hook. */
  readonly timings: readonly Timing[];
}

export interface Timing {
  readonly file: string;
  readonly title: string;
  readonly milliseconds: number;
}

/** Runs all of them and prints what those that fail say. */
export async function runChecks(): Promise<Results> {
  const failures: string[] = [];
  const runs = Object.entries(checks).map(([name, [command = "", ...args]]) => ({
    name,
    ended: execa(path.join("node_modules", ".bin", command), args, {
      cwd: path.join(import.meta.dirname, ".."),
      all: true,
      reject: false,
    }),
  }));
  for (const { name, ended } of runs) {
    const run = await ended;
    console.log(`  ${run.failed ? "✘" : "✔"} ${name}${run.failed ? `\n${run.all}` : ""}`);
    if (run.failed) failures.push(`npm run check: ${name}`);
  }
  return { passes: Object.keys(checks).length - failures.length, failures, pending: 0, timings: [] };
}

if (process.argv[1] === import.meta.filename) {
  const { failures } = await runChecks();
  process.exitCode = failures.length > 0 ? 1 : 0;
}
