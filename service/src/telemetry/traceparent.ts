/** Who called, as W3C Trace Context has it. Pure. */
import type { SpanContext } from "@opentelemetry/api";
// By its file, since the package's index would bring 0.2 MB into each worker.
import { parseTraceParent } from "@opentelemetry/core/build/src/trace/W3CTraceContextPropagator.js";

/** @returns undefined for what is no valid header, as if it were absent (https://www.w3.org/TR/trace-context/#traceparent-header). */
export function readTraceparent(header: string | string[] | undefined): SpanContext | undefined {
  return typeof header === "string" ? (parseTraceParent(header) ?? undefined) : undefined;
}
