/** How long a caller waits for an answer, and whether it still does. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { PredictOptions } from "../engine/prediction.ts";
import { RequestError } from "../problems/requestError.ts";

/** Milliseconds from when the request's headers are here. It can shorten the service's own limit, not lengthen it. */
export const TIMEOUT_HEADER = "X-Request-Timeout-Ms";
const KEY = TIMEOUT_HEADER.toLowerCase();

/**
 * @param id The id of the request.
 * @param started When the request came, in milliseconds of `performance.now()`.
 * @param timeoutMs The service's own limit.
 * @throws RequestError (400) if the header is no number of milliseconds.
 */
export function runOptionsOf(
  { headers }: Pick<IncomingMessage, "headers">,
  res: Pick<ServerResponse, "destroyed">,
  id: string,
  started: number,
  timeoutMs: number,
): PredictOptions {
  const given = headers[KEY];
  const wanted = given === undefined ? timeoutMs : millisecondsOf(given);
  return { id, deadline: started + Math.min(wanted, timeoutMs), cancelled: () => res.destroyed };
}

function millisecondsOf(given: string | string[]): number {
  if (typeof given === "string" && /^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new RequestError(
    "bad-request",
    `${TIMEOUT_HEADER} must be a whole number of milliseconds above 0, got ${JSON.stringify(given)}.`,
  );
}
