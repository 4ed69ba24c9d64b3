/** Long work that does not keep others waiting. */
import type { Steps } from "./steps.ts";

/** So long, in milliseconds, what arrives may wait. */
const PATIENCE = 4;

/** Does work in steps, and between them what else there is to do. */
export async function givingWay<T>(steps: Steps<T>): Promise<T> {
  for (let last = performance.now(); ; ) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - last < PATIENCE) continue;
    await breath();
    last = performance.now();
  }
}

/** Lets what has arrived be heard. */
export const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
