/**
 * `npm run bench:service`: this service beside what else one would serve the same model with (service/servers.ts), in
 * one run, each server on one core and the client on another. The models take the three columns of the example model.
 * Needs Linux with two cores, and Python 3.11.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { startClient } from "./service/client.ts";
import { describeMachine } from "./service/machine.ts";
import { measureModel, type Setting } from "./service/measure.ts";
import { trainedModels } from "./service/models.ts";
import { type Options, readOptions } from "./service/options.ts";
import { renderSelfTimes } from "./service/profile.ts";
import { profileService } from "./service/profileService.ts";
import { type Cell, OURS, type Process, renderCell, renderNotes, renderProcesses } from "./service/report.ts";
import { SERVERS } from "./service/servers.ts";

const CORES = { server: 0, client: 1 };
/** Rows of a profile's table. */
const FUNCTIONS = 30;

const root = path.join(import.meta.dirname, "..", "..");
const folder = path.join(root, ".slipway", "bench");
const scratch = path.join(folder, "service");
const titles = Object.fromEntries(Object.entries(SERVERS).map(([key, { title }]) => [key, title]));

const options = readOptions();
if (process.platform !== "linux" || os.cpus().length < 2) {
  console.error("This needs Linux and two cores: one for the server, one for the client.");
  process.exit(2);
}
// As an exit of this process, it takes the servers along.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
mkdirSync(scratch, { recursive: true });
const models = await trainedModels();
const notMeasured = await prepare(options);
// What it starts has its core from it, but for the servers.
execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", `${CORES.client}`, `${process.pid}`]);
const client = startClient();
const machine = describeMachine(CORES);
console.log(`${machine.join("\n")}\n`);
const setting: Setting = {
  client,
  serverCore: CORES.server,
  models,
  scratch,
  servers: options.servers.filter((key) => !(key in notMeasured)),
  rounds: options.rounds,
  seconds: options.seconds,
};
try {
  await (options.profile ? profile() : measure());
} finally {
  client.disconnect();
}

/** @returns why there is nothing to measure, by server. */
async function prepare({ servers, profile }: Options): Promise<Record<string, string>> {
  const reasons: Record<string, string> = {};
  for (const key of profile ? [] : servers) {
    await SERVERS[key].prepare().catch((error: Error) => {
      reasons[key] = `not installed: ${error.message}`;
    });
  }
  return reasons;
}

async function measure(): Promise<void> {
  const cells: Cell[] = [];
  const byModel: Record<string, Record<string, Process>> = {};
  for (const model of new Set(options.choices.map((choice) => choice.model))) {
    const choices = options.choices.filter((choice) => choice.model === model);
    const { processes, failed } = await measureModel(model, choices, setting, (cell) => {
      cells.push(cell);
      console.log(`${renderCell(cell, titles)}\n`);
    });
    byModel[model] = processes;
    for (const [key, reason] of Object.entries(failed)) notMeasured[key] ??= reason;
    console.log(`${renderProcesses(model, processes, titles)}\n`);
  }
  const { seconds, rounds } = options;
  const result = { machine, seconds, rounds, titles, notMeasured, cells, processes: byModel };
  console.log(renderNotes(result));
  writeFileSync(path.join(folder, "service.json"), `${JSON.stringify(result, undefined, 2)}\n`);
  if (OURS in notMeasured) process.exitCode = 1;
}

async function profile(): Promise<void> {
  const { perSecond, threads } = await profileService(setting);
  console.log(
    `Self time at ${Math.round(perSecond).toLocaleString("en")} requests a second, with the profiler on`,
  );
  for (const [file, times] of threads)
    console.log(`\n${path.relative(root, file)}\n${renderSelfTimes(times.slice(0, FUNCTIONS))}`);
}
