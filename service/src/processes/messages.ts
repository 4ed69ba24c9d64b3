/** What the supervisor and its worker say to one another. */

/** After "stop" it still takes requests for a while, then closes its port. */
export type ToWorker = { readonly is: "stop" | "ping" } | { readonly is: "metrics"; readonly id: number };

export type FromWorker =
  /** Sent once, when the model is loaded and the port is open. `says` goes into the log. */
  | { readonly is: "serving"; readonly says: Readonly<Record<string, unknown>> }
  | { readonly is: "pong" }
  | { readonly is: "metrics"; readonly id: number; readonly page: MetricsPage };

export interface MetricsPage {
  readonly mediaType: string;
  readonly text: string;
}
