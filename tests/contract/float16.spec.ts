import assert from "node:assert/strict";
import { fitsFloat16, fromFloat16, toFloat16 } from "../../contract/float16.ts";

// The values are binary16 of IEEE 754-2019, from numpy: np.float16(x).view(np.uint16).
describe("float16", () => {
  for (const { value, bits } of [
    { value: 0, bits: 0x0000 },
    { value: -0, bits: 0x8000 },
    { value: 1, bits: 0x3c00 },
    { value: -2, bits: 0xc000 },
    { value: 65_504, bits: 0x7bff },
    { value: 2 ** -14, bits: 0x0400 },
    { value: 2 ** -14 - 2 ** -24, bits: 0x03ff },
    { value: 2 ** -24, bits: 0x0001 },
    { value: 1 + 2 ** -10, bits: 0x3c01 },
  ]) {
    it(`has ${value} as 0x${bits.toString(16)}, and back`, () => {
      assert.equal(toFloat16(value), bits);
      assert(Object.is(fromFloat16(bits), value));
    });
  }

  for (const { value, rounded } of [
    { value: 0.1, rounded: 0.0999755859375 },
    { value: 1 + 2 ** -11, rounded: 1 },
    { value: 1 + 3 * 2 ** -11, rounded: 1 + 2 ** -9 },
    { value: 2 - 2 ** -12, rounded: 2 },
    { value: 65_519, rounded: 65_504 },
    { value: 2 ** -25, rounded: 0 },
    { value: 3 * 2 ** -25, rounded: 2 ** -23 },
    { value: 8 - 2 ** -50, rounded: 8 },
  ]) {
    it(`rounds ${value} to ${rounded}`, () => {
      assert.equal(fromFloat16(toFloat16(value)), rounded);
    });
  }

  it("knows every half by its value", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromFloat16(bits);
      if (Number.isFinite(value)) assert.equal(toFloat16(value), bits);
    }
  });

  it("reads infinities and NaN", () => {
    assert.deepEqual([0x7c00, 0xfc00, 0x7e00].map(fromFloat16), [Infinity, -Infinity, NaN]);
  });

  it("fits what rounds to a finite half", () => {
    assert.deepEqual([65_519.9, -65_519.9, 65_520, -65_520, Infinity, NaN].map(fitsFloat16), [
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
