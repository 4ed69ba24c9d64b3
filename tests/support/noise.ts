/** How far other work on this machine delays this process. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { long } from "./long.ts";

/**
 * Watches how late this process is, which has little to do itself.
 *
 * @returns What to add to a limit of time, in milliseconds. It is 0 in the long form, which needs an idle machine. It has
 * a bound, so that no service passes that keeps its callers waiting.
 */
export function watchNoise(): () => number {
  const delay = monitorEventLoopDelay();
  delay.enable();
  return () => {
    delay.disable();
    return long ? 0 : Math.min(MOST_MS, (NOISES * delay.percentile(99)) / 1e6);
  };
}

/** A request goes through several processes, each of which may be late. */
const NOISES = 4;
/** A service that slows the machine makes this process late, too. Its queue, when full, takes five times as long as this. */
const MOST_MS = 1_000;
