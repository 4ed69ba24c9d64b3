/** What the supervisor and its worker say to one another. */

/** On "stop" it gives up its port in good order: once a while has gone by in which it still takes requests. */
export type ToWorker = { readonly is: "stop" | "ping" } | { readonly is: "metrics"; readonly id: number };

export type FromWorker =
  /** Once: the model is loaded and the port is open. What else there is goes into the log. */
  | { readonly is: "serving"; readonly says: Readonly<Record<string, unknown>> }
  | { readonly is: "pong" }
  | { readonly is: "metrics"; readonly id: number; readonly page: MetricsPage };

export interface MetricsPage {
  readonly mediaType: string;
  readonly text: string;
}
