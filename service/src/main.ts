/** The process: environment, files, ports, signals; nothing else. */
import { readFile } from "node:fs/promises";
import type { Server } from "node:http";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import closeWithGrace from "close-with-grace";
import pino from "pino";
import { parseContract } from "../../model/contract.ts";
import { servedContract } from "../../model/servedContract.ts";
import { createApp } from "./app.ts";
import { createPlatformApp } from "./platform.ts";
import { openPredictor, type Predictor } from "./predictor.ts";
import { closeServer, listen } from "./server.ts";
import { readSettings } from "./settings.ts";
import type { ServiceState } from "./state.ts";

/** Kubernetes kills 45 s after its 8 s of preStop began; a run under way may need what is left of these 30. */
const STOP_DEADLINE_MS = 30_000;
/** What a client gets to take its answer, once no new request is taken. */
const CLOSE_DEADLINE_MS = 12_000;

const log = pino({ base: null });
const state: ServiceState = { phase: "loading" };
let drainMs = 0;
let server: Server | undefined;
let platformServer: Server | undefined;
let predictor: Predictor | undefined;

// First of all: as PID 1 the process has no default handlers, and would ignore SIGTERM until it has ours.
closeWithGrace(
  {
    delay: STOP_DEADLINE_MS,
    logger: false,
    // A crash in native code must end the process: with a handler of ours it would hang instead.
    skip: ["SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGTRAP"],
    onSecondSignal: (signal) => log.error(`second ${signal}: leaving at once`),
    onTimeout: (delay) => log.error(`not stopped within ${delay} ms: leaving at once`),
  },
  async ({ signal, err }) => {
    if (err) log.fatal({ err }, "unexpected error");
    const serving = state.phase === "ready";
    state.phase = "draining";
    log.info({ reason: signal ?? "error" }, "stopping");
    // The port stays open for a while: whoever still sends here gets an answer, with "Connection: close" on it.
    if (serving) await sleep(drainMs);
    if (server) await closeServer(server, CLOSE_DEADLINE_MS);
    await predictor?.close();
    // Last, so that probes are answered to the end.
    if (platformServer) await closeServer(platformServer, 0);
    log.info("stopped");
  },
);

start().catch((error: unknown) => {
  log.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
});

async function start(): Promise<void> {
  const { host, port, platformPort, modelDir, release, ...settings } = readSettings(process.env, {
    modelDir: join(import.meta.dirname, "model"),
  });
  drainMs = settings.drainMs;
  const platform = await listen(createPlatformApp({ state, log }).callback(), platformPort, host);
  platformServer = platform.server;

  const contractFile = join(modelDir, "contract.json");
  const contract = servedContract(parseContract(await readFile(contractFile, "utf8"), contractFile));
  predictor = await openPredictor(join(modelDir, "model.onnx"), contract, {
    threads: availableParallelism(),
  });

  const app = await listen(createApp({ predictor, contract, release, state, log }).callback(), port, host);
  server = app.server;
  // A signal may have come while the model was loading.
  if (state.phase === "loading") state.phase = "ready";
  log.info(
    { release, model: `${contract.name}/${contract.version}`, port: app.port, platformPort: platform.port },
    "serving",
  );
}
