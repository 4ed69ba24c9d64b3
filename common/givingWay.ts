/** Long work that does not keep others waiting. */
import type { Steps } from "./steps.ts";

/** How long new events may wait, in milliseconds. */
const PATIENCE = 4;

/** Does the steps one by one, and lets other work run in between. */
export async function givingWay<T>(steps: Steps<T>): Promise<T> {
  for (let last = performance.now(); ; ) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - last < PATIENCE) continue;
    await breath();
    last = performance.now();
  }
}

/** Lets waiting events run. */
export const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
