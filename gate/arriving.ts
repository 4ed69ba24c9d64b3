/** The rows of a holdout, which can be used while it is read. */

import { breath } from "../common/givingWay.ts";
import type { Material } from "./data/material.ts";
import type { Holdout, HoldoutReader } from "./data/parseHoldout.ts";
import type { Arrivals } from "./measure/runTable.ts";

/** A few milliseconds of work. */
const ROWS_AT_A_TIME = 2048;

export class Arriving implements Arrivals {
  readonly reader: HoldoutReader;
  readonly #material: Promise<Material<Holdout>>;
  #rows = 0;
  #isDone = false;
  #wake: (() => void) | undefined;

  constructor(reader: HoldoutReader) {
    this.reader = reader;
    this.#material = this.#readAll();
  }

  /** Waits for all rows. */
  material(): Promise<Material<Holdout>> {
    return this.#material;
  }

  /** Waits until this many rows are there, or all. @returns How many there are, 0 if the holdout is faulty. */
  async rows(wanted: number): Promise<number> {
    while (this.#rows < wanted && !this.#isDone)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.reader.faulty ? 0 : this.#rows;
  }

  get total(): number | undefined {
    return this.#isDone ? this.#rows : undefined;
  }

  async #readAll(): Promise<Material<Holdout>> {
    try {
      while (this.reader.read(ROWS_AT_A_TIME) > 0) {
        this.#rows = this.reader.soFar.rows;
        this.#wake?.();
        await breath();
      }
      return this.reader.material();
    } finally {
      this.#isDone = true;
      this.#wake?.();
    }
  }
}
