/** How a command asks the next `pulumi up` for a pin. Pure. */
import type { Pin } from "./pin.ts";
import type { RecordedRelease } from "./record.ts";

/** What a command asks of the `pulumi up` that it runs: a pin, or none any more. */
export interface PinRequest {
  readonly pin: Pin | null;
  /** The entry of another stack's record, if this one's does not have the release. */
  readonly promoted?: RecordedRelease;
}

/** The environment variable that holds it. Not a setting: `pulumi up --config` writes into the checkout. */
export const PIN_REQUEST = "SLIPWAY_PIN_REQUEST";

export function parsePinRequest(text: string | undefined): PinRequest | undefined {
  return text === undefined || text === "" ? undefined : (JSON.parse(text) as PinRequest);
}

/** The pin that holds: as requested, otherwise as before. */
export function pinAfter(pinned: Pin | undefined, request: PinRequest | undefined): Pin | undefined {
  return request === undefined ? pinned : (request.pin ?? undefined);
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
