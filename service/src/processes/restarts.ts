/** When a process that died is started again. Pure. */

/** A process that was ready for so long was well: milliseconds. */
const WELL_MS = 10_000;
/** So many deaths in a row, none of them ready, and it is given up. */
const MOST_STILLBORN = 5;
/** Before the third in a row is started; doubled for each after it, in milliseconds. */
const FIRST_DELAY_MS = 100;
/** So that it is back within two seconds however often it dies. */
const LONGEST_DELAY_MS = 1_000;

export class Restarts {
  #inARow = 0;
  #stillborn = 0;

  /**
   * @param readyMs How long it had been ready; undefined if it never was.
   * @returns how many milliseconds to wait before the next is started; undefined when it is of no use.
   */
  died(readyMs: number | undefined): number | undefined {
    this.#stillborn = readyMs === undefined ? this.#stillborn + 1 : 0;
    if (this.#stillborn >= MOST_STILLBORN) return undefined;
    this.#inARow = readyMs !== undefined && readyMs >= WELL_MS ? 1 : this.#inARow + 1;
    return this.#inARow === 1 ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#inARow - 2));
  }
}
