import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Tensors } from "../../../contract/tensors.ts";
import type { Runner } from "../../../service/src/engine/predictor.ts";
import { batchable, profileRuns } from "../../../service/src/engine/runProfile.ts";
import { contract } from "../../support/serviceApp.ts";

const sample: Tensors = new Map([["x", { datatype: "FP32", shape: [2, 1], data: Float32Array.of(1, 2) }]]);

/** Gives back what it gets, after a time that depends on the rows. */
const model = (msFor: (rows: number) => number): Runner & { asked: number[] } => ({
  asked: [],
  async run(inputs) {
    const rows = inputs.get("x")!.shape[0]!;
    this.asked.push(rows);
    if (msFor(rows) > 0) await sleep(msFor(rows));
    return inputs;
  },
});

const limits = async (runner: Runner, maxRows = 64, joins = true) => {
  const { isolated, inProcess } = await profileRuns(runner, sample, ["x"], { joins, maxRows });
  return { isolated: isolated.maxRows, inProcess: inProcess && { maxRows: inProcess.maxRows } };
};

describe("profileRuns", () => {
  it("lets a fast model run where it is asked, with as many rows as a run may have", async () => {
    assert.deepEqual(await limits(model(() => 0)), { isolated: 64, inProcess: { maxRows: 64 } });
  });

  it("tries out any number of rows that is set", async () => {
    for (const most of [1, 3, 4, 100])
      assert.deepEqual(
        await limits(
          model(() => 0),
          most,
        ),
        { isolated: most, inProcess: { maxRows: most } },
      );
  });

  it("gives a model that is slow for many rows fewer of them", async () => {
    const slow = model((rows) => (rows > 16 ? 20 : 0));

    assert.deepEqual(await limits(slow), { isolated: 64, inProcess: { maxRows: 16 } });
  });

  it("keeps a model apart that is slow for few rows", async () => {
    assert.deepEqual(await limits(model((rows) => (rows > 4 ? 20 : 0))), {
      isolated: 64,
      inProcess: undefined,
    });
  });

  it("keeps a slow model's runs short, but where more rows cost nothing", async () => {
    assert.deepEqual(await limits(model((rows) => 20 * rows)), { isolated: 4, inProcess: undefined });
    assert.deepEqual(await limits(model(() => 110)), { isolated: 64, inProcess: undefined });
  }).timeout(10_000);

  it("gives one row at a time to a model that takes no more, whatever its contract says", async () => {
    const one = model(() => 0);
    const refuses: Runner = {
      run: async (inputs, outputs) => {
        if (inputs.get("x")!.shape[0] !== 1) throw new Error("Got invalid dimensions for input: x");
        return one.run(inputs, outputs);
      },
    };
    const ignores: Runner = { run: async () => new Map([["x", { ...sample.get("x")!, shape: [1, 1] }]]) };

    assert.deepEqual(await limits(refuses), { isolated: 1, inProcess: { maxRows: 1 } });
    assert.deepEqual(await limits(ignores), { isolated: 1, inProcess: { maxRows: 1 } });
  });

  it("tries out whole requests where they cannot share a run", async () => {
    const runner = model(() => 0);

    assert.deepEqual(await limits(runner, 64, false), {
      isolated: undefined,
      inProcess: { maxRows: undefined },
    });
    assert.deepEqual(new Set(runner.asked), new Set([2]));
  });

  it("passes on that the model cannot answer at all", async () => {
    const failure = new Error("no");

    await assert.rejects(limits({ run: () => Promise.reject(failure) }), failure);
  });
});

describe("batchable", () => {
  const [output] = contract.outputs;
  for (const { of, made, joins } of [
    { of: "rows in every tensor", made: contract, joins: true },
    { of: "a raw model", made: { ...contract, task: "raw" as const }, joins: false },
    {
      of: "a fixed number of rows",
      made: { ...contract, inputs: [{ ...contract.inputs[0]!, shape: [1, 3] }] },
      joins: false,
    },
    {
      of: "an output without rows",
      made: { ...contract, outputs: [...contract.outputs, { ...output!, shape: [] }] },
      joins: false,
    },
  ])
    it(`is ${joins} for ${of}`, () => {
      assert.equal(batchable(made), joins);
    });
});
