import type { PendingRequest } from "../../service/src/engine/pendingRequests.ts";

/** A request of one row that never ends by itself. A test says what differs. */
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
    cancelled: undefined,
    times: undefined,
    whole: undefined,
    answered: 0,
    resolve() {},
    reject() {},
    ...changes,
  };
}
