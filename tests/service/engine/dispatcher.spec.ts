import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import type { Tensors } from "../../../contract/tensors.ts";
import { Dispatcher } from "../../../service/src/engine/dispatcher.ts";
import { PendingRequests } from "../../../service/src/engine/pendingRequests.ts";
import type { Runner } from "../../../service/src/engine/predictor.ts";
import { pendingRequest } from "../../support/pendingRequest.ts";

const INPUTS: Tensors = new Map([["x", { datatype: "FP32", shape: [1], data: Float32Array.of(1) }]]);

describe("Dispatcher", () => {
  let pending: PendingRequests;
  let dispatcher: Dispatcher;
  let answered: number;
  let batches: number[];
  let idle: number;
  /** Ends of the runs under way. */
  let ends: (() => void)[];
  const runner = (): Runner => ({
    async run(inputs) {
      await new Promise<void>((resolve) => ends.push(resolve));
      return inputs;
    },
  });
  beforeEach(() => {
    [answered, batches, idle, ends] = [0, [], 0, []];
    pending = new PendingRequests(
      () => dispatcher.requestsInRuns(),
      () => {},
    );
    dispatcher = new Dispatcher({
      pending,
      maxRows: 2,
      onRun: (_batch, rows) => batches.push(rows),
      onIdle: () => void (idle += 1),
    });
  });

  function add(count: number): void {
    for (let i = 0; i < count; i++)
      pending.add(pendingRequest({ inputs: INPUTS, resolve: () => void (answered += 1) }));
    dispatcher.schedule();
  }

  async function endRuns(): Promise<void> {
    while (ends.length > 0) {
      for (const end of ends.splice(0)) end();
      await turn();
      await turn();
    }
  }

  it("gives a runner that is attached what waits for one", async () => {
    add(3);
    await turn();
    dispatcher.attach(runner());
    await turn();
    const running = dispatcher.requestsInRuns().length;
    await endRuns();

    assert.deepEqual([running, batches, answered, idle], [2, [2, 1], 3, 2]);
  });

  it("gives one that is detached no more, and waits for its run", async () => {
    const detached = runner();
    dispatcher.attach(detached);
    add(3);
    await turn();
    dispatcher.detach(detached);
    const during = [dispatcher.runners, dispatcher.runsUnderWay];
    await endRuns();
    const after = [dispatcher.runners, dispatcher.runsUnderWay, answered];
    dispatcher.attach(runner());
    await turn();
    await endRuns();

    assert.deepEqual([during, after, answered], [[0, 1], [0, 0, 2], 3]);
  });

  it("keeps what waits for later if one is detached before its run begins", async () => {
    const detached = runner();
    dispatcher.attach(detached);
    add(1);
    dispatcher.detach(detached);
    await turn();
    const running = ends.length;
    dispatcher.attach(runner());
    await turn();
    await endRuns();

    assert.deepEqual([running, answered], [0, 1]);
  });
});
