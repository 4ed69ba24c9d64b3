import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseContract } from "../../../contract/parseContract.ts";
import { servedContract } from "../../../contract/servedContract.ts";
import type { Tensors } from "../../../contract/tensors.ts";
import { RequestError } from "../../../service/src/problems/requestError.ts";
import {
  type OpenedPredictor,
  openPredictor,
  type PredictorOptions,
} from "../../../service/src/programs/openPredictor.ts";
import { ModelFolder } from "../../support/modelFolder.ts";

const contract = servedContract(
  parseContract(readFileSync("model/contract.json", "utf8"), "model/contract.json"),
);
const OPTIONS: PredictorOptions = {
  maxBatchRows: 8,
  queueRows: 100,
  queueRequests: 10,
  timeoutMs: 5_000,
  runMode: "in-process",
  cpus: 1,
  log: { error: (message: unknown) => assert.fail(String(message)) },
  onGiveUp: () => assert.fail("given up"),
};
const open = (served = contract, folder = "model", more: Partial<PredictorOptions> = {}) =>
  openPredictor(folder, served, { ...OPTIONS, ...more });
const applicant: Tensors = new Map([
  ["features", { datatype: "FP32", shape: [1, 3], data: Float32Array.of(50_000, 35, 720) }],
]);

function childPids(): number[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ").map(Number);
}

describe("openPredictor", () => {
  it("runs the model for the outputs asked for", async () => {
    const predictor = await open();
    const outputs = await predictor.run(applicant, ["label"]);

    assert.deepEqual(
      outputs,
      new Map([["label", { datatype: "INT64", shape: [1], data: BigInt64Array.of(1n) }]]),
    );
    await predictor.close();
  });

  it("ends the runs under way before it closes, and takes no more", async () => {
    const predictor = await open();
    const run = predictor.run(applicant, ["label"]);
    const closed = predictor.close();

    assert.equal((await run).size, 1);
    await closed;
    await assert.rejects(
      predictor.run(applicant, ["label"]),
      (error) => error instanceof RequestError && error.problem.status === 503,
    );
  });

  it("says how a model differs from its contract", async () => {
    const [input] = contract.inputs;
    const different = {
      ...contract,
      inputs: [{ ...input!, name: "X" }],
      outputs: [
        { name: "label", datatype: "FP32" as const, shape: [-1] },
        { name: "scores", datatype: "FP32" as const, shape: [-1, 2] },
      ],
    };

    await assert.rejects(open(different), {
      message:
        'model/model.onnx does not fit the contract: it has an input "features" that the contract does not name; it has no input "X"; ' +
        'output "label" is int64, not FP32; it has no output "scores"',
    });
  });

  for (const runMode of ["in-process", "isolated"] as const)
    it(`refuses a file that is no model (${runMode})`, async () => {
      using folder = new ModelFolder();
      folder.write("model.onnx", "version https://git-lfs.github.com/spec/v1\n");
      const file = join(folder.path, "model.onnx");

      await assert.rejects(
        open(contract, folder.path, { runMode }),
        ({ message }: Error) => message.includes(`${file} cannot be loaded: `) && !message.includes("\n"),
      );
    });

  describe("with the model in a process of its own", () => {
    let predictor: OpenedPredictor;
    let said: string[];
    let others: number[];
    beforeEach(async () => {
      said = [];
      others = childPids();
      const log = { error: (message: unknown) => said.push(String(message)) };
      predictor = await open(contract, "model", { runMode: "isolated", log });
    });
    afterEach(() => predictor.close());

    it("answers the same", async () => {
      const outputs = await predictor.run(applicant, ["label"]);

      assert.equal(predictor.mode, "isolated");
      assert.deepEqual(outputs.get("label")?.data, BigInt64Array.of(1n));
    });

    it("says in words of ONNX Runtime what the model cannot take", async () => {
      const wrong: Tensors = new Map([
        ["features", { datatype: "FP32", shape: [1, 2], data: Float32Array.of(1, 2) }],
      ]);

      await assert.rejects(predictor.run(wrong, ["label"]), /Got invalid dimensions for input: features/);
      assert.equal((await predictor.run(applicant, ["label"])).size, 1);
    });

    it("starts another one where it dies, and has those wait that come meanwhile", async () => {
      const [runner] = childPids().filter((pid) => !others.includes(pid));
      process.kill(runner!, "SIGSEGV");
      while (said.length === 0) await sleep(5);
      const outputs = await predictor.run(applicant, ["label"]);

      assert.deepEqual(said, [
        "a process that runs the model was killed by SIGSEGV; another one is started in 0 ms",
      ]);
      assert.equal(outputs.size, 1);
    });
  });
});
