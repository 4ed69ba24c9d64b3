/** A machine that has other things to do. */
import { type ChildProcess, spawn } from "node:child_process";

/** Starts processes that compute without end, and gives the way to end them. */
export function busyMachine(processes: number): () => void {
  const started: ChildProcess[] = Array.from({ length: processes }, () =>
    spawn(process.execPath, ["--eval", "for (;;);"], { stdio: "ignore" }),
  );
  const end = () => {
    for (const child of started) child.kill("SIGKILL");
  };
  process.once("exit", end);
  return () => {
    process.off("exit", end);
    end();
  };
}
