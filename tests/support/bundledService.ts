/** The service as its container runs it, with the test's own model, and its processes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "./freePorts.ts";
import { ModelFolder } from "./modelFolder.ts";
import { processTree } from "./processTree.ts";
import { sharedLayout } from "./serviceLayout.ts";
import { type ServiceProcess, spawnService } from "./serviceProcess.ts";

export interface BundledService extends ServiceProcess {
  readonly port: number;
  readonly platformPort: number;
  /** Where the model runs: "in-process" or "isolated". */
  readonly mode: string;
  /** Its processes that run this program, such as "runner". */
  pids(program: "main" | "worker" | "runner"): number[];
  /** Ends it at once, if it still runs. */
  end(): Promise<void>;
}

/** The first processor that this process may use. */
const CORE = Number(/^Cpus_allowed_list:\s*(\d+)/m.exec(statusOfThis())?.[1] ?? 0);

/**
 * Starts it and waits until it serves.
 *
 * @param model Fits `model/contract.json`. Unset: that of model/.
 * @param oneCore Gives it one processor, so that it has one runner and leaves the others to the callers.
 */
export async function startBundled({
  model,
  env = {},
  oneCore = false,
}: {
  readonly model?: Uint8Array;
  readonly env?: Record<string, string>;
  readonly oneCore?: boolean;
}): Promise<BundledService> {
  const app = await sharedLayout();
  const folder = new ModelFolder();
  if (model) folder.write("model.onnx", model);
  // A worker that replaces another one takes its port, too.
  const [port = 0, platformPort = 0] = await freePorts(2);
  const service = spawnService(
    { MODEL_DIR: folder.path, PORT: String(port), PLATFORM_PORT: String(platformPort), ...env },
    [join(app, "main.cjs")],
    oneCore ? CORE : undefined,
  );
  const end = async () => {
    service.child.kill("SIGKILL");
    await service.exit;
    folder[Symbol.dispose]();
  };
  try {
    const { mode } = await service.line("serving");
    const pids = (program: string) =>
      processTree(service.child.pid!).filter((pid) => commandOf(pid).includes(`/${program}.cjs`));
    return {
      ...service,
      port,
      platformPort,
      mode: String(mode),
      pids,
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function statusOfThis(): string {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return ""; // not on Linux: the suites that use this are skipped there
  }
}

/** Empty for a process that has ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
