import { type RequestError, unavailable } from "../problems/requestError.ts";

/** Where the process stands in its life. `main.ts` moves it on; the apps read it. */
export interface ServiceState {
  phase: "loading" | "ready" | "draining";
}

/** What is said if it is not ready. */
export function notNow({ phase }: ServiceState): RequestError {
  return unavailable(`The service is ${phase}.`);
}

/** @throws RequestError (503). */
export function refuseUnlessReady(state: ServiceState): void {
  if (state.phase !== "ready") throw notNow(state);
}
