import assert from "node:assert/strict";
import { modelConfig } from "../../../service/src/openInference/modelConfig.ts";
import { contract } from "../../support/serviceApp.ts";

describe("modelConfig", () => {
  it("gives the whole shapes of a model whose requests cannot share a run", () => {
    const config = modelConfig({
      ...contract,
      task: "raw",
      inputs: [
        { name: "text", datatype: "BYTES", shape: [-1, 1] },
        { name: "mask", datatype: "BOOL", shape: [2, -1] },
      ],
      outputs: [{ name: "score", datatype: "FP16", shape: [] }],
    });

    assert.deepEqual(config, {
      name: "loan-approval",
      platform: "onnxruntime_onnx",
      backend: "onnxruntime",
      max_batch_size: 0,
      input: [
        { name: "text", data_type: "TYPE_STRING", dims: [-1, 1] },
        { name: "mask", data_type: "TYPE_BOOL", dims: [2, -1] },
      ],
      output: [{ name: "score", data_type: "TYPE_FP16", dims: [] }],
    });
  });
});
