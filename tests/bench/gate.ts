/**
 * `npm run bench:gate`: rows per second of the gate, beside what one would write in Python with numpy and onnxruntime
 * (gate.py): same model, rows, batch size and threads, in turn. Measured are whole processes, from start to exit; the
 * same without what it takes to start and import; and the runs of the model alone. Then the gate's memory for a quarter of
 * the rows, half of them and all. Needs Python 3.11 or later.
 */
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import "../../common/quietRuntime.ts";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { between, tensorsOf } from "../../gate/data/tensorsOf.ts";
import { openHoldout, readContract } from "../../gate/readFolder.ts";
import type { Report } from "../../gate/report/report.ts";
import type { TimedJudgement } from "./timedJudgement.ts";

const ROUNDS = 9;
/** As gate/measure/limits.ts has it. */
const BATCH = 1024;

const root = path.join(import.meta.dirname, "..", "..");
const folder = path.join(root, ".slipway", "bench", "gate");
const script = path.join(import.meta.dirname, "gate.py");
const venv = path.join(root, "model", "training", ".venv");
const python =
  process.platform === "win32" ? path.join(venv, "Scripts", "python.exe") : path.join(venv, "bin", "python");

console.log("Making a model and 100,000 rows.");
await execa("node", ["model/training/train.mjs", script, "make", folder], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
});
const { contract } = await readContract(folder);
assert(contract, "gate.py has written a contract that the gate refuses: npm run validate says why");
const { reader } = await openHoldout(folder, contract);
assert(reader, "gate.py has written no holdout");
while (reader.read(Infinity) > 0);
const { value: holdout } = reader.material();
assert(holdout, "gate.py has written a holdout that the gate refuses: npm run validate says why");
const { rows } = holdout;
const features = tensorsOf(contract, holdout, between(0, rows))["features"]!.data as Float32Array;
const session = await InferenceSession.create(readFileSync(path.join(folder, "model.onnx")), {
  interOpNumThreads: 1,
});

/** Per round. */
const measured = {
  "whole process": { gate: [] as number[], Python: [] as number[] },
  "from reading to verdict": { gate: [] as number[], Python: [] as number[] },
  "the model's runs alone": { gate: [] as number[], Python: [] as number[] },
};
const accuracies = new Set<number | undefined>();
for (let round = 0; round < ROUNDS; round++) {
  writeFileSync(path.join(folder, "round.txt"), `${round} of ${Date.now()}`); // or the last verdict would be remembered
  const gate = await timed("node", [
    "sandbox/bootstrap.mjs",
    "gate/validate.ts",
    "--model",
    folder,
    "--json",
  ]);
  const { verdict, remembered, metrics } = JSON.parse(gate.stdout) as Report;
  assert.deepEqual({ verdict, remembered }, { verdict: "passed", remembered: false });
  const reference = await timed(python, [script, "judge", folder]);
  const { accuracy, seconds, running } = JSON.parse(reference.stdout);
  accuracies
    .add(accuracy)
    .add(metrics.find(({ metric, of }) => metric === "accuracy" && of === "all rows")?.value);
  const started = await timed("node", ["sandbox/bootstrap.mjs", "tests/bench/timedJudgement.ts", folder]);

  const {
    "whole process": whole,
    "from reading to verdict": work,
    "the model's runs alone": alone,
  } = measured;
  whole.gate.push(gate.seconds);
  whole.Python.push(reference.seconds);
  work.gate.push((JSON.parse(started.stdout) as TimedJudgement).seconds);
  work.Python.push(seconds);
  alone.gate.push(await runs());
  alone.Python.push(running);
}
assert.equal(accuracies.size, 1, `the gate and Python disagree: accuracies of ${[...accuracies].join(", ")}`);

const versionOf = (name: string) =>
  JSON.parse(readFileSync(path.join(root, "node_modules", name, "package.json"), "utf8")).version;
const { stdout: pythonIs } = await execa(python, [
  "-c",
  "import sys, numpy, onnxruntime; print(f'Python {sys.version.split()[0]}, numpy {numpy.__version__}, onnxruntime {onnxruntime.__version__}')",
]);
console.log(`
${os.cpus()[0]?.model}, ${os.availableParallelism()} cores
Node.js ${process.version}, onnxruntime-node ${versionOf("onnxruntime-node")}; ${pythonIs}
${rows.toLocaleString("en")} rows x ${features.length / rows} features, batches of ${BATCH}, ${ROUNDS} rounds, accuracy ${[...accuracies][0]}
`);
line("", ["min", "median", "max"]);
for (const [title, { gate, Python }] of Object.entries(measured)) {
  console.log(title);
  for (const [name, values] of Object.entries({ gate, Python })) {
    line(
      `  ${name}`,
      spread(values, (value) => `${value.toFixed(2)} s`),
    );
    line(
      "",
      spread(values, (value) => `${Math.round(rows / value).toLocaleString("en")} rows/s`),
    );
  }
  const shares = gate.map((value, round) => Python[round]! / value);
  line(
    "  gate's share of Python's",
    spread(shares, (share) => share.toFixed(2)),
  );
}

await reportMemory();

/** What the data itself takes: the file, and eight bytes for each of its values. */
async function reportMemory(): Promise<void> {
  const text = readFileSync(path.join(folder, "holdout.csv"), "utf8").split("\n");
  const width = features.length / rows + 1;
  console.log(
    "\nmemory, MiB                    rows        data     gate's peak     less its start and the data     model's process",
  );
  for (const share of [4, 2, 1]) {
    const part = `${folder}-part`;
    cpSync(folder, part, { recursive: true });
    const lines = text.slice(0, 1 + rows / share);
    writeFileSync(path.join(part, "holdout.csv"), `${lines.join("\n")}\n`);
    const { stdout } = await timed("node", ["sandbox/bootstrap.mjs", "tests/bench/timedJudgement.ts", part]);
    const { gate, model } = (JSON.parse(stdout) as TimedJudgement).memory;
    const data = (lines.join("\n").length + 8 * width * (rows / share)) / 2 ** 20;
    console.log(
      [
        "".padEnd(20),
        (rows / share).toLocaleString("en").padStart(15),
        data.toFixed(0).padStart(12),
        gate.peak.toFixed(0).padStart(16),
        (gate.peak - gate.start - data).toFixed(0).padStart(32),
        model.peak.toFixed(0).padStart(20),
      ].join(""),
    );
  }
}

async function timed(command: string, args: readonly string[]): Promise<{ seconds: number; stdout: string }> {
  const started = performance.now();
  const { stdout } = await execa(command, args, { cwd: root });
  return { seconds: (performance.now() - started) / 1000, stdout };
}

/** The seconds that the model takes in this process, run as the gate runs it. */
async function runs(): Promise<number> {
  const width = features.length / rows;
  const started = performance.now();
  for (let start = 0; start < rows; start += BATCH) {
    const batch = features.subarray(start * width, (start + BATCH) * width);
    await session.run({ features: new Tensor("float32", batch, [batch.length / width, width]) });
  }
  return (performance.now() - started) / 1000;
}

/** Minimum, median and maximum. */
function spread(values: readonly number[], shown: (value: number) => string): string[] {
  const sorted = values.toSorted((a, b) => a - b);
  return [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((value) => shown(value!));
}

function line(title: string, cells: readonly string[]): void {
  console.log(`${title.padEnd(26)}${cells.map((cell) => cell.padStart(18)).join("")}`);
}
