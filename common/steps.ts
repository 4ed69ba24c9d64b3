/** Work in steps. Pure. */

/** Long work that can pause: at each `yield`, other work may run before it goes on. */
export type Steps<T> = Generator<void, T>;

/** Runs all steps at once. */
export function finished<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
