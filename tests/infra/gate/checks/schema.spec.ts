import assert from "node:assert/strict";
import { checkSchema } from "../../../../infra/gate/checks/schema.ts";
import type { Evidence } from "../../../../infra/gate/evidence.ts";
import type { TensorInfo } from "../../../../infra/gate/measurements.ts";
import type { Contract } from "../../../../model/contract.ts";

const features: TensorInfo = { name: "features", datatype: "FP32", shape: [-1, 3] };
const label: TensorInfo = { name: "label", datatype: "INT64", shape: [-1] };
const scores: TensorInfo = { name: "scores", datatype: "FP32", shape: [-1, 2] };
const contract = { inputs: [features], outputs: [label, scores] } as unknown as Contract;

const check = (model: { inputs: TensorInfo[]; outputs: TensorInfo[] }) =>
  checkSchema({
    contract,
    measured: { load: { seconds: 0, ...model }, golden: [], tables: {} },
  } as unknown as Evidence);

const FIX = "declare what the model has, or export the model as declared";

describe("checkSchema", () => {
  it("objects to nothing where the model is as declared, in whatever order", () => {
    assert.deepEqual(check({ inputs: [features], outputs: [scores, label] }), {
      name: "schema",
      found: "1 input, 2 outputs, as declared",
      objections: [],
      warnings: [],
    });
  });

  it("judges nothing where the model does not load", () => {
    const measured = { load: { error: "it is broken" }, golden: [], tables: {} };

    assert.deepEqual(checkSchema({ contract, measured } as unknown as Evidence), {
      name: "schema",
      found: "",
      objections: [],
      warnings: [],
      notJudged: "the model does not load",
    });
  });

  for (const { fact, model, objections } of [
    {
      fact: "names a declared tensor that the model does not have, and the one that it has instead",
      model: { inputs: [{ ...features, name: "X" }], outputs: [label, scores] },
      objections: [
        {
          what: 'The contract declares the input "features", and the model has "X".',
          where: "model/contract.json, /inputs/0",
          fix: FIX,
        },
        {
          what: 'The model has the input "X" (FP32 [-1, 3]), which the contract does not declare.',
          where: "model/contract.json, /inputs",
          fix: FIX,
        },
      ],
    },
    {
      fact: "names another datatype and another shape, of every tensor at once",
      model: {
        inputs: [{ ...features, datatype: "FP64" }],
        outputs: [
          { ...label, shape: [-1, 1] },
          { ...scores, shape: [1, 2] },
        ],
      },
      objections: [
        {
          what: 'The input "features" is declared as FP32 [-1, 3], and the model has FP64 [-1, 3].',
          where: "model/contract.json, /inputs/0",
          fix: FIX,
        },
        {
          what: 'The output "label" is declared as INT64 [-1], and the model has INT64 [-1, 1].',
          where: "model/contract.json, /outputs/0",
          fix: FIX,
        },
        {
          what: 'The output "scores" is declared as FP32 [-1, 2], and the model has FP32 [1, 2].',
          where: "model/contract.json, /outputs/1",
          fix: FIX,
        },
      ],
    },
    {
      fact: "says so where the model has no outputs at all",
      model: { inputs: [features], outputs: [] },
      objections: [
        {
          what: 'The contract declares the output "label", and the model has none.',
          where: "model/contract.json, /outputs/0",
          fix: FIX,
        },
        {
          what: 'The contract declares the output "scores", and the model has none.',
          where: "model/contract.json, /outputs/1",
          fix: FIX,
        },
      ],
    },
  ]) {
    it(fact, () => {
      assert.deepEqual(check(model).objections, objections);
    });
  }
});
