/** Keeps a worker alive: starts another one when it dies or hangs. */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { exitReason } from "./exitReason.ts";
import type { FromWorker, MetricsPage, ToWorker } from "./messages.ts";
import { RestartPolicy } from "./restartPolicy.ts";

export interface SupervisedWorker {
  /** The metrics of the worker; undefined while none serves. */
  metrics(): Promise<MetricsPage | undefined>;
  /** Lets it finish what it does. @throws Error if it ends in another way than with exit code 0. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

export interface WorkerOptions {
  start(): ChildProcess;
  /** It takes requests from now on. */
  onServing(says: Readonly<Record<string, unknown>>): void;
  /** It has ended. Another one is started in `waitMs` milliseconds. */
  onExit(how: string, waitMs: number): void;
  /** To start another one is of no use. @param served Whether any of them ever served. */
  onGiveUp(how: string, served: boolean): void;
  /** A worker that serves and says nothing for this long hangs, in milliseconds. */
  readonly hangMs: number;
}

/** The time between two pings, in milliseconds. */
const PING_MS = 1_000;

export function superviseWorker(options: WorkerOptions): SupervisedWorker {
  const restarts = new RestartPolicy();
  let child: ChildProcess | undefined;
  let servingSince: number | undefined;
  /** How many pings it has not answered. A time would also count a pause of the whole container. */
  let unanswered = 0;
  let hangs = false;
  let stopping = false;
  let served = false;
  let ended: Promise<string> = Promise.resolve("");
  const asked = new Map<number, (page: MetricsPage | undefined) => void>();
  let lastId = 0;
  const say = (message: ToWorker) => child?.send(message, () => {});

  function hear(message: FromWorker): void {
    unanswered = 0;
    if (message.is === "metrics") answer(message.id, message.page);
    if (message.is !== "serving") return;
    servingSince = performance.now();
    served = true;
    if (!stopping) options.onServing(message.says);
  }

  function answer(id: number, page: MetricsPage | undefined): void {
    asked.get(id)?.(page);
    asked.delete(id);
  }

  async function live(): Promise<string> {
    const own = options.start();
    child = own;
    hangs = false;
    own.on("message", hear);
    const how = await new Promise<string>((resolve) => {
      own.once("exit", (code, signal) => resolve(exitReason(code, signal)));
      own.on("error", (error) => own.pid === undefined && resolve(`could not be started: ${error.message}`));
    });
    child = undefined;
    for (const id of asked.keys()) answer(id, undefined);
    return hangs ? `hung for more than ${options.hangMs} ms and was ended` : how;
  }

  async function keep(): Promise<void> {
    for (;;) {
      ended = live();
      const how = await ended;
      const readyMs = servingSince === undefined ? undefined : performance.now() - servingSince;
      servingSince = undefined;
      if (stopping) return;
      const waitMs = served ? restarts.nextDelayMs(readyMs) : undefined;
      if (waitMs === undefined) return options.onGiveUp(how, served);
      options.onExit(how, waitMs);
      await sleep(waitMs);
      if (stopping) return;
    }
  }

  void keep();
  setInterval(() => {
    if (servingSince === undefined || stopping) return;
    if (unanswered * PING_MS > options.hangMs) {
      hangs = true;
      child?.kill("SIGKILL");
    } else {
      unanswered += 1;
      say({ is: "ping" });
    }
  }, PING_MS).unref();

  return {
    metrics() {
      if (servingSince === undefined) return Promise.resolve(undefined);
      const id = ++lastId;
      return new Promise((resolve) => {
        asked.set(id, resolve);
        say({ is: "metrics", id });
      });
    },
    async stop() {
      stopping = true;
      // A worker that has not opened its port yet has nothing to finish.
      if (servingSince === undefined) return void child?.kill("SIGKILL");
      say({ is: "stop" });
      const how = await ended;
      if (how !== exitReason(0, null)) throw new Error(`the process that answers ${how} while stopping`);
    },
    kill: () => void child?.kill("SIGKILL"),
  };
}
