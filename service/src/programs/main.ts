/** The process that a container starts: signals, the platform's port, and the worker that answers; nothing else. */
import type { Server } from "node:http";
import { join } from "node:path";
import closeWithGrace from "close-with-grace";
import pino from "pino";
import { platformListener } from "../http/platform.ts";
import { closeServer, listen } from "../http/server.ts";
import type { ServiceState } from "../processes/state.ts";
import { type SupervisedWorker, superviseWorker } from "../processes/superviseWorker.ts";
import { readSettings, STOP_MS } from "./settings.ts";
import { startProcess } from "./startProcess.ts";

/** A worker that is silent for this long hangs, in milliseconds, whether or not it runs the model itself. */
const HANG_MS = 10_000;

const log = pino({ base: null });
const state: ServiceState = { phase: "loading" };
let platformServer: Server | undefined;
let worker: SupervisedWorker | undefined;

// First of all: as PID 1 the process has no default handlers, and would ignore SIGTERM until it has ours.
closeWithGrace(
  {
    delay: STOP_MS,
    logger: false,
    // A crash in native code must end the process: with a handler of ours it would hang instead.
    skip: ["SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGTRAP"],
    onSecondSignal: (signal) => log.error(`second ${signal}: leaving at once`),
    onTimeout: (delay) => log.error(`not stopped within ${delay} ms: leaving at once`),
  },
  async ({ signal, err }) => {
    if (err) log.fatal({ err }, "unexpected error");
    state.phase = "draining";
    log.info({ reason: signal ?? "error" }, "stopping");
    await worker?.stop().catch((error: Error) => {
      log.fatal(error.message);
      throw error;
    });
    // Last, so that probes are answered to the end.
    if (platformServer) await closeServer(platformServer, 0);
    log.info("stopped");
  },
);
// Whatever the worker does, it does not outlive this process.
process.once("exit", () => worker?.kill());

start().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));

async function start(): Promise<void> {
  const settings = readSettings(process.env, { modelDir: join(import.meta.dirname, "model") });
  const { host, platformPort } = settings;
  let ports: { platformPort: number } | undefined;
  let says: Readonly<Record<string, unknown>> | undefined;
  // Once both ports are open.
  const ready = () => {
    if (!ports || !says || state.phase === "draining") return;
    state.phase = "ready";
    log.info({ ...says, ...ports }, "serving");
  };

  worker = superviseWorker({
    start: () => startProcess("worker"),
    onServing(what) {
      says = what;
      ready();
    },
    onExit(how, waitMs) {
      says = undefined;
      state.phase = "loading";
      log.error(`the process that answers ${how}; another one is started in ${waitMs} ms`);
    },
    onGiveUp(how, served) {
      if (served) fail(`the process that answers ${how}, as those before it did: giving up`);
      // One that ends by itself has written down why.
      else if (how.startsWith("ended")) process.exit(1);
      else fail(`the process that answers ${how} before it was ready`);
    },
    hangMs: Math.max(HANG_MS, 2 * settings.timeoutMs),
  });
  const listener = platformListener({ state, metrics: worker.metrics });
  const platform = await listen(listener, platformPort, host);
  platformServer = platform.server;
  ports = { platformPort: platform.port };
  ready();
}

function fail(message: string): void {
  log.fatal(message);
  process.exit(1);
}
