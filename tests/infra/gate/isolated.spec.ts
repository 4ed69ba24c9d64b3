import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { LIMITS, measureIsolated, startRunner } from "../../../infra/gate/isolated.ts";
import { failed, type Job } from "../../../infra/gate/measurements.ts";
import { parseContract } from "../../../model/contract.ts";

describe("measureIsolated", () => {
  const contract = parseContract(readFileSync("model/contract.json", "utf8"), "model/contract.json");
  const rows = { features: { shape: [2, 3], data: Float32Array.of(50000, 35, 720, 1, 18, 300) } };
  const outputs = ["label"];
  const model = "model/model.onnx";
  const job: Job = { contract, golden: [], tables: {} };

  it("gives what the model has and answers", async () => {
    const measured = await measureIsolated(model, {
      ...job,
      golden: [rows],
      tables: { holdout: { rows: 2, inputs: rows, outputs, batch: 1024 } },
    });

    assert(!failed(measured.load));
    const { seconds, ...ports } = measured.load;
    assert(seconds > 0 && seconds < 20, String(seconds));
    assert.deepEqual(ports, {
      inputs: [{ name: "features", datatype: "FP32", shape: [-1, 3] }],
      outputs: [
        { name: "label", datatype: "INT64", shape: [-1] },
        { name: "probabilities", datatype: "FP32", shape: [-1, 2] },
      ],
    });
    const [golden] = measured.golden;
    assert(golden && !failed(golden));
    assert.deepEqual(golden.outputs["label"], { shape: [2], data: BigInt64Array.of(1n, 0n) });
    assert.deepEqual(golden.again, golden.outputs);
    assert.deepEqual(measured.tables, {
      holdout: { outputs: { label: { shape: [2], data: BigInt64Array.of(1n, 0n) } } },
    });
    assert(measured.latency && !failed(measured.latency));
    const { p50, p99, runs } = measured.latency;
    assert(p50 > 0 && p99 >= p50 && runs >= 3, `${p50} ${p99} ${runs}`);
    assert(measured.memory && measured.memory.mebibytes > 1 && measured.memory.mebibytes < 1000);
  });

  for (const { file, calls } of [
    { file: model, calls: 1 },
    { file: "model/contract.json", calls: 0 }, // no job is given for what does not load
  ]) {
    it(`leaves time for other work while ${file} runs: ${calls} times`, async () => {
      const runner = startRunner();
      try {
        runner.load(file);
        await new Promise((resolve) => setTimeout(resolve, 500)); // as reading many rows takes
        let called = 0;
        const { load } = await runner.measure(job, () => called++);
        assert.deepEqual({ called, failed: failed(load) }, { called: calls, failed: calls === 0 });
      } finally {
        runner.stop();
      }
    });
  }

  it("runs a table in batches, the last of which may be smaller", async () => {
    const many = 7;
    const data = Float32Array.from({ length: many * 3 }, (_, i) => rows.features.data[i % 6]!);
    const inputs = { features: { shape: [many, 3], data } };

    const { tables } = await measureIsolated(model, {
      ...job,
      tables: { a: { rows: many, inputs, outputs, batch: 3 }, b: { rows: many, inputs, outputs, batch: 1 } },
    });

    const label = { shape: [many], data: BigInt64Array.of(1n, 0n, 1n, 0n, 1n, 0n, 1n) };
    assert.deepEqual(tables, { a: { outputs: { label } }, b: { outputs: { label } } });
  });

  it("runs nothing more on a model that has other inputs than declared", async () => {
    const [input, ...others] = contract.inputs;
    const renamed = { ...contract, inputs: [{ ...input!, name: "other" }, ...others] };

    const measured = await measureIsolated(model, { ...job, contract: renamed, golden: [rows] });

    assert(!failed(measured.load));
    assert.deepEqual({ ...measured, load: 0 }, { load: 0, golden: [], tables: {} });
  });

  it("ends a process whose step takes too long, and says which", async () => {
    assert.deepEqual(await measureIsolated(model, job, { ...LIMITS, stepSeconds: 0.01 }), {
      load: { error: "It was not done after 0.01 s." },
      golden: [],
      tables: {},
    });
  });

  it("gives the process no more memory than allowed", async function () {
    if (process.platform !== "linux") this.skip(); // elsewhere the kernel does not enforce the limit

    const { load } = await measureIsolated(model, job, { ...LIMITS, mebibytes: 100 });

    assert.deepEqual(load, { error: "It needs more than the 100 MiB of memory that it may take." });
  });

  it("says so where the model is none", async () => {
    const { load } = await measureIsolated("model/contract.json", job);

    assert(failed(load));
    assert.match(load.error, /protobuf/i);
  });
});
