/** `npm run serve`: the service on this machine, from its source and without a container. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, watch } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Command, InvalidArgumentError, Option } from "commander";

/** An editor writes a file in several steps. */
const SETTLE_MS = 100;
const SOURCE = join(import.meta.dirname, "src");

interface Options {
  readonly model: string;
  readonly port: string;
  readonly platformPort: string;
  readonly watch?: true;
}

const options = new Command("npm run serve --")
  .description("Serves a model on 127.0.0.1, as its pod would. Ctrl-C ends it.")
  .addOption(new Option("--model <dir>", "the model's folder").argParser(modelFolder).default("model"))
  .option("--port <port>", "for callers", "8000")
  .option("--platform-port <port>", "for probes and metrics", "9000")
  .option("--watch", "start again when the model or the service changes")
  .parse()
  .opts<Options>();

let stopping = false;
let restarting = false;
let service = start();

if (options.watch) {
  let settling: NodeJS.Timeout | undefined;
  for (const folder of [options.model, SOURCE])
    watch(folder, { recursive: true }, () => {
      clearTimeout(settling);
      settling = setTimeout(restart, SETTLE_MS);
    });
}
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    stopping = true;
    // Ctrl-C reaches it too; a second signal would have it leave at once.
    if (signal === "SIGTERM") service.kill(signal);
    if (ended(service)) process.exit();
  });

function start(): ChildProcess {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--enable-source-maps", join(SOURCE, "programs", "main.ts")],
    {
      env: {
        ...process.env,
        HOST: "127.0.0.1",
        PORT: options.port,
        PLATFORM_PORT: options.platformPort,
        MODEL_DIR: options.model,
        DRAIN_MS: "0",
      },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  createInterface({ input: child.stdout }).on("line", tell);
  child.once("exit", (code) => {
    if (stopping || !options.watch) process.exit(code ?? 1);
  });
  return child;
}

async function restart(): Promise<void> {
  if (restarting) return;
  restarting = true;
  if (!ended(service)) {
    service.kill("SIGTERM");
    await once(service, "exit");
  }
  restarting = false;
  if (!stopping) service = start();
}

function modelFolder(value: string): string {
  if (!existsSync(join(value, "contract.json")))
    throw new InvalidArgumentError("There is no contract.json in it.");
  return value;
}

function ended({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Prints the service's log as it is, except for the lines that a person waits for. */
function tell(line: string): void {
  const { msg, model, port, platformPort } = JSON.parse(line) as Record<string, unknown>;
  console.log(
    msg === "serving"
      ? `Serving ${model}: http://127.0.0.1:${port}/docs (metrics: http://127.0.0.1:${platformPort}/metrics)`
      : line,
  );
}
