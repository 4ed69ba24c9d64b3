import type { PendingRequest } from "../../service/src/engine/pendingRequests.ts";

/** A request of one row that never ends by itself, but for what a test says of it. */
export function pendingRequest(changes: Partial<PendingRequest> = {}): PendingRequest {
  return {
    inputs: new Map(),
    outputs: ["y"],
    shape: "",
    rows: 1,
    taken: 0,
    settled: false,
    deadline: Number.POSITIVE_INFINITY,
    queuedAt: 0,
    gone: undefined,
    times: undefined,
    whole: undefined,
    answered: 0,
    resolve() {},
    reject() {},
    ...changes,
  };
}
