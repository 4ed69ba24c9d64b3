import assert from "node:assert/strict";
import { explainRunError } from "../../../../infra/gate/onnx/runError.ts";

describe("explainRunError", () => {
  for (const [said, explained] of [
    [
      "Non-zero status code returned while running ConstantOfShape node. Name:'' Status Message: /onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 160000000000\n",
      "the operator ConstantOfShape fails: it asks for 152,588 MiB of memory at once, which it may not have",
    ],
    [
      "Non-zero status code returned while running Gather node. Name:'lookup' Status Message: indices element out of data bounds, idx=7 must be within the inclusive range [-3,2]",
      "the operator Gather (lookup) fails: indices element out of data bounds, idx=7 must be within the inclusive range [-3,2]",
    ],
    ["input 'X' is missing in 'feeds'.", "input 'X' is missing in 'feeds'."],
  ] as const) {
    it(`says ${explained.slice(0, 60)}`, () => {
      assert.equal(explainRunError(said), explained);
    });
  }
});
