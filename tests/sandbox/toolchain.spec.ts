import assert from "node:assert/strict";
import { buildProgress } from "../../sandbox/toolchain.ts";

describe("buildProgress", () => {
  for (const { done, total, seconds, says } of [
    { done: 1, total: 5000, seconds: 0.1, says: "1 of 5000 packages compiled" },
    { done: 400, total: 5000, seconds: 9.9, says: "400 of 5000 packages compiled" },
    { done: 500, total: 5000, seconds: 60, says: "500 of 5000 packages compiled, about 9 min left" },
    { done: 2500, total: 5000, seconds: 90, says: "2500 of 5000 packages compiled, about 2 min left" },
    { done: 2500, total: 5000, seconds: 89, says: "2500 of 5000 packages compiled, about 90 s left" },
    { done: 4500, total: 5000, seconds: 300, says: "4500 of 5000 packages compiled, about 40 s left" },
    { done: 4999, total: 5000, seconds: 600, says: "4999 of 5000 packages compiled, about 10 s left" },
    { done: 5000, total: 5000, seconds: 600, says: "5000 packages compiled, linking" },
    { done: 5001, total: 5000, seconds: 600, says: "5001 packages compiled, linking" },
  ]) {
    it(`says "${says}" after ${seconds} s`, () => {
      assert.equal(buildProgress(done, total, seconds), says);
    });
  }
});
