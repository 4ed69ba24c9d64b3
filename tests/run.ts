/**
 * `npm test`: every suite, one after the other, and one line with all counts. `npm test -- unit`: all but the checks and what
 * needs the sandbox. Other arguments go to mocha in place of the suites. `--long` first (`npm run test:long`): the long
 * form of the specs that have one, or of those named, on a machine that does nothing else.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { runChecks } from "./check.ts";

const root = path.join(import.meta.dirname, "..");
const work = mkdtempSync(path.join(os.tmpdir(), "slipway-test-"));
const countsFile = path.join(work, "counts");

const [first, ...others] = process.argv.slice(2);
const long = first === "--long";
const named = long || first === undefined ? others : [first, ...others];
const unit = ["tests/*.spec.ts", "tests/{infra,model,pipeline,sandbox,service,workflows}/**/*.spec.ts"];
const onCluster = ["--require", "tests/e2e/hooks.ts", "--timeout", "600000"];
const suites = suitesOf(named.join());

let [passed, failed, skipped] = long || named.length > 0 ? [0, 0, 0] : await runChecks();
for (const files of suites) {
  const args = ["--reporter", "tests/support/counting.cjs", ...files];
  const before = counts().length;
  const { exitCode } = await execa("node_modules/.bin/mocha", args, {
    cwd: root,
    env: { TEST_COUNTS: countsFile, ...(long && { TEST_LONG: "1" }) },
    stdio: "inherit",
    reject: false,
  });
  const [suite] = counts().slice(before);
  // A suite that ended without counting, in a hook or at load, has failed.
  const [passes, failures, pending] = suite ?? [0, 1, 0];
  passed += passes;
  failed += failures === 0 && exitCode !== 0 ? 1 : failures;
  skipped += pending;
}
rmSync(work, { recursive: true });

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 ? 1 : 0;

function suitesOf(words: string): string[][] {
  if (words === "unit") return [unit];
  if (words !== "") return [named];
  return long ? longSuites() : [unit, [...onCluster, "tests/e2e/**/*.spec.ts"]];
}

/** The specs that ask whether to run it. */
function longSuites(): string[][] {
  const files = readdirSync(path.join(root, "tests"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".spec.ts"))
    .map((file) => path.join("tests", file))
    .filter((file) => readFileSync(path.join(root, file), "utf8").includes('support/long.ts"'))
    .toSorted();
  return [files.filter((file) => !isOnCluster(file)), [...onCluster, ...files.filter(isOnCluster)]];
}

function isOnCluster(file: string): boolean {
  return file.startsWith(path.join("tests", "e2e"));
}

function counts(): [passes: number, failures: number, pending: number][] {
  try {
    const lines = readFileSync(countsFile, "utf8").trim().split("\n");
    return lines.map((line) => line.split(" ").map(Number) as [number, number, number]);
  } catch {
    return []; // no suite has ended yet
  }
}
