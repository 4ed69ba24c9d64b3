import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type PendingRequest, PendingRequests } from "../../../service/src/engine/pendingRequests.ts";
import { RequestError } from "../../../service/src/problems/requestError.ts";
import { pendingRequest } from "../../support/pendingRequest.ts";

describe("PendingRequests", () => {
  let running: PendingRequest[];
  let settled: number;
  let pending: PendingRequests;
  let ends: unknown[];
  beforeEach(() => {
    [running, settled, ends] = [[], 0, []];
    pending = new PendingRequests(
      () => running,
      () => void (settled += 1),
    );
  });

  /** One whose end is noted: "answered", or the status of its refusal. */
  function add(changes: Partial<PendingRequest> = {}): PendingRequest {
    const request = pendingRequest({
      resolve: () => ends.push("answered"),
      reject: (error) => ends.push(error instanceof RequestError ? error.problem.status : error),
      ...changes,
    });
    pending.add(request);
    return request;
  }

  it("settles a request once, whatever comes later", () => {
    const request = add();
    pending.resolve(request, new Map());
    pending.resolve(request, new Map());
    pending.reject(request, "late");

    assert.deepEqual([ends, settled, pending.count], [["answered"], 1, 0]);
    assert.equal(pending.drop(request, 0), true);
  });

  it("counts no rows of a request that failed while some waited", () => {
    const request = add({ rows: 3, taken: 1 });
    const other = add();
    pending.reject(request, "broken");

    assert.deepEqual(ends, ["broken"]);
    assert.deepEqual([pending.count, pending.queue.requests], [1, 1]);
    pending.resolve(other, new Map());
  });

  it("drops what is late or whose caller has left, and nothing else", () => {
    const waits = add({ deadline: 11, cancelled: () => false });
    const dropped = [
      pending.drop(waits, 10),
      pending.drop(add({ deadline: 10 }), 10),
      pending.drop(add({ cancelled: () => true }), 10),
    ];
    pending.resolve(waits, new Map());

    assert.deepEqual(dropped, [false, true, true]);
    assert.deepEqual(ends, [504, 499, "answered"]);
  });

  it("finds by itself what is late in the queue and in runs, and again after a rest", async () => {
    const deadline = performance.now() + 20;
    running.push(add({ deadline }));
    pending.queue.take(1);
    add({ deadline });
    while (pending.count > 0) await sleep(1);
    await sleep(20);
    add({ cancelled: () => true });
    while (pending.count > 0) await sleep(1);

    assert.deepEqual(ends, [504, 504, 499]);
  });
});
