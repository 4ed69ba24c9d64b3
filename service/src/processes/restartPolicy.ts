/** Says when a process that died is started again. Pure. */

/** A process that was ready this long was well, in milliseconds. */
const WELL_MS = 10_000;
/** After this many deaths in a row without one that was ready, it is given up. */
const MOST_STILLBORN = 5;
/** The wait after the second death in a row, in milliseconds. It doubles with each further one. */
const FIRST_DELAY_MS = 100;
/** It is back within two seconds, however often it dies. */
const LONGEST_DELAY_MS = 1_000;

export class RestartPolicy {
  #inARow = 0;
  #stillborn = 0;

  /**
   * @param readyMs How long it had been ready; undefined if it never was.
   * @returns how many milliseconds to wait before the next is started; undefined if it is of no use.
   */
  nextDelayMs(readyMs: number | undefined): number | undefined {
    this.#stillborn = readyMs === undefined ? this.#stillborn + 1 : 0;
    if (this.#stillborn >= MOST_STILLBORN) return undefined;
    this.#inARow = readyMs !== undefined && readyMs >= WELL_MS ? 1 : this.#inARow + 1;
    return this.#inARow === 1 ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#inARow - 2));
  }
}
