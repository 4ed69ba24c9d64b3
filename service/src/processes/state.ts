/** Where the process stands in its life. `main.ts` moves it on; the apps read it. */
export interface ServiceState {
  phase: "loading" | "ready" | "draining";
}
