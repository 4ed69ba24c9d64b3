/** What Prometheus reads of the service. `docs/metrics.md` says what each metric means. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { ServedContract } from "../../../contract/index.ts";
import { REJECTIONS, type Rejection } from "../problems/requestError.ts";
import { Histogram, type Series, type Total } from "./histogram.ts";

export const METRICS_MEDIA_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

export interface Metrics {
  /** One request, answered or given up. `route` is the pattern, such as "/predict"; "unmatched" if there is none. */
  request(route: string, method: string, status: number, seconds: number): void;
  rejected(reason: Rejection): void;
  /** One run of the model, with the time that each of its requests had waited for it. */
  batch(rows: number, requests: number, queueSeconds: readonly number[], runSeconds: number): void;
  /** A classifier's labels as its tensor has them; what is no class of the contract counts as "other". */
  predictions(labels: Iterable<string | number | bigint>): void;
  /** `waiting` gives the requests in the queue now; it is called when Prometheus reads. */
  setQueue(waiting: () => number): void;
  /** What the model was asked and has answered since the start of the process. */
  inferences(): InferenceTotals;
  /** All metrics in Prometheus' text format, as of now. */
  text(): Promise<string>;
}

/** Counts, and sums of seconds. */
export interface InferenceTotals {
  /** When the last run of the model ended, in milliseconds of Unix time; undefined before the first. */
  readonly lastRun: number | undefined;
  /** Rows in all runs. */
  readonly rows: number;
  /** Requests for a prediction that got one, and those that the service failed or refused. */
  readonly success: Total;
  readonly failure: Total;
  /** What requests waited for their run. */
  readonly queue: Total;
  readonly run: Total;
}

const succeeded = (status: number) => status < 300;
const failed = (status: number) => status >= 500;

/** From what a small model takes for one row to the longest that a caller may have to wait. */
const SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
const REQUESTS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** Any other method counts as `_OTHER`, as in OpenTelemetry's semantic conventions. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const OTHER_METHOD = "_OTHER";

/** What a classifier says beside the classes that its contract names. */
const OTHER_CLASS = "other";

/** Where the model is asked for an answer. */
const INFERENCE = /^\/(predict|invocations)$|\/infer$|:predict$/;

/** Gauges that prom-client calls `…_total`, which is a counter's ending; their sums over `type` stay. */
const MISNAMED = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

export function createMetrics({
  contract,
  release,
}: {
  readonly contract: ServedContract;
  readonly release: string;
}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const model = { model_name: contract.name, model_version: contract.version };

  const requests = requestHistogram(registry);
  const outcomes = (kind: string, help: string, counted: (status: number) => boolean) => {
    const counter = new Counter({
      name: `model_infer_request_${kind}_total`,
      help,
      labelNames: Object.keys(model),
      registers,
      collect() {
        counter.reset();
        counter.inc(model, requests.total(counted).count);
      },
    });
  };
  outcomes("success", "Requests for a prediction that got one", succeeded);
  outcomes("failure", "Requests for a prediction that the service failed or refused (5xx)", failed);

  const rejections = new Counter({
    name: "model_infer_request_rejected_total",
    help: "Requests for a prediction that were refused, by reason",
    labelNames: ["reason"],
    registers,
  });
  for (const reason of REJECTIONS) rejections.inc({ reason }, 0);

  const histogram = (name: string, help: string, bounds: readonly number[]) =>
    new Histogram({ name, help, bounds, registry }).series();
  const queueTime = histogram(
    "model_infer_queue_duration_seconds",
    "Time that a request waited for its run of the model",
    SECONDS,
  );
  const runTime = histogram(
    "model_infer_run_duration_seconds",
    "Time that one run of the model took",
    SECONDS,
  );
  const batchRows = histogram("model_infer_batch_rows", "Rows in one run of the model", ROWS);
  const batchRequests = histogram(
    "model_infer_batch_requests",
    "Requests answered by one run of the model",
    REQUESTS,
  );

  let lastRun: number | undefined;
  let waiting: (() => number) | undefined;
  const queue: Gauge = new Gauge({
    name: "model_infer_queue_requests",
    help: "Requests that wait for a run of the model",
    registers,
    collect: () => queue.set(waiting?.() ?? 0),
  });

  const info = { ...model, release };
  new Gauge({
    name: "model_info",
    help: "Always 1: the model that is served, and the release that brought it",
    labelNames: Object.keys(info),
    registers,
  }).set(info, 1);

  const countPredictions =
    contract.task === "classification" ? predictionCounter(contract, registry) : () => {};

  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);

  return {
    request: requests.observe,
    rejected: (reason) => rejections.inc({ reason }),
    batch(rows, count, queueSeconds, runSeconds) {
      lastRun = Date.now();
      batchRows.observe(rows);
      batchRequests.observe(count);
      runTime.observe(runSeconds);
      for (const seconds of queueSeconds) queueTime.observe(seconds);
    },
    predictions: countPredictions,
    setQueue(read) {
      waiting = read;
    },
    inferences: () => ({
      lastRun,
      rows: batchRows.total().sum,
      success: requests.total(succeeded),
      failure: requests.total(failed),
      queue: queueTime.total(),
      run: runTime.total(),
    }),
    text: () => registry.metrics(),
  };
}

/** Requests by what they asked for and what they got. Series are few: routes are ours, methods and statuses bounded. */
function requestHistogram(registry: Registry): {
  observe: Metrics["request"];
  /** The requests for a prediction whose status is `counted`, and their seconds. */
  total(counted: (status: number) => boolean): Total;
} {
  const histogram = new Histogram({
    name: "http_server_request_duration_seconds",
    help: "Time from a request's headers to the end of its answer",
    bounds: SECONDS,
    registry,
  });
  const routes = new Map<string, Map<string, Map<number, Series>>>();
  const add = (route: string, method: string, status: number): Series => {
    const methods = routes.get(route) ?? new Map<string, Map<number, Series>>();
    const statuses = methods.get(method) ?? new Map<number, Series>();
    const series = histogram.series({
      http_request_method: method,
      http_response_status_code: String(status),
      http_route: route,
    });
    routes.set(route, methods.set(method, statuses.set(status, series)));
    return series;
  };

  return {
    observe(route, method, status, seconds) {
      const known = METHODS.has(method) ? method : OTHER_METHOD;
      const series = routes.get(route)?.get(known)?.get(status) ?? add(route, known, status);
      series.observe(seconds);
    },
    total(counted) {
      const totals: Total[] = [];
      for (const [route, methods] of routes) {
        if (!INFERENCE.test(route)) continue;
        for (const [status, series] of methods.get("POST") ?? [])
          if (counted(status)) totals.push(series.total());
      }
      return {
        count: totals.reduce((all, { count }) => all + count, 0),
        sum: totals.reduce((all, { sum }) => all + sum, 0),
      };
    },
  };
}

/** Counts by class. An array and not the counter, which costs 0.1 µs a row. */
function predictionCounter({ classes = [] }: ServedContract, registry: Registry): Metrics["predictions"] {
  const names = [...classes.map(String), OTHER_CLASS];
  const counts = new Float64Array(names.length);
  const indexes = new Map<unknown, number>(
    names.flatMap((name, index) => sameLabel(name).map((label) => [label, index] as const)),
  );
  const counter = new Counter({
    name: "model_predictions_total",
    help: "Rows answered, by predicted class",
    labelNames: ["class"],
    registers: [registry],
    collect() {
      counter.reset();
      for (const [index, name] of names.entries()) counter.inc({ class: name }, counts[index]);
    },
  });
  return function countPredictions(labels) {
    for (const label of labels) counts[indexes.get(label) ?? names.length - 1]!++;
  };
}

/** How tensors of text, of floats and small integers, of 64-bit integers and of BOOL have one label. */
function sameLabel(name: string): (string | number | bigint)[] {
  if (name === "true" || name === "false") return [name, Number(name === "true")];
  const value = Number(name);
  if (String(value) !== name) return [name];
  return Number.isInteger(value) ? [name, value, BigInt(value)] : [name, value];
}
