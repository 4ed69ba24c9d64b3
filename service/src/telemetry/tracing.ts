/**
 * Traces for an OpenTelemetry collector, set by OpenTelemetry's own environment variables. Import it only if
 * `tracingEnabled`: its packages take time to load.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { Logger } from "pino";
import type { RunTimes } from "../engine/predictor.ts";

/** A request that has ended. Times are milliseconds of `performance.now()`. */
export interface EndedRequest {
  readonly requestId: string;
  readonly method: string;
  /** The pattern; "unmatched" if there is none. */
  readonly route: string;
  readonly status: number;
  readonly started: number;
  readonly ended: number;
  readonly parent: SpanContext | undefined;
  readonly runTimes: RunTimes | undefined;
}

export interface Tracing {
  /** Makes the request's spans and leaves them for the next batch. Returns the trace's id. */
  record(request: EndedRequest): string;
  /** Sends what is left, for at most `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
}

/**
 * Starts to collect spans. OpenTelemetry itself reads `process.env` for the endpoint, headers, sampler, batch sizes
 * and resource attributes; a mistake there, and a collector that cannot be reached, each make a line in the log.
 */
export function openTracing({
  service,
  release,
  log,
}: {
  /** The service's name, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES has one. */
  readonly service: string;
  readonly release: string;
  readonly log: Pick<Logger, "info" | "warn">;
}): Tracing {
  // Heard for mistakes in the settings; afterwards silent, since it repeats itself with each batch.
  const warn = (message: string) => log.warn(`OpenTelemetry: ${message}`);
  diag.setLogger({ error: warn, warn, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);
  const exporter = new OTLPTraceExporter();
  let failing = false;
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": service, "service.version": release }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    spanProcessors: [
      new BatchSpanProcessor({
        export(spans, done) {
          exporter.export(spans, (result) => {
            // Said once, not with each batch.
            const failed = result.error !== undefined;
            if (failed && !failing) warn(`traces do not reach the collector: ${result.error?.message}`);
            if (!failed && failing) log.info("OpenTelemetry: traces reach the collector again");
            failing = failed;
            done(result);
          });
        },
        shutdown: () => exporter.shutdown(),
      }),
    ],
  });
  diag.disable();
  const tracer = provider.getTracer("slipway", release);

  return {
    record({ requestId, method, route, status, started, ended, parent, runTimes }) {
      // Anew each time: the two clocks drift apart in a process that lives for weeks.
      const epoch = Date.now() - performance.now();
      const at = (milliseconds: number) => epoch + milliseconds;
      const caller = parent
        ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true })
        : ROOT_CONTEXT;
      const unmatched = route === "unmatched";
      const span = tracer.startSpan(
        unmatched ? method : `${method} ${route}`,
        {
          kind: SpanKind.SERVER,
          startTime: at(started),
          attributes: {
            "http.request.method": method,
            "http.response.status_code": status,
            ...(unmatched ? {} : { "http.route": route }),
            "slipway.request_id": requestId,
            ...(status >= 500 ? { "error.type": String(status) } : {}),
          },
        },
        caller,
      );
      const { traceId } = span.spanContext();
      if (!span.isRecording()) return traceId;

      const inside = trace.setSpan(caller, span);
      const child = (name: string, from: number | undefined, to: number | undefined) => {
        // A request that gave up waiting has a beginning only.
        if (from !== undefined) tracer.startSpan(name, { startTime: at(from) }, inside).end(at(to ?? ended));
      };
      child("queue", runTimes?.queuedAt, runTimes?.startedAt);
      child("run", runTimes?.startedAt, runTimes?.endedAt);
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(at(ended));
      return traceId;
    },
    async close(deadlineMs) {
      await Promise.race([provider.shutdown().catch(ignore), sleep(deadlineMs, undefined, { ref: false })]);
    },
  };
}

function ignore(): void {}
