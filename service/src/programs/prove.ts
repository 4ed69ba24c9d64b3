/** The proof's process: arguments, environment, signals; nothing else. Exits with 0 if the image keeps what its model promised. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { proveService } from "./proveService.ts";
import { readSettings } from "./settings.ts";

const { values } = parseArgs({ options: { tolerance: { type: "string" }, deadline: { type: "string" } } });
/** Largest accepted difference of a floating-point number. */
const tolerance = Number(values.tolerance);
/** Seconds that the proof may take. */
const deadline = Number(values.deadline);
if (!(tolerance >= 0 && deadline > 0))
  throw new Error("usage: prove.cjs --tolerance NUMBER --deadline SECONDS");

const stop = new AbortController();
// As PID 1 the process has no default handlers, and would ignore both.
for (const signal of ["SIGTERM", "SIGINT"])
  process.once(signal, () => stop.abort(new Error(`${signal} came`)));
setTimeout(() => stop.abort(new Error(`${deadline} seconds were over`)), deadline * 1000).unref();

void prove();

async function prove(): Promise<void> {
  const { modelDir, port, platformPort } = readSettings(process.env, {
    modelDir: join(import.meta.dirname, "model"),
  });
  const service = join(import.meta.dirname, "main.cjs");
  const proof = { service, modelDir, port, platformPort, tolerance, signal: stop.signal };
  const passed = await proveService(proof, (line) => console.log(line));
  process.exitCode = passed ? 0 : 1;
}
