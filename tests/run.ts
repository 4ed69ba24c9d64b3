/**
 * `npm test`: every suite, one after the other, then what took longest, what failed, and one line with all counts. `npm test -- unit`: all but
 * the checks, the tests under load and what needs the sandbox. `npm test -- load`: those under load. Other arguments go to mocha in place of the suites. `--long` first (`npm run
 * test:long`): the long form of the specs that have one, or of those named, on a machine that does nothing else.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { unsupported } from "../sandbox/machine.ts";
import { SandboxError } from "../sandbox/sandboxError.ts";
import { type Results, runChecks, type Timing } from "./check.ts";
import { withSandbox } from "./support/withSandbox.ts";

const root = path.join(import.meta.dirname, "..");
const work = mkdtempSync(path.join(os.tmpdir(), "slipway-test-"));

/** In the order in which they run. */
interface Suites {
  readonly here: readonly string[][];
  readonly onSandbox: readonly string[][];
}

/** Two to a processor: they wait for pods, processes and files a good part of the time. */
const PARALLEL = ["--parallel", `--jobs=${2 * os.availableParallelism()}`];
const inTests = (...names: string[]) => names.map((name) => path.join("tests", `${name}.spec.ts`));
/** What another one beside them would change: one by one, since load is part of what they test. */
const LOADED = /^tests\/(service\/resilience\/|gate\/underLoad\.)/;
/** They begin first, so that none of them goes on when all others have ended. `npm test` says at its end which take longest. */
const LONGEST_HERE = inTests(
  "gate/attacks",
  "infra/image/buildContext",
  "model/training",
  "adopt/adopt",
  "infra/release/commands",
  "gate/refusals",
  "gate/fuzz",
  "service/openApi/schemathesis",
  "gate/measure/measureModel",
  "gate/validate",
  "sandbox/owner",
  "gate/judge",
);
const local = specs().filter((file) => !isOnSandbox(file));
const UNIT = [
  ...PARALLEL,
  ...longestFirst(
    local.filter((file) => !LOADED.test(file)),
    LONGEST_HERE,
  ),
];
const LOAD = local.filter((file) => LOADED.test(file));
const PATIENT = ["--timeout", "600000"];
const onCluster = (...names: string[]) => inTests(...names.map((name) => `e2e/${name}`));
/** They end the daemons of the sandbox, or have no test in the short form. */
const ALONE = onCluster("releases", "sandbox");
/** They begin first, too. */
const LONGEST = onCluster(
  "rollback",
  "workflows",
  "pipeline",
  "proof",
  "image",
  "signatures",
  "rollout",
  "interruptions",
  "production",
);

const [first, ...rest] = process.argv.slice(2);
const long = first === "--long";
const named = long || first === undefined ? rest : [first, ...rest];
const { here, onSandbox } = suitesOf(named.join());

const all: Results[] = long || named.length > 0 ? [] : [await runChecks()];
for (const args of here) await run(args);
if (onSandbox.length > 0) await runOnSandbox();
rmSync(work, { recursive: true });

const timings = all.flatMap((suite) => suite.timings);
if (timings.length > 0) {
  printSlowest("tests and hooks", timings, ({ title }) => title);
  printSlowest("files", timings, ({ file }) => file);
}
const failures = all.flatMap((suite) => suite.failures);
if (failures.length > 0) console.log(`${["Failed:", ...failures].join("\n  ")}\n`);
const [passed, skipped] = [sum(all.map(({ passes }) => passes)), sum(all.map(({ pending }) => pending))];
console.log(`${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failures.length > 0 ? 1 : 0;

async function run(files: readonly string[]): Promise<void> {
  const args = ["--reporter", "tests/support/counting.cjs", ...files];
  const resultsFile = path.join(work, `suite-${all.length}.json`);
  const { exitCode } = await execa("node_modules/.bin/mocha", args, {
    cwd: root,
    env: { TEST_RESULTS: resultsFile, ...(long && { TEST_LONG: "1" }) },
    stdio: "inherit",
    reject: false,
  });
  const { passes, failures, pending, timings }: Results = existsSync(resultsFile)
    ? JSON.parse(readFileSync(resultsFile, "utf8"))
    : { passes: 0, failures: [], pending: 0, timings: [] };
  // A suite can fail at load, too, or in that its process does not end.
  const others =
    failures.length === 0 && exitCode !== 0 ? [`mocha ${files.join(" ")}: exit code ${exitCode}`] : [];
  all.push({ passes, failures: [...failures, ...others], pending, timings });
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
    console.error(error instanceof SandboxError ? error.message : error);
    all.push({
      passes: 0,
      failures: ["the sandbox of the end-to-end tests"],
      pending: 0,
      timings: [],
    });
  }
}

function suitesOf(words: string): Suites {
  if (words === "unit") return { here: [UNIT], onSandbox: [] };
  if (words === "load") return { here: [LOAD], onSandbox: [] };
  if (words !== "")
    return named.some(isOnSandbox) ? { here: [], onSandbox: [named] } : { here: [named], onSandbox: [] };
  if (long) {
    const files = longSpecs();
    return { here: [files.filter((file) => !isOnSandbox(file))], onSandbox: [files.filter(isOnSandbox)] };
  }
  const together = specs().filter((file) => isOnSandbox(file) && !ALONE.includes(file));
  return {
    here: [UNIT, LOAD],
    onSandbox: [[...PARALLEL, ...longestFirst(together, LONGEST)], ALONE],
  };
}

function longestFirst(files: readonly string[], longest: readonly string[]): string[] {
  return [...longest, ...files.filter((file) => !longest.includes(file))];
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

/** The ten of them that took longest, added up by what they are called. */
function printSlowest(what: string, timings: readonly Timing[], nameOf: (timing: Timing) => string): void {
  const totals = new Map<string, number>();
  for (const timing of timings)
    totals.set(nameOf(timing), (totals.get(nameOf(timing)) ?? 0) + timing.milliseconds);
  const slowest = [...totals].toSorted(([, one], [, other]) => other - one).slice(0, 10);
  const lines = slowest.map(
    ([name, milliseconds]) => `${(milliseconds / 1000).toFixed(1).padStart(6)} s  ${name}`,
  );
  console.log(`${[`The slowest ${what}:`, ...lines].join("\n  ")}\n`);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
