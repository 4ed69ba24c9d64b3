/** Measures all servers of one model. */
import type { ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { othersCpuSeconds, type Usage, usage } from "../../support/processTree.ts";
import { ask } from "./client.ts";
import type { Choice } from "./options.ts";
import { type PinnedServer, startPinned } from "./pinnedServer.ts";
import type { Cell, Process, Round } from "./report.ts";
import { SERVERS, type ServerKey } from "./servers.ts";

export interface Setting {
  readonly client: ChildProcess;
  readonly serverCore: number;
  /** Folder with one of each model. */
  readonly models: string;
  /** Folder for what servers need and log. */
  readonly scratch: string;
  readonly servers: readonly ServerKey[];
  readonly rounds: number;
  readonly seconds: number;
}

/** The share of this machine's processors that others may take in a round. */
const QUIET = 0.15;

type Up = Map<ServerKey, PinnedServer>;
type ByServer<T> = Partial<Record<ServerKey, T>>;

/**
 * All servers are up at once and asked in turn, so that what else goes on on this machine meets them alike.
 *
 * @param measured Told of each cell as it is done.
 */
export async function measureModel(
  model: string,
  choices: readonly Choice[],
  setting: Setting,
  measured: (cell: Cell) => void,
): Promise<{ processes: ByServer<Process>; failed: ByServer<string> }> {
  const { up, readySeconds, failed } = await startAll(model, setting);
  try {
    const atStart = new Map([...up].map(([key, { pid }]) => [key, usage(pid)]));
    const most = new Map(atStart);
    for (const choice of choices) measured(await measureCell(choice, up, most, failed, setting));
    const processes = [...up].map(([key, { log }]): [ServerKey, Process] => [
      key,
      {
        ...modeOf(key, log()),
        readySeconds: readySeconds[key]!,
        processes: most.get(key)!.processes,
        rssAtStart: atStart.get(key)!.rss,
        rssUnderLoad: most.get(key)!.rss,
        pssUnderLoad: most.get(key)!.pss,
      },
    ]);
    return { processes: Object.fromEntries(processes), failed };
  } finally {
    for (const server of up.values()) await server.stop();
  }
}

/** Starts each as often as there are rounds, in turn, and leaves it up the last time. */
async function startAll(model: string, setting: Setting) {
  const up: Up = new Map();
  const readySeconds: ByServer<number[]> = {};
  const failed: ByServer<string> = {};
  for (let round = 1; round <= setting.rounds; round++) {
    for (const key of setting.servers.filter((one) => !(one in failed))) {
      try {
        const server = await startServer(key, model, setting);
        (readySeconds[key] ??= []).push(server.readySeconds);
        if (round < setting.rounds) await server.stop();
        else up.set(key, server);
      } catch (error) {
        failed[key] = `${model}: ${(error as Error).message}`;
      }
    }
  }
  return { up, readySeconds, failed };
}

/** @param nodeArguments For Node.js, before the script. */
export async function startServer(
  key: ServerKey,
  model: string,
  { models, scratch, serverCore }: Setting,
  nodeArguments: readonly string[] = [],
): Promise<PinnedServer> {
  const own = path.join(scratch, `${key}-${model}`);
  mkdirSync(own, { recursive: true });
  const launch = await SERVERS[key].launch(path.join(models, model), own);
  const [program, ...args] = launch.command;
  return startPinned({ ...launch, command: [program, ...nodeArguments, ...args] }, serverCore, `${own}.log`);
}

/**
 * @param most Where it is noted when a server takes more memory than so far.
 * @param failed Where it is noted that a server did not answer as it must; it is asked no more.
 */
async function measureCell(
  choice: Choice,
  up: Up,
  most: Map<ServerKey, Usage>,
  failed: ByServer<string>,
  setting: Setting,
): Promise<Cell> {
  const rounds: ByServer<Round[]> = Object.fromEntries([...up.keys()].map((key) => [key, []]));
  for (let round = 0; round < setting.rounds; round++) {
    for (const [key, server] of round % 2 === 0 ? [...up] : [...up].toReversed()) {
      try {
        rounds[key]!.push(await measureRound(key, server, choice, setting));
        const now = usage(server.pid);
        if (now.rss > most.get(key)!.rss) most.set(key, now);
      } catch (error) {
        const { model, connections, rows } = choice;
        failed[key] = `${model}, connections ${connections}, rows ${rows}: ${(error as Error).message}`;
        delete rounds[key];
        up.delete(key);
        await server.stop();
      }
    }
  }
  const modes = [...up].flatMap(([key, { log }]) => Object.entries(modeOf(key, log())));
  return { ...choice, ...Object.fromEntries(modes), rounds };
}

/** Once more where other processes took much of the machine; the quieter of the two counts. */
async function measureRound(
  key: ServerKey,
  server: PinnedServer,
  choice: Choice,
  setting: Setting,
): Promise<Round> {
  const round = await measureOnce(key, server, choice, setting);
  if (round.others <= QUIET) return round;
  const again = await measureOnce(key, server, choice, setting);
  return again.others < round.others ? again : round;
}

async function measureOnce(
  key: ServerKey,
  { pid, port }: PinnedServer,
  choice: Choice,
  { client, models, seconds }: Setting,
): Promise<Round> {
  const before = moment(pid);
  const model = path.join(models, choice.model);
  const { perSecond, p50, p99, busy, allAnswers } = await ask(client, SERVERS[key], {
    ...choice,
    model,
    port,
    seconds,
  });
  const after = moment(pid);
  return {
    perSecond,
    perCpuSecond: allAnswers / (after.server - before.server),
    p50,
    p99,
    clientBusy: busy,
    others: (after.others - before.others) / (after.time - before.time) / cpus().length,
  };
}

/** Seconds, of the clock, and of processor time of the server and of all that is not of this benchmark. */
function moment(server: number): Record<"time" | "server" | "others", number> {
  return {
    time: performance.now() / 1000,
    server: usage(server).cpuSeconds,
    others: othersCpuSeconds(process.pid),
  };
}

function modeOf(key: ServerKey, log: string): { mode?: string } {
  const mode = SERVERS[key].mode?.(log);
  return mode === undefined ? {} : { mode };
}
