/**
 * `npm test`: every suite, one after the other, and one line with all counts. `npm test -- unit`: all but the checks and what
 * needs the sandbox. Other arguments go to mocha in place of the suites. `--long` first (`npm run test:long`): the long
 * form of the specs that have one, or of those named, on a machine that does nothing else.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { SandboxError } from "../sandbox/errors.ts";
import { unsupported } from "../sandbox/machine.ts";
import { runChecks } from "./check.ts";
import { withSandbox } from "./support/withSandbox.ts";

const root = path.join(import.meta.dirname, "..");
const work = mkdtempSync(path.join(os.tmpdir(), "slipway-test-"));
const countsFile = path.join(work, "counts");

/** In the order in which they run. */
interface Suites {
  readonly here: readonly string[][];
  readonly onSandbox: readonly string[][];
}

const PARALLEL = ["--parallel", `--jobs=${os.availableParallelism()}`];
const UNIT = [
  [...PARALLEL, "tests/*.spec.ts", "tests/{infra,model,pipeline,sandbox,workflows}/**/*.spec.ts"],
  ["tests/service/**/*.spec.ts"], // one by one, since load is part of what they test
];
const PATIENT = ["--timeout", "600000"];
const onCluster = (...names: string[]) => names.map((name) => path.join("tests", "e2e", `${name}.spec.ts`));
/** They end the sandbox's daemons, or measure under load. */
const ALONE = onCluster("interruptions", "releases", "rollback", "sandbox");
/** They begin first, so that none of them goes on when all others have ended. */
const LONGEST = onCluster("workflows", "pipeline");

const [first, ...rest] = process.argv.slice(2);
const long = first === "--long";
const named = long || first === undefined ? rest : [first, ...rest];
const { here, onSandbox } = suitesOf(named.join());

let [passed, failed, skipped] = long || named.length > 0 ? [0, 0, 0] : await runChecks();
for (const args of here) await run(args);
if (onSandbox.length > 0) await runOnSandbox();
rmSync(work, { recursive: true });

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 ? 1 : 0;

async function run(files: readonly string[]): Promise<void> {
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

async function runOnSandbox(): Promise<void> {
  const reason = unsupported();
  try {
    if (reason === undefined)
      await withSandbox(async () => {
        for (const args of onSandbox) await run([...PATIENT, ...args]);
      });
    else if (process.env["CI"] === "true") throw new Error(`With CI=true nothing may be skipped: ${reason}.`);
    else console.log(`  Skipped: the end-to-end tests need the sandbox, and ${reason}.`);
  } catch (error) {
    failed += 1;
    console.error(error instanceof SandboxError ? error.message : error);
  }
}

function suitesOf(words: string): Suites {
  if (words === "unit") return { here: UNIT, onSandbox: [] };
  if (words !== "")
    return named.some(isOnSandbox) ? { here: [], onSandbox: [named] } : { here: [named], onSandbox: [] };
  if (long) {
    const files = longSpecs();
    return { here: [files.filter((file) => !isOnSandbox(file))], onSandbox: [files.filter(isOnSandbox)] };
  }
  const others = specs().filter((file) => isOnSandbox(file) && ![...ALONE, ...LONGEST].includes(file));
  return { here: UNIT, onSandbox: [[...PARALLEL, ...LONGEST, ...others], ALONE] };
}

function specs(): string[] {
  return readdirSync(path.join(root, "tests"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".spec.ts"))
    .map((file) => path.join("tests", file))
    .toSorted();
}

/** The specs that ask whether to run it. */
function longSpecs(): string[] {
  return specs().filter((file) => readFileSync(path.join(root, file), "utf8").includes('support/long.ts"'));
}

function isOnSandbox(file: string): boolean {
  return path.normalize(file).startsWith(path.join("tests", "e2e"));
}

function counts(): [passes: number, failures: number, pending: number][] {
  try {
    const lines = readFileSync(countsFile, "utf8").trim().split("\n");
    return lines.map((line) => line.split(" ").map(Number) as [number, number, number]);
  } catch {
    return []; // no suite has ended yet
  }
}
