/** Keeps a worker alive: another one is started when it dies, and when it hangs. */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { howItEnded } from "./howItEnded.ts";
import type { FromWorker, MetricsPage, ToWorker } from "./messages.ts";
import { Restarts } from "./restarts.ts";

export interface KeptWorker {
  /** What it measures; undefined while there is none that serves. */
  metrics(): Promise<MetricsPage | undefined>;
  /** Has it end what it does. @throws Error if it ends in another way than with exit code 0. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

export interface WorkerOptions {
  start(): ChildProcess;
  /** It takes requests, from now on. */
  serving(says: Readonly<Record<string, unknown>>): void;
  /** It takes none any more, and another one is started in so many milliseconds. */
  died(how: string, waitMs: number): void;
  /** It is of no use to start another one. @param served Whether any of them ever served. */
  givenUp(how: string, served: boolean): void;
  /** One that serves and says nothing for so long hangs: milliseconds. */
  readonly hangMs: number;
}

/** How often it is asked whether it hangs. */
const PING_MS = 1_000;

export function keepWorker(options: WorkerOptions): KeptWorker {
  const restarts = new Restarts();
  let child: ChildProcess | undefined;
  let servingSince: number | undefined;
  /** Pings since it last said anything. Not a time, of which a pause of the whole container takes some. */
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
    if (!stopping) options.serving(message.says);
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
      own.once("exit", (code, signal) => resolve(howItEnded(code, signal)));
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
      const waitMs = served ? restarts.died(readyMs) : undefined;
      if (waitMs === undefined) return options.givenUp(how, served);
      options.died(how, waitMs);
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
      // One that has not opened its port yet has nothing to end.
      if (servingSince === undefined) return void child?.kill("SIGKILL");
      say({ is: "stop" });
      const how = await ended;
      if (how !== howItEnded(0, null)) throw new Error(`the process that answers ${how} while stopping`);
    },
    kill: () => void child?.kill("SIGKILL"),
  };
}
