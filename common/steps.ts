/** Work in steps. Pure. */

/** Long work that gives way now and then: at each `yield`, something else may be done before it goes on. */
export type Steps<T> = Generator<void, T>;

/** Does all of it at once. */
export function finished<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
