import assert from "node:assert/strict";
import { withoutPlaces } from "../../../gate/measure/withoutPlaces.ts";

/** Messages of onnxruntime-node 1.30.0 about models made for this, and the part that helps people who did not build it. */
const MESSAGES: readonly (readonly [of: string, said: string, plain: string])[] = [
  [
    "Reshape",
    "/onnxruntime_src/onnxruntime/core/providers/cpu/tensor/reshape_helper.h:84 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, onnxruntime::TensorShapeVector&, bool) size != 0 && (input_shape_size % size) == 0 was false. The input tensor cannot be reshaped to the requested shape. Input shape:{2,3}, requested shape:{-1,7}\n",
    "The input tensor cannot be reshaped to the requested shape. Input shape:{2,3}, requested shape:{-1,7}",
  ],
  [
    "Reshape to a negative size",
    "/onnxruntime_src/onnxruntime/core/providers/cpu/tensor/reshape_helper.h:27 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, onnxruntime::TensorShapeVector&, bool) requested_shape[i] >= -1 was false. A dimension cannot be less than -1, got -2\n",
    "A dimension cannot be less than -1, got -2",
  ],
  [
    "Add",
    "/onnxruntime_src/onnxruntime/core/providers/cpu/math/element_wise_ops.h:563 void onnxruntime::BroadcastIterator::Init(ptrdiff_t, ptrdiff_t) axis == 1 || axis == largest was false. Attempting to broadcast an axis by a dimension other than 1. 2 by 3\n",
    "Attempting to broadcast an axis by a dimension other than 1. 2 by 3",
  ],
  [
    "Squeeze",
    "/onnxruntime_src/onnxruntime/core/providers/cpu/tensor/squeeze.h:53 static onnxruntime::TensorShapeVector onnxruntime::SqueezeBase::ComputeOutputShape(const onnxruntime::TensorShape&, const onnxruntime::TensorShapeVector&) input_shape[i] == 1 was false. Dimension of input 0 must be 1 instead of 2. shape={2,3}\n",
    "Dimension of input 0 must be 1 instead of 2. shape={2,3}",
  ],
  [
    "CumSum",
    "/onnxruntime_src/onnxruntime/core/providers/common.h:31 int64_t onnxruntime::HandleNegativeAxis(int64_t, int64_t) IsAxisInRange(axis, tensor_rank) was false. axis 5 is not in valid range [-2,1]\n",
    "axis 5 is not in valid range [-2,1]",
  ],
  [
    "Pad, whose condition has a point and whose signature has brackets in brackets",
    "/onnxruntime_src/onnxruntime/core/providers/cpu/tensor/padbase.h:122 static void onnxruntime::PadBase::ComputePadsImpl(KernelContextType&, size_t, gsl::span<const long int>, PadsVector&) [with KernelContextType = onnxruntime::OpKernelContext; size_t = long unsigned int; PadsVector = absl::lts_20250814::InlinedVector<long int, 10, std::allocator<long int> >] pads_data.size() == 2 * data_rank was false. Pads tensor size should be equal to twice the input dimension count \n",
    "Pads tensor size should be equal to twice the input dimension count",
  ],
  [
    "memory that is not to be had",
    "/onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 160000000000\n",
    "Failed to allocate memory for requested buffer of size 160000000000",
  ],
  ["Div", "element_wise_ops.cc:692 Compute Integer division by zero", "Integer division by zero"],
  ["Mod", "element_wise_ops.cc:2256 operator() Integer modulo by zero", "Integer modulo by zero"],
  ["MatMul", "matmul_helper.h:59 Compute MatMul dimension mismatch", "MatMul dimension mismatch"],
  [
    "Concat",
    "concatbase.h:133 PrepareForComputeImpl Non concat axis dimensions must match: Axis 0 has mismatched dimensions of 1 and 2",
    "Non concat axis dimensions must match: Axis 0 has mismatched dimensions of 1 and 2",
  ],
  [
    "Resize",
    "upsamplebase.h:548 ScalesValidation Scale value should be greater than 0.",
    "Scale value should be greater than 0.",
  ],
  [
    "ConstantOfShape, which has one message in another",
    "/onnxruntime_src/onnxruntime/core/framework/op_kernel.cc:83 virtual OrtValue* onnxruntime::OpKernelContext::OutputMLValue(int, const onnxruntime::TensorShape&) [ONNXRuntimeError] : 1 : FAIL : tensor.cc:57 CalculateTensorStorageSize Tensor shape.Size() must be >= 0\n",
    "Tensor shape.Size() must be >= 0",
  ],
  [
    "Reshape on Windows",
    "D:\\a\\_work\\1\\s\\onnxruntime\\core\\providers\\cpu\\tensor\\reshape_helper.h:84 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, onnxruntime::TensorShapeVector&, bool) size != 0 was false. The input tensor cannot be reshaped.\r\n",
    "The input tensor cannot be reshaped.",
  ],
];

/** Messages without a place in the source. They stay as they are. */
const PLAIN = [
  "k argument [12] should not be greater than specified axis dim value [3]",
  "delta in Range operator can not be zero!",
  "indices element out of data bounds, idx=7 must be within the inclusive range [-3,2]",
  "Invalid value in 'split'. Split size 21 exceeds the remaining size of the selected axis, 2.",
  "Input channels C is not equal to kernel channels * group. C: 3 kernel channels: 2 group: 1",
  "the tensor model/encoder.h was false. It is called so",
  "input 'X' is missing in 'feeds'.",
  "",
];

describe("withoutPlaces", () => {
  for (const [of, said, plain] of MESSAGES)
    it(`keeps of the message about ${of}: ${plain.slice(0, 50)}`, () => {
      assert.equal(withoutPlaces(said), plain);
    });

  for (const message of PLAIN)
    it(`leaves ${JSON.stringify(message.slice(0, 50))} as it is`, () => {
      assert.equal(withoutPlaces(message), message);
    });

  it("gives the same for the same message again", () => {
    const [[, said, plain]] = MESSAGES as [(typeof MESSAGES)[number]];
    for (let i = 0; i < 3; i++) assert.equal(withoutPlaces(said), plain);
  });

  it("takes no time over a message of any length", () => {
    const long = `/a/b.cc:1 ${"onnxruntime::A<B, C>::D(".repeat(2000)} x was false. ${"y ".repeat(20_000)}`;
    const before = process.cpuUsage();
    withoutPlaces(long);

    assert(process.cpuUsage(before).user < 2e6);
  });
});
