/** Processes that run the model. Each of them can end at any time, and harms its own run only. */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Tensors } from "../../../contract/index.ts";
import { type RequestError, unavailable } from "../problems/requestError.ts";
import { exitReason } from "../processes/exitReason.ts";
import { RestartPolicy } from "../processes/restartPolicy.ts";
import type { Runner } from "./predictor.ts";
import type { RunnerMessage, RunRequest } from "./runnerMessages.ts";

export interface RunnerPool {
  /** The one that was ready first. Once its process has ended, its runs fail and say how it ended. */
  readonly first: Runner;
  /** Ends all of them, whatever they do. */
  close(): Promise<void>;
}

export interface RunnerPoolOptions {
  readonly count: number;
  start(): ChildProcess;
  /** A runner has loaded the model. */
  onReady(runner: Runner): void;
  /** Its process has ended. Another one is started. */
  onExit(runner: Runner): void;
  /** None is ready, and to start another one is of no use. */
  onGiveUp(): void;
  /** A run that takes longer than this is ended with its process, in milliseconds. */
  readonly runLimitMs: number;
  readonly log: Pick<Logger, "error">;
}

/** The wait before another try if one did not get ready five times in a row and others serve, in milliseconds. */
const HOPELESS_DELAY_MS = 30_000;

/**
 * Starts the first process, and the others when that is ready.
 *
 * @throws Error if the first one ends before it is ready, with what it said about that.
 */
export async function openRunnerPool(options: RunnerPoolOptions): Promise<RunnerPool> {
  const restarts = new RestartPolicy();
  const children = new Set<ChildProcess>();
  let started = false;
  let serving = 0;
  let closed = false;

  /** Keeps one process running as long as the pool is open. */
  async function keep(first?: { resolve(runner: Runner): void; reject(error: Error): void }): Promise<void> {
    while (!closed) {
      const child = options.start();
      children.add(child);
      const { readyMs, how } = await live(child, options, (runner) => {
        started = true;
        serving += 1;
        first?.resolve(runner);
      });
      children.delete(child);
      if (readyMs !== undefined) serving -= 1;
      if (closed) return;
      if (first && !started) {
        closed = true;
        return first.reject(new Error(`the process that runs the model ${how} before it was ready`));
      }
      // The ones that serve go on, whatever becomes of this one.
      const waitMs = restarts.nextDelayMs(readyMs) ?? (serving > 0 ? HOPELESS_DELAY_MS : undefined);
      if (waitMs === undefined) return options.onGiveUp();
      options.log.error(`a process that runs the model ${how}; another one is started in ${waitMs} ms`);
      await sleep(waitMs, undefined, { ref: false });
    }
  }

  const first = await new Promise<Runner>((resolve, reject) => {
    void keep({ resolve, reject });
  });
  for (let i = 1; i < options.count; i++) void keep();
  return {
    first,
    async close() {
      closed = true;
      for (const child of children) child.kill("SIGKILL");
    },
  };
}

/** Resolves when the process has ended. */
function live(
  child: ChildProcess,
  { onReady, onExit, runLimitMs }: RunnerPoolOptions,
  isReady: (runner: Runner) => void,
): Promise<{ readyMs: number | undefined; how: string }> {
  let readyAt: number | undefined;
  let ended: string | undefined;
  let late = false;
  let said: string | undefined;
  let run: { resolve(results: Tensors): void; reject(error: Error): void; limit: NodeJS.Timeout } | undefined;
  const runner: Runner = {
    run: (inputs, outputs) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(processEnded(ended));
        const limit = setTimeout(() => {
          late = true;
          child.kill("SIGKILL");
        }, runLimitMs);
        run = { resolve, reject, limit };
        const request: RunRequest = { inputs, outputs };
        // If it cannot be sent, the process is ending, and its end is handled below.
        child.send(request, () => {});
      }),
  };
  const endRun = () => {
    clearTimeout(run?.limit);
    const last = run;
    run = undefined;
    return last;
  };
  child.on("message", (message: RunnerMessage) => {
    // Node.js can report the end of a process before its last message.
    if (ended !== undefined) return;
    if (message.is === "ready") {
      readyAt = performance.now();
      isReady(runner);
      onReady(runner);
    } else if (message.is === "answer") endRun()?.resolve(message.results);
    else if (readyAt === undefined) said = message.message;
    else endRun()?.reject(new Error(message.message));
  });
  return new Promise((resolve) => {
    const end = (how: string) => {
      ended = how;
      onExit(runner);
      endRun()?.reject(processEnded(how));
      resolve({ readyMs: readyAt === undefined ? undefined : performance.now() - readyAt, how });
    };
    child.once("exit", (code, signal) => {
      const how = said === undefined ? exitReason(code, signal) : `${exitReason(code, signal)} (${said})`;
      end(late ? `was ended, since its run took more than ${runLimitMs} ms` : how);
    });
    child.on("error", (error) => {
      if (child.pid === undefined) end(`could not be started: ${error.message}`);
    });
  });
}

function processEnded(how: string): RequestError {
  return unavailable(`The process that ran the model ${how}. Another one takes its place.`);
}
