/** An OpenTelemetry collector that keeps everything sent to it over OTLP/HTTP in JSON. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

type Attributes = Readonly<Record<string, unknown>>;

export interface SentSpan {
  readonly resource: Attributes;
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Absent for a root. */
  readonly parentSpanId: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly failed: boolean;
}

export interface FakeCollector {
  readonly url: string;
  readonly spans: SentSpan[];
  /** Paths and content types of the requests so far. */
  readonly requests: string[];
  close(): void;
}

/** @param answer Its answer to a batch. "nothing" leaves the request open. */
export async function startCollector(answer: () => number | "nothing" = () => 200): Promise<FakeCollector> {
  const spans: SentSpan[] = [];
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    requests.push(`${request.url} ${request.headers["content-type"]}`);
    const status = answer();
    if (status === "nothing") return;
    if (status === 200) spans.push(...spansOf((await json(request)) as Batch));
    response.writeHead(status).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Batch {
  readonly resourceSpans: {
    readonly resource: { readonly attributes: KeyValue[] };
    readonly scopeSpans: {
      readonly spans: {
        readonly name: string;
        readonly kind: number;
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly attributes: KeyValue[];
        readonly status: { readonly code: number };
      }[];
    }[];
  }[];
}

interface KeyValue {
  readonly key: string;
  /** One member, named after the type. */
  readonly value: Attributes;
}

function spansOf({ resourceSpans }: Batch): SentSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map(({ startTimeUnixNano, endTimeUnixNano, status, attributes, parentSpanId, ...span }) => ({
        ...span,
        parentSpanId,
        resource: toObject(resource.attributes),
        attributes: toObject(attributes),
        startMs: Number(startTimeUnixNano) / 1e6,
        endMs: Number(endTimeUnixNano) / 1e6,
        failed: status.code === 2,
      })),
  );
}

function toObject(attributes: readonly KeyValue[]): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
