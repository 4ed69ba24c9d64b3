import assert from "node:assert/strict";
import { sizeDifference } from "../../pipeline/imageSize.ts";

describe("sizeDifference", () => {
  for (const { bytes, says } of [
    { bytes: 5_900, says: "+5.9 kB" },
    { bytes: -5_900, says: "-5.9 kB" },
    { bytes: 2_400_000, says: "+2.4 MB" },
    { bytes: -2_400_000, says: "-2.4 MB" },
    { bytes: 0, says: "0.0 kB" },
  ])
    it(`of ${bytes} bytes is ${says}`, () => assert.equal(sizeDifference(bytes), says));
});
