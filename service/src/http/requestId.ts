/** The name of a request in its answer, in the log and in traces. Pure, except that it makes names up. */
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Characters that need no escaping in a header, a log line or the end of a URN. */
const SAFE = /^[A-Za-z0-9._~:@=+-][A-Za-z0-9._~:@=+/-]{0,127}$/;

/** The caller's `X-Request-Id` if it has 1 to 128 safe characters, otherwise a random UUID. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && SAFE.test(given) ? given : randomUUID();
}

/** `instance` of a problem (RFC 9457, 3.1.5): names this occurrence to us, and is opaque to the caller. */
export function problemInstance(requestId: string): string {
  return `urn:slipway:request:${requestId}`;
}
