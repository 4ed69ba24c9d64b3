/**
 * The limits of the image's runtime. Pure.
 *
 * Found by trying: a model at each limit loads, and a model one above it does not. A test tries them again.
 */
export const RUNTIME = {
  name: "onnxruntime-node 1.30.0",
  irVersion: 13,
  /** The domains whose operators it has, with the highest opset of each. */
  opsets: new Map([
    ["ai.onnx", 26],
    ["ai.onnx.ml", 5],
    ["ai.onnx.training", 1],
    ["ai.onnx.preview", 1],
    ["ai.onnx.preview.training", 1],
    ["com.microsoft", 1],
    ["com.microsoft.experimental", 1],
    ["com.microsoft.nchwc", 1],
    ["com.ms.internal.nhwc", 26],
    ["org.pytorch.aten", 1],
  ]),
} as const;
