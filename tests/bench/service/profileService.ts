/** Where the service spends its time under load. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { SourceMap } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ask, WARM_UP_SECONDS } from "./client.ts";
import { type Setting, startServer } from "./measure.ts";
import { type CpuProfile, type SelfTime, selfTimes } from "./profile.ts";
import { OURS } from "./report.ts";
import { SERVERS } from "./servers.ts";

const CHOICE = { model: "logistic", connections: 32, rows: 1 };

export interface Profiled {
  /** Slower than without a profiler. */
  readonly perSecond: number;
  /** By file with the whole profile: one for each thread and process that ran JavaScript. */
  readonly threads: ReadonlyMap<string, readonly SelfTime[]>;
}

/** Measures with Node.js' own sampling profiler; what is before and after the load is left out. */
export async function profileService(setting: Setting): Promise<Profiled> {
  const { models, scratch, seconds, client } = setting;
  const folder = path.join(scratch, "profiles");
  rmSync(folder, { recursive: true, force: true });
  const server = await startServer(OURS, CHOICE.model, setting, [
    "--cpu-prof",
    "--cpu-prof-interval=250",
    `--cpu-prof-dir=${folder}`,
  ]);
  const from = microseconds() + WARM_UP_SECONDS * 1e6;
  const model = path.join(models, CHOICE.model);
  const { perSecond } = await ask(client, SERVERS[OURS], { ...CHOICE, model, port: server.port, seconds });
  const until = microseconds();
  await server.stop();

  const maps = new Map<string, SourceMap>();
  const mapOf = (url: string) => {
    const map = maps.get(url) ?? new SourceMap(readJson(`${fileURLToPath(url)}.map`));
    maps.set(url, map);
    return map;
  };
  const threads = readdirSync(folder).map((name): [string, SelfTime[]] => {
    const file = path.join(folder, name);
    return [file, selfTimes(readJson(file) as CpuProfile, { from, until, mapOf })];
  });
  return { perSecond, threads: new Map(threads) };
}

/** Of the monotonic clock, as V8 has them. */
const microseconds = () => Number(process.hrtime.bigint() / 1000n);

const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));
