import assert from "node:assert/strict";
import { explainRunError } from "../../../gate/measure/runError.ts";

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
    [
      "Non-zero status code returned while running Reshape node. Name:'flatten' Status Message: /onnxruntime_src/onnxruntime/core/providers/cpu/tensor/reshape_helper.h:84 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, onnxruntime::TensorShapeVector&, bool) size != 0 && (input_shape_size % size) == 0 was false. The input tensor cannot be reshaped to the requested shape. Input shape:{2,3}, requested shape:{-1,7}\n",
      "the operator Reshape (flatten) fails: The input tensor cannot be reshaped to the requested shape. Input shape:{2,3}, requested shape:{-1,7}",
    ],
    [
      "Non-zero status code returned while running Add node. Name:'' Status Message: /onnxruntime_src/onnxruntime/core/providers/cpu/math/element_wise_ops.h:563 void onnxruntime::BroadcastIterator::Init(ptrdiff_t, ptrdiff_t) axis == 1 || axis == largest was false. Attempting to broadcast an axis by a dimension other than 1. 2 by 3\n",
      "the operator Add fails: Attempting to broadcast an axis by a dimension other than 1. 2 by 3",
    ],
    [
      "Non-zero status code returned while running Div node. Name:'' Status Message: element_wise_ops.cc:692 Compute Integer division by zero",
      "the operator Div fails: Integer division by zero",
    ],
    ["input 'X' is missing in 'feeds'.", "input 'X' is missing in 'feeds'"],
  ] as const) {
    it(`says ${explained.slice(0, 60)}`, () => {
      assert.equal(explainRunError(said), explained);
    });
  }
});
