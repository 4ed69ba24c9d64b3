import assert from "node:assert/strict";
import type { Validation } from "../../../contract/validationSchema.ts";
import { checkOnnx, judgeFile } from "../../../gate/checks/onnx.ts";
import type { ModelFile } from "../../../gate/evidence/evidence.ts";
import { inspectModel, type ModelFacts } from "../../../gate/onnx/inspect.ts";
import { evidenceOf } from "../../support/evidence.ts";
import { node } from "../../support/onnxBuilder.ts";
import { customDomainModel, externalDataModel, identityModel } from "../../support/onnxModels.ts";

type File = Pick<ModelFile, "facts"> & Partial<ModelFile>;

/** The outcome for a model's file. The check looks at nothing else. */
const judge = (model: File, validation: Partial<Validation> = {}) => {
  const check = checkOnnx.judge({
    ...evidenceOf({ columns: { x: [1] }, validation }),
    model: { size: 1000, ...model },
  });
  assert(check.outcome === "judged");
  return check;
};

const GOOD: ModelFacts = {
  irVersion: 10,
  producer: "skl2onnx 1.20.0",
  opsets: [
    { domain: "ai.onnx", version: 21 },
    { domain: "ai.onnx.ml", version: 3 },
    { domain: "pkg.onnxscript.torch_lib", version: 1 },
  ],
  operators: ["ai.onnx.ml:Scaler", "ai.onnx:Gemm"],
  functions: [],
  externalData: [],
};

const checked = (facts: Partial<ModelFacts>) => judge({ facts: { ...GOOD, ...facts } });

const custom = (what: string) => ({
  what,
  where: "model/model.onnx, operators",
  fix: "export it with only operators of ai.onnx and ai.onnx.ml; what they cannot do belongs before or after the model",
});

describe("checkOnnx", () => {
  it("accepts a model that the runtime takes, and says what it is", () => {
    assert.deepEqual(checked({}), {
      outcome: "judged",
      found: "opset 21, ai.onnx.ml 3, IR 10, 2 operators, skl2onnx 1.20.0",
      objections: [],
      warnings: [],
    });
  });

  it("names no producer where the file names none", () => {
    const { found } = checked({ producer: "", operators: ["ai.onnx:Gemm"] });

    assert.equal(found, "opset 21, ai.onnx.ml 3, IR 10, 1 operator");
  });

  it("repeats why a file is no model", () => {
    const facts = { error: "The file is a Git LFS pointer.", fix: "git lfs pull" };

    assert.deepEqual(judge({ facts }), {
      outcome: "judged",
      found: "",
      objections: [{ what: facts.error, where: "model/model.onnx", fix: "git lfs pull" }],
      warnings: [],
    });
  });

  const newest = {
    irVersion: 13,
    opsets: [
      { domain: "ai.onnx", version: 26 },
      { domain: "ai.onnx.ml", version: 5 },
    ],
  };

  it("accepts the newest that the runtime takes", () => {
    assert.deepEqual(checked(newest).objections, []);
  });

  it("refuses what is newer than the runtime, all at once", () => {
    const lower = "export it for a lower opset: target_opset of skl2onnx, opset_version of torch.onnx.export";
    const { objections } = checked({
      irVersion: 14,
      opsets: [
        { domain: "ai.onnx", version: 27 },
        { domain: "ai.onnx.ml", version: 6 },
      ],
    });

    assert.deepEqual(objections, [
      {
        what: "The model's IR version is 14, and onnxruntime-node 1.30.0 takes at most 13.",
        where: "model/model.onnx, ir_version",
        fix: "export it with an older onnx package, or set it in Python: model.ir_version = 13",
      },
      {
        what: "The model uses opset 27 of ai.onnx, and onnxruntime-node 1.30.0 takes at most 26.",
        where: "model/model.onnx, opset_import",
        fix: lower,
      },
      {
        what: "The model uses opset 6 of ai.onnx.ml, and onnxruntime-node 1.30.0 takes at most 5.",
        where: "model/model.onnx, opset_import",
        fix: lower,
      },
    ]);
  });

  it("refuses operators of domains that the runtime does not have", () => {
    const { objections } = checked({
      operators: [
        "ai.onnx:Gemm",
        "com.acme:A",
        "com.acme:B",
        "com.acme:C",
        "com.acme:D",
        "com.acme:E",
        "org.x:Y",
      ],
    });

    assert.deepEqual(objections, [
      custom(
        'The model uses "com.acme:A", "com.acme:B", "com.acme:C" and 2 more of the domain "com.acme", which onnxruntime-node 1.30.0 does not know.',
      ),
      custom('The model uses "org.x:Y" of the domain "org.x", which onnxruntime-node 1.30.0 does not know.'),
    ]);
  });

  it("accepts functions that the model brings along", () => {
    const { objections } = checked({ operators: ["ai.onnx:Gemm", "com.acme:A"], functions: ["com.acme:A"] });

    assert.deepEqual(objections, []);
  });

  it("counts domains and files beyond the fifth", () => {
    const few = ["a", "b", "c", "d", "e", "f", "g"];
    const { objections } = checked({
      operators: few.map((name) => `${name}:Op`),
      externalData: few.map((name) => ({ tensor: name, location: `${name}.bin` })),
    });

    assert.deepEqual(
      objections.map(({ what }) => what).filter((what) => what.startsWith("And")),
      ["And 2 more like these.", "And 2 more like these."],
    );
    assert.equal(objections.length, 12);
  });

  it("refuses data in other files, one finding per file", () => {
    const fix = 'put all in one file, in Python: onnx.save(onnx.load("model.onnx"), "model.onnx")';
    const { objections } = checked({
      externalData: [
        { tensor: "w", location: "weights.bin" },
        { tensor: "", location: "../../etc/passwd" },
        { tensor: "b", location: "weights.bin" },
      ],
    });

    assert.deepEqual(objections, [
      {
        what: 'The data of "w", "b" is in another file, "weights.bin", and only model.onnx is judged and shipped.',
        where: "model/model.onnx, external_data",
        fix,
      },
      {
        what: 'The data of a tensor without a name is in another file, "../../etc/passwd", and only model.onnx is judged and shipped.',
        where: "model/model.onnx, external_data",
        fix,
      },
    ]);
  });

  it("sees it all in a file", () => {
    const whats = [
      identityModel({ nodes: [node("Neg", ["x"], ["y"])] }),
      customDomainModel(),
      externalDataModel("../weights.bin"),
    ].map((bytes) => judge({ facts: inspectModel(bytes) }).objections.map(({ what }) => what));

    assert.deepEqual(whats, [
      [],
      [
        'The model uses "com.acme:Frobnicate" of the domain "com.acme", which onnxruntime-node 1.30.0 does not know.',
      ],
      [
        'The data of "weights" is in another file, "../weights.bin", and only model.onnx is judged and shipped.',
      ],
    ]);
  });

  it("refuses a file above the contract's budget, and accepts one of just its size", () => {
    const validation = { budgets: { sizeMebibytes: 0.5 } };
    const size = 2 ** 19;

    assert.deepEqual(judge({ facts: GOOD, size }, validation).objections, []);
    assert.deepEqual(judge({ facts: GOOD, size: 3 * size + 1 }, validation).objections, [
      {
        what: "The model's file is 1.5 MiB, and at most 0.5 MiB are allowed.",
        where: "model/contract.json, /validation/budgets/sizeMebibytes",
        fix: "make the model smaller, or raise the budget where a reviewer sees it",
      },
    ]);
  });

  for (const validation of [undefined, { budgets: { sizeMebibytes: 4000 } }]) {
    it(`refuses a file above 2 GiB with ${JSON.stringify(validation)}, whatever else is wrong with it`, () => {
      const facts = { error: "It is too large to be read." };

      assert.deepEqual(judge({ facts, size: 3 * 2 ** 30 }, validation).objections, [
        {
          what: "The model's file is 3,072 MiB, and at most 2,048 MiB are allowed.",
          where: "model/model.onnx",
          fix: "make the model smaller: quantize or prune it; no ONNX file is larger than 2 GiB",
        },
      ]);
    });
  }

  it("judges a file before there is a whole contract", () => {
    assert.deepEqual(judgeFile({ contract: {}, model: { size: 1000, facts: GOOD } }), judge({ facts: GOOD }));
  });

  it("is asked for in any case", () => {
    assert.equal(checkOnnx.notAsked, undefined);
  });
});
