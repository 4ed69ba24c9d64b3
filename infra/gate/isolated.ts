/** A child process that runs the model within limits. Edge. */
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Job, Measurements } from "./measurements.ts";

/** Far above what an honest model needs for some thousand rows. */
const LIMITS = { seconds: 60, mebibytes: 4096 };

/**
 * Measures the model in a process of its own, which is killed (safe there, unlike a thread) when it exceeds its limits.
 *
 * @returns the measurements, or what became of the process.
 */
export function measureIsolated(job: Job, { seconds, mebibytes } = LIMITS): Promise<Measurements> {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL("measure.ts", import.meta.url)), {
      execArgv: ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const end = (measurements: Measurements) => {
      clearTimeout(clock);
      clearInterval(scale);
      child.kill("SIGKILL");
      resolve(measurements);
    };
    const clock = setTimeout(() => end({ error: `It did not finish within ${seconds} s.` }), seconds * 1000);
    const scale = setInterval(() => {
      if (residentMebibytes(child.pid) > mebibytes)
        end({ error: `It took more than ${mebibytes} MiB of memory.` });
    }, 50);
    child.once("message", (measurements) => end(measurements as Measurements));
    child.once("exit", (code, signal) =>
      end({ error: `Its process ended with ${signal ?? `exit code ${code}`} before it answered.` }),
    );
    child.once("error", (error) => end({ error: error.message }));
    child.send(job);
  });
}

/** Linux only: elsewhere the clock alone limits. */
function residentMebibytes(pid: number | undefined): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    return (pages * 4096) / 2 ** 20;
  } catch {
    return 0;
  }
}
