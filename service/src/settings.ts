/** What the environment says. Pure. */
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
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error naming every setting at fault, in one line. */
export function readSettings(env: Environment, defaults: { modelDir: string }): Settings {
  const faults: string[] = [];
  const integer = (name: string, fallback: number, highest: number) => {
    const text = env[name] ?? String(fallback);
    const value = Number(text);
    if (!/^\d+$/.test(text) || value > highest)
      faults.push(`${name} must be an integer from 0 to ${highest}, got ${JSON.stringify(text)}`);
    return value;
  };
  const settings = {
    host: env.HOST ?? "0.0.0.0",
    port: integer("PORT", 8000, 65_535),
    platformPort: integer("PLATFORM_PORT", 9000, 65_535),
    modelDir: env.MODEL_DIR ?? defaults.modelDir,
    release: env.SLIPWAY_RELEASE ?? "unreleased",
    drainMs: integer("DRAIN_MS", 2_000, 15_000),
  };
  if (settings.port !== 0 && settings.port === settings.platformPort)
    faults.push(`PORT and PLATFORM_PORT are both ${settings.port}`);
  if (!/^[A-Za-z0-9._-]{1,63}$/.test(settings.release)) {
    faults.push(
      `SLIPWAY_RELEASE must be 1 to 63 of letters, digits, '.', '_' and '-', got ${JSON.stringify(settings.release)}`,
    );
  }
  if (faults.length > 0) throw new Error(faults.join("; "));
  return settings;
}
