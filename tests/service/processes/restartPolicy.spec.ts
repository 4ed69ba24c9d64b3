import assert from "node:assert/strict";
import { RestartPolicy } from "../../../service/src/processes/restartPolicy.ts";

describe("RestartPolicy", () => {
  it("starts another at once, and waits ever longer when one after the other dies, up to a second", () => {
    const restarts = new RestartPolicy();

    const waits = Array.from({ length: 7 }, () => restarts.nextDelayMs(500));

    assert.deepEqual(waits, [0, 100, 200, 400, 800, 1_000, 1_000]);
  });

  it("begins anew after one that was well", () => {
    const restarts = new RestartPolicy();
    restarts.nextDelayMs(500);
    restarts.nextDelayMs(500);

    assert.deepEqual([restarts.nextDelayMs(10_000), restarts.nextDelayMs(500)], [0, 100]);
  });

  it("gives up after five that were never ready", () => {
    const restarts = new RestartPolicy();

    const waits = Array.from({ length: 6 }, () => restarts.nextDelayMs(undefined));

    assert.deepEqual(waits, [0, 100, 200, 400, undefined, undefined]);
  });

  it("counts the five anew after one that was ready", () => {
    const restarts = new RestartPolicy();
    for (let i = 0; i < 4; i++) restarts.nextDelayMs(undefined);
    restarts.nextDelayMs(1);

    const waits = Array.from({ length: 5 }, () => restarts.nextDelayMs(undefined));

    assert.deepEqual(waits, [1_000, 1_000, 1_000, 1_000, undefined]);
  });
});
