/** A process that does nothing but run the model, for the worker that started it: `runner MODEL_DIR THREADS`. */
import { readFile } from "node:fs/promises";
import { constants, getPriority, setPriority } from "node:os";
import { join } from "node:path";
import type { ServedContract } from "../../../contract/index.ts";
import { openSession } from "../engine/modelSession.ts";
import type { RunnerMessage, RunRequest } from "../engine/runnerMessages.ts";

const [modelDir = "", threads] = process.argv.slice(2);
const say = (message: RunnerMessage) => process.send!(message);

// Runs take all the processor time that there is: whoever answers, refuses or is asked for health goes first.
setPriority(Math.min(constants.priority.PRIORITY_LOW, getPriority() + 10));

// They come to all processes of a terminal; it is the worker that says when to end.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit());

void (async () => {
  // The worker has checked it.
  const contract = JSON.parse(await readFile(join(modelDir, "contract.json"), "utf8")) as ServedContract;
  const session = await openSession(join(modelDir, "model.onnx"), contract, { threads: Number(threads) });
  process.on("message", async ({ inputs, outputs }: RunRequest) => {
    try {
      say({ is: "answer", results: await session.run(inputs, outputs) });
    } catch (error) {
      say({ is: "failure", message: error instanceof Error ? error.message : String(error) });
    }
  });
  say({ is: "ready" });
})().catch((error: Error) => {
  process.send!({ is: "failure", message: error.message } satisfies RunnerMessage, () => process.exit(1));
});
