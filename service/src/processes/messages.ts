/** What the supervisor and its worker say to one another. */

export type ToWorker =
  /** Give up your port in good order: once a while has gone by in which you still take requests. */
  { readonly is: "stop" } | { readonly is: "ping" } | { readonly is: "metrics"; readonly id: number };

export type FromWorker =
  /** Once: the model is loaded and the port is open. What else there is goes into the log. */
  | { readonly is: "serving"; readonly says: Readonly<Record<string, unknown>> }
  | { readonly is: "pong" }
  | { readonly is: "metrics"; readonly id: number; readonly page: MetricsPage };

export interface MetricsPage {
  readonly mediaType: string;
  readonly text: string;
}
