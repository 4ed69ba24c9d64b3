import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { measureIsolated } from "../../../infra/gate/isolated.ts";
import { parseContract } from "../../../model/contract.ts";

const read = (file: string) => readFileSync(new URL(`../../../model/${file}`, import.meta.url));

describe("measureIsolated", () => {
  const job = {
    model: read("model.onnx"),
    contract: parseContract(read("contract.json").toString(), "model/contract.json"),
    golden: [],
    holdout: {
      rows: 2,
      inputs: { features: { shape: [2, 3], data: Float32Array.of(50000, 35, 720, 1, 18, 300) } },
    },
  };

  it("gives what the model answers and has", async () => {
    const measured = await measureIsolated(job);

    assert.deepEqual(measured, {
      inputs: [{ name: "features", datatype: "FP32", shape: [-1, 3] }],
      outputs: [
        { name: "label", datatype: "INT64", shape: [-1] },
        { name: "probabilities", datatype: "FP32", shape: [-1, 2] },
      ],
      golden: [],
      predictions: { labels: ["1", "0"] },
    });
  });

  it("ends a process that takes too long", async () => {
    assert.deepEqual(await measureIsolated(job, { seconds: 0.01, mebibytes: 4096 }), {
      error: "It did not finish within 0.01 s.",
    });
  });

  it("ends a process that takes too much memory", async function () {
    if (process.platform !== "linux") this.skip(); // elsewhere the clock alone limits

    assert.deepEqual(await measureIsolated(job, { seconds: 60, mebibytes: 30 }), {
      error: "It took more than 30 MiB of memory.",
    });
  });

  it("says so where the model is none", async () => {
    const measured = await measureIsolated({
      ...job,
      model: Buffer.from("version https://git-lfs.github.com/spec/v1"),
    });

    assert("error" in measured);
    assert.match(measured.error, /protobuf/i);
  });
});
