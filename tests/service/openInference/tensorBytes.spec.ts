import assert from "node:assert/strict";
import { numbersFromBytes, textsFromBytes, toBytes } from "../../../service/src/openInference/tensorBytes.ts";
import { floats, texts } from "../../support/binaryRequests.ts";

describe("numbersFromBytes", () => {
  for (const { offset, same } of [
    { offset: 0, same: true },
    { offset: 8, same: true },
    { offset: 1, same: false },
    { offset: 6, same: false },
  ]) {
    it(`${same ? "shares the memory of" : "copies"} floats that lie at byte ${offset}`, () => {
      const memory = new Uint8Array(24);
      memory.set(floats(1.5, -2), offset);
      const elements = numbersFromBytes("FP32", Buffer.from(memory.buffer, offset, 8));

      assert.deepEqual(elements, Float32Array.of(1.5, -2));
      assert.equal((elements as Float32Array).buffer === memory.buffer, same);
    });
  }
});

describe("textsFromBytes", () => {
  it("keeps every character, the first and the empty ones too", () => {
    const values = ["\ufeffbyte order", "", "\0", "é", "\u{1f600}"];

    assert.deepEqual(textsFromBytes(texts(...values), 5), values);
  });

  it("gives up at the end of the bytes, however many elements are promised", () => {
    assert.deepEqual(textsFromBytes(texts("a"), 2 ** 53), {
      fault: "has 5 binary bytes, and element 1 of 9007199254740992 would end at byte 9",
    });
  });
});

describe("toBytes", () => {
  it("gives the tensor's own bytes and no others", () => {
    const whole = Float32Array.of(1, 2, 3);
    const bytes = toBytes({ datatype: "FP32", shape: [1], data: whole.subarray(1, 2) });

    assert.deepEqual([bytes.byteOffset, bytes.length, bytes.buffer === whole.buffer], [4, 4, true]);
  });

  it("writes the length of a text in bytes, not in characters", () => {
    assert.deepEqual(toBytes({ datatype: "BYTES", shape: [2], data: ["é", ""] }), texts("é", ""));
  });
});
