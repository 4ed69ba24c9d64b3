/** What the environment says. Pure. */

/** From SIGTERM to the end: Kubernetes kills 45 s after its 8 s of preStop began. */
export const STOP_MS = 30_000;
/** The last part of that time: for runs of the model that nobody waits for any more, and for the last traces. */
const LAST_MS = 5_000;
/** What is left for requests. */
const REQUESTS_MS = STOP_MS - LAST_MS;

export interface Settings {
  readonly host: string;
  /** Port for callers; 0 takes any free one. */
  readonly port: number;
  readonly platformPort: number;
  /** Folder with model.onnx and contract.json. */
  readonly modelDir: string;
  readonly release: string;
  /** How long to go on taking requests after SIGTERM. */
  readonly drainMs: number;
  /** How long the answers under way may take after that: what is left of `STOP_MS`. */
  readonly closeMs: number;
  /** How long a caller waits at most. */
  readonly timeoutMs: number;
  /** Rows of one run of the model, at most. */
  readonly maxBatchRows: number;
  /** What may wait for the model, at most. */
  readonly queueRows: number;
  readonly queueRequests: number;
  readonly runMode: RunMode;
  /** Whether to write a line for each request. */
  readonly accessLog: boolean;
}

/** Whether the model runs in the process that answers, or in processes of its own; `auto` measures how fast it is. */
const RUN_MODES = ["auto", "in-process", "isolated"] as const;
export type RunMode = (typeof RUN_MODES)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error naming every setting at fault, in one line. */
export function readSettings(env: Environment, defaults: { modelDir: string }): Settings {
  const faults: string[] = [];
  const integer = (name: string, fallback: number, highest: number, lowest = 0) => {
    const text = env[name] ?? String(fallback);
    const value = Number(text);
    if (!/^\d+$/.test(text) || value > highest || value < lowest)
      faults.push(`${name} must be an integer from ${lowest} to ${highest}, got ${JSON.stringify(text)}`);
    return value;
  };
  const oneOf = <T extends string>(name: string, known: readonly [T, ...T[]]): T => {
    const text = env[name] ?? known[0];
    const value = known.find((one) => one === text);
    if (value === undefined)
      faults.push(`${name} must be one of ${known.join(", ")}, got ${JSON.stringify(text)}`);
    return value ?? known[0];
  };
  const settings = {
    host: env.HOST ?? "0.0.0.0",
    port: integer("PORT", 8000, 65_535),
    platformPort: integer("PLATFORM_PORT", 9000, 65_535),
    modelDir: env.MODEL_DIR ?? defaults.modelDir,
    release: env.SLIPWAY_RELEASE ?? "unreleased",
    drainMs: integer("DRAIN_MS", 2_000, 15_000),
    timeoutMs: integer("REQUEST_TIMEOUT_MS", 5_000, REQUESTS_MS, 1),
    maxBatchRows: integer("MAX_BATCH_ROWS", 1_024, 10_000, 1),
    queueRows: integer("QUEUE_ROWS", 20_000, 1_000_000, 1),
    queueRequests: integer("QUEUE_REQUESTS", 450, 100_000, 1),
    runMode: oneOf("RUN_MODE", RUN_MODES),
    accessLog: oneOf("ACCESS_LOG", ["false", "true"]) === "true",
  };
  if (settings.port !== 0 && settings.port === settings.platformPort)
    faults.push(`PORT and PLATFORM_PORT are both ${settings.port}`);
  const closeMs = REQUESTS_MS - settings.drainMs;
  if (settings.timeoutMs > closeMs)
    faults.push(
      `REQUEST_TIMEOUT_MS and DRAIN_MS may be ${REQUESTS_MS} together, or a rollout would cut requests, got ${settings.timeoutMs} and ${settings.drainMs}`,
    );
  if (!/^[A-Za-z0-9._-]{1,63}$/.test(settings.release)) {
    faults.push(
      `SLIPWAY_RELEASE must be 1 to 63 of letters, digits, '.', '_' and '-', got ${JSON.stringify(settings.release)}`,
    );
  }
  if (faults.length > 0) throw new Error(faults.join("; "));
  return { ...settings, closeMs };
}
