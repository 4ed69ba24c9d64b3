/** Who called, as W3C Trace Context has it. Pure. */
export interface TraceParent {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits: the caller's span. */
  readonly spanId: string;
  /** Bit 0: the caller records this trace. */
  readonly traceFlags: number;
}

const HEADER = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/** @returns undefined for what is no valid header, as if it were absent (https://www.w3.org/TR/trace-context/#traceparent-header). */
export function readTraceparent(header: string | string[] | undefined): TraceParent | undefined {
  const [, version, traceId, spanId, flags, more] =
    typeof header === "string" ? (HEADER.exec(header) ?? []) : [];
  if (!traceId || !spanId || !flags || version === "ff") return undefined;
  // Later versions may add fields; this one has none.
  if (version === "00" && more !== undefined) return undefined;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}
