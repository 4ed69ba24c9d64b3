/** A stack that is held at one release, and how a command asks the next `pulumi up` for it. Pure. */
import type { RecordedRelease } from "./record.ts";

/** In the stack's outputs, so that it holds on every machine, and for every later `pulumi up`. */
export interface Pin {
  readonly release: string;
  readonly reason: string;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** The stack that the release was promoted from; absent after a rollback. */
  readonly promotedFrom?: string;
}

/** What a command asks of the `pulumi up` that it runs: a pin, or none any more. */
export interface Wish {
  readonly pin: Pin | null;
  /** The entry of another stack's record, where the release is not in this one's. */
  readonly promoted?: RecordedRelease;
}

/** The environment variable that holds it. Not a setting: `pulumi up --config` writes into the checkout. */
export const WISH = "SLIPWAY_WISH";

export function parseWish(text: string | undefined): Wish | undefined {
  return text === undefined || text === "" ? undefined : (JSON.parse(text) as Wish);
}

/** The pin that holds: as wished, or else as before. */
export function pinAfter(pinned: Pin | undefined, wish: Wish | undefined): Pin | undefined {
  return wish === undefined ? pinned : (wish.pin ?? undefined);
}

/** The entry that a pin stands for. `undefined`: the record has none. */
export function pinnedEntry(
  record: readonly RecordedRelease[],
  pin: Pin,
  promoted: RecordedRelease | undefined,
): RecordedRelease | undefined {
  const { reason, by, since: time, promotedFrom } = pin;
  if (promoted?.release === pin.release && promotedFrom !== undefined) {
    const { rollback: _, ...entry } = promoted;
    return { ...entry, time, by, promotedFrom };
  }
  const own = record.findLast(({ release }) => release === pin.release);
  return own && { ...own, time, by, rollback: reason };
}

export const pinText = ({ release, reason, by, since }: Pin): string =>
  `pinned to ${release} since ${since} by ${by}: ${reason}`;
