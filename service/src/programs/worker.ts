/** The process that answers callers: environment, files, port; nothing else. The supervisor starts it and tells it when to stop. */
import { readFile } from "node:fs/promises";
import type { Server } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { servedContract } from "../../../contract/index.ts";
import { parseContract } from "../../../contract/parseContract.ts";
import type { Predictor } from "../engine/predictor.ts";
import { firstGolden } from "../golden/firstGolden.ts";
import { releaseHeaders } from "../http/releaseHeaders.ts";
import { closeServer, listen } from "../http/server.ts";
import type { FromWorker, ToWorker } from "../processes/messages.ts";
import type { ServiceState } from "../processes/state.ts";
import { openAccessLog } from "../telemetry/accessLog.ts";
import { countPredictions } from "../telemetry/countPredictions.ts";
import { createMetrics, METRICS_MEDIA_TYPE, type Metrics } from "../telemetry/serviceMetrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import { tracingEnabled } from "../telemetry/tracingEnabled.ts";
import { createListener } from "./app.ts";
import { containerCpus } from "./cpus.ts";
import { openPredictor } from "./openPredictor.ts";
import { readSettings } from "./settings.ts";

/** What a collector gets to take the last spans. */
const TRACES_DEADLINE_MS = 2_000;

const log = pino({ base: null });
const state: ServiceState = { phase: "loading" };
let server: Server | undefined;
let predictor: Predictor | undefined;
let metrics: Metrics | undefined;
let tracing: Tracing | undefined;
const say = (message: FromWorker) => process.send!(message, () => {});

// A terminal sends these to all of its processes. The supervisor says when to stop.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => {});
// Without its supervisor the worker has no purpose. SIGKILL, since a run of the model may be under way.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("uncaughtException", (err) => {
  log.fatal({ err }, "unexpected error");
  process.exit(1);
});
process.on("message", async (message: ToWorker) => {
  if (message.is === "ping") say({ is: "pong" });
  if (message.is === "stop") await stop();
  if (message.is === "metrics" && metrics)
    say({
      is: "metrics",
      id: message.id,
      page: { mediaType: METRICS_MEDIA_TYPE, text: await metrics.text() },
    });
});

const settings = readSettings(process.env, { modelDir: join(import.meta.dirname, "model") });
start().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));

async function start(): Promise<void> {
  const { host, port, modelDir, release, timeoutMs } = settings;
  const contractFile = join(modelDir, "contract.json");
  const contract = servedContract(parseContract(await readFile(contractFile, "utf8"), contractFile));
  metrics = createMetrics({ contract, release });
  if (tracingEnabled(process.env)) {
    const { openTracing } = await import("../telemetry/tracing.ts");
    tracing = openTracing({ service: contract.name, release, log });
  }

  const opened = await openPredictor(modelDir, contract, {
    ...settings,
    cpus: containerCpus(),
    metrics,
    log,
    onGiveUp: () => fail("the processes that run the model end as soon as they have begun"),
  });
  predictor = opened;

  const accessLog = settings.accessLog ? openAccessLog() : undefined;
  const golden = () => firstGolden(modelDir);
  const observers = contract.task === "classification" ? [countPredictions(contract, metrics)] : [];
  const watching = { metrics, accessLog, tracing, observers, log };
  const deps = { predictor, contract, release, state, timeoutMs, golden, ...watching };
  const app = await listen(createListener(deps), port, host, releaseHeaders(release, contract));
  server = app.server;
  state.phase = "ready";
  const model = `${contract.name}/${contract.version}`;
  say({ is: "serving", says: { release, model, mode: opened.mode, port: app.port } });
}

async function stop(): Promise<void> {
  state.phase = "draining";
  // The port stays open for a while: whoever still sends here gets an answer, with "Connection: close" on it.
  await sleep(settings.drainMs);
  await closeServer(server!, settings.closeMs);
  await predictor!.close();
  await tracing?.close(TRACES_DEADLINE_MS);
  process.exit();
}

function fail(message: string): void {
  log.fatal(message);
  process.exit(1);
}
