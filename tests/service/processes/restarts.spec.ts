import assert from "node:assert/strict";
import { Restarts } from "../../../service/src/processes/restarts.ts";

describe("Restarts", () => {
  it("starts another at once, and waits ever longer when one after the other dies, up to a second", () => {
    const restarts = new Restarts();

    const waits = Array.from({ length: 7 }, () => restarts.died(500));

    assert.deepEqual(waits, [0, 100, 200, 400, 800, 1_000, 1_000]);
  });

  it("begins anew after one that was well", () => {
    const restarts = new Restarts();
    restarts.died(500);
    restarts.died(500);

    assert.deepEqual([restarts.died(10_000), restarts.died(500)], [0, 100]);
  });

  it("gives up after five that were never ready", () => {
    const restarts = new Restarts();

    const waits = Array.from({ length: 6 }, () => restarts.died(undefined));

    assert.deepEqual(waits, [0, 100, 200, 400, undefined, undefined]);
  });

  it("counts the five anew after one that was ready", () => {
    const restarts = new Restarts();
    for (let i = 0; i < 4; i++) restarts.died(undefined);
    restarts.died(1);

    const waits = Array.from({ length: 5 }, () => restarts.died(undefined));

    assert.deepEqual(waits, [1_000, 1_000, 1_000, 1_000, undefined]);
  });
});
