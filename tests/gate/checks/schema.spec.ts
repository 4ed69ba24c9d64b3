import assert from "node:assert/strict";
import type { TensorInfo } from "../../../contract/tensors.ts";
import { checkSchema } from "../../../gate/checks/schema.ts";
import type { Measurements } from "../../../gate/measure/measurements.ts";
import { ENDED, evidenceOf, KILLED } from "../../support/evidence.ts";

const features = { name: "features", datatype: "FP32", shape: [-1, 3] } as const;
const label = { name: "label", datatype: "INT64", shape: [-1] } as const;
const scores = { name: "scores", datatype: "FP32", shape: [-1, 2] } as const;
const contract = {
  inputs: [{ ...features, shape: [...features.shape] }],
  outputs: [
    { ...label, shape: [...label.shape] },
    { ...scores, shape: [...scores.shape] },
  ],
};

const outcomeOf = (load: Measurements["load"]) =>
  checkSchema.judge(evidenceOf({ columns: { x: [1] }, contract, measured: { load } }));
const check = (model: { inputs: readonly TensorInfo[]; outputs: readonly TensorInfo[] }) =>
  outcomeOf({ cpu: 0, wall: 0, ...model });

const FIX = "declare what the model has, or export the model as declared";

const FREE_ROWS = (name: string) =>
  `export it with its first dimension free: torch.onnx.export(…, dynamic_shapes={"${name}": {0: "rows"}}); skl2onnx: FloatTensorType([None, …])`;
const FREE_INPUTS = "export it with the first dimension of its inputs free, which frees that of its outputs";
const WITHOUT_ZIPMAP =
  'export it without: skl2onnx.to_onnx(model, X[:1], options={"zipmap": False}); onnxmltools\' convert_lightgbm(…, zipmap=False)';

/** Labels given in this shape, and what the file says of them. */
const given = (labels: readonly number[], file: TensorInfo = label) =>
  checkSchema.judge(
    evidenceOf({
      columns: { x: [1] },
      contract,
      measured: {
        load: { cpu: 0, wall: 0, inputs: [features], outputs: [file, scores] },
        golden: [1, 2].map(() => {
          const outputs = { label: { shape: labels, data: BigInt64Array.of(0n) } };
          return { outputs, again: outputs };
        }),
      },
    }),
  );

describe("checkSchema", () => {
  it("objects to nothing if the model is as declared, in whatever order", () => {
    assert.deepEqual(check({ inputs: [features], outputs: [scores, label] }), {
      outcome: "judged",
      found: "1 input, 2 outputs, as declared",
      objections: [],
      warnings: [],
    });
  });

  describe("of outputs that the model has given", () => {
    for (const shape of [[1], [-1, 1], []])
      it(`believes them, not the file, which says [${shape}]`, () => {
        assert.deepEqual(given([5], { ...label, shape }), {
          outcome: "judged",
          found: "1 input, 2 outputs, as declared",
          objections: [],
          warnings: [],
        });
      });

    it("objects to another shape than is declared, though the file says the same", () => {
      const check = given([5, 1]);

      assert(check.outcome === "judged");
      assert.deepEqual(check.objections, [
        {
          what: 'The output "label" is declared as INT64 [-1], and the model has INT64 [5, 1].',
          where: "model/contract.json, /outputs/0",
          fix: FIX,
        },
      ]);
    });

    it("objects to another number of values in a row, though the file says the declared one", () => {
      const outputs = { scores: { shape: [5, 3], data: new Float32Array(15) } };
      const load = { cpu: 0, wall: 0, inputs: [features], outputs: [label, scores] };
      const measured = { load, golden: [{ outputs, again: outputs }] };
      const check = checkSchema.judge(evidenceOf({ columns: { x: [1] }, contract, measured }));

      assert(check.outcome === "judged");
      assert.deepEqual(
        check.objections.map(({ what }) => what),
        ['The output "scores" is declared as FP32 [-1, 2], and the model has FP32 [5, 3].'],
      );
    });

    it("objects to another datatype", () => {
      const check = given([5], { ...label, datatype: "INT32" });

      assert(check.outcome === "judged");
      assert.equal(check.objections.length, 1);
    });
  });

  it("judges nothing if the model does not load", () => {
    assert.deepEqual(outcomeOf({ error: "it is broken" }), {
      outcome: "notJudged",
      why: "the model does not load",
      fault: "model",
    });
  });

  it("judges nothing that is no model", () => {
    assert.deepEqual(outcomeOf(ENDED), {
      outcome: "notJudged",
      why: "the model's process ended before that",
      fault: "model",
    });
  });

  it("blames the machine if it has kept the model from being loaded", () => {
    assert.deepEqual(outcomeOf(KILLED), {
      outcome: "notJudged",
      why: "The process was ended by SIGKILL.",
      fault: "machine",
      fix: "judge it again",
    });
  });

  it("is asked for in any case", () => {
    assert.equal(checkSchema.notAsked, undefined);
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
          { ...scores, shape: [-1, 3] },
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
          what: 'The output "scores" is declared as FP32 [-1, 2], and the model has FP32 [-1, 3].',
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
    {
      fact: "says so where the model takes and gives a fixed number of rows",
      model: {
        inputs: [{ ...features, shape: [1, 3] }],
        outputs: [
          { ...label, shape: [8] },
          { ...scores, shape: [8, 2] },
        ],
      },
      objections: [
        {
          what: 'The input "features" is declared for any number of rows, FP32 [-1, 3], and the model has one row in each run, FP32 [1, 3].',
          where: "model/model.onnx",
          fix: FREE_ROWS("features"),
        },
        {
          what: 'The output "label" is declared for any number of rows, INT64 [-1], and the model has 8 rows in each run, INT64 [8].',
          where: "model/model.onnx",
          fix: FREE_INPUTS,
        },
        {
          what: 'The output "scores" is declared for any number of rows, FP32 [-1, 2], and the model has 8 rows in each run, FP32 [8, 2].',
          where: "model/model.onnx",
          fix: FREE_INPUTS,
        },
      ],
    },
    {
      fact: "does not say so where anything else differs, too",
      model: {
        inputs: [{ ...features, datatype: "FP64", shape: [1, 3] }],
        outputs: [label, { ...scores, shape: [1, 3] }],
      },
      objections: [
        {
          what: 'The input "features" is declared as FP32 [-1, 3], and the model has FP64 [1, 3].',
          where: "model/contract.json, /inputs/0",
          fix: FIX,
        },
        {
          what: 'The output "scores" is declared as FP32 [-1, 2], and the model has FP32 [1, 3].',
          where: "model/contract.json, /outputs/1",
          fix: FIX,
        },
      ],
    },
    {
      fact: "says how ZipMap is left out, of an output that is declared and of one that is not",
      model: {
        inputs: [features],
        outputs: [
          label,
          { name: "scores", datatype: "no tensor", shape: [] },
          { name: "more", datatype: "no tensor", shape: [] },
        ],
      },
      objections: [
        {
          what: 'The output "scores" is no tensor, but a list of dictionaries or the like, as ZipMap makes it of scores.',
          where: "model/model.onnx; model/contract.json, /outputs/1",
          fix: WITHOUT_ZIPMAP,
        },
        {
          what: 'The output "more" is no tensor, but a list of dictionaries or the like, as ZipMap makes it of scores.',
          where: "model/model.onnx; model/contract.json, /outputs",
          fix: WITHOUT_ZIPMAP,
        },
      ],
    },
  ]) {
    it(fact, () => {
      const { inputs, outputs } = model;

      assert.deepEqual(check(model), {
        outcome: "judged",
        found: `${inputs.length} input${inputs.length === 1 ? "" : "s"}, ${outputs.length} output${outputs.length === 1 ? "" : "s"}`,
        objections,
        warnings: [],
      });
    });
  }
});
