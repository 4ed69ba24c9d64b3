import assert from "node:assert/strict";
import "../../../common/quietRuntime.ts";
import { InferenceSession } from "onnxruntime-node";
import { explainLoadError } from "../../../gate/checks/loadError.ts";
import { inspectModel } from "../../../gate/onnx/inspect.ts";
import { buildModel, ELEMENT, floats, ints, type Node, node, value } from "../../support/onnxBuilder.ts";
import {
  customDomainModel,
  futureOpsetModel,
  identityModel,
  unknownOperatorModel,
} from "../../support/onnxModels.ts";

/** Our explanation of what the installed runtime says. */
async function explained(model: Uint8Array) {
  try {
    await InferenceSession.create(model, { logSeverityLevel: 4 });
  } catch (error) {
    return explainLoadError((error as Error).message, inspectModel(model));
  }
  throw new Error("The runtime loads this model.");
}

const WRONG =
  "export it again with the converter's newest version; onnx.checker.check_model(model, full_check=True) in Python says more";
const OTHER = "export it for another opset, or without this operator";

const ml = (made: Node): Node => ({ ...made, domain: "ai.onnx.ml" });
const calls = (name: string, called: string) => ({
  domain: "local",
  name,
  input: ["in"],
  output: ["out"],
  node: [{ ...node(called, ["in"], ["out"]), domain: "local" }],
  opsetImport: [{ domain: "local", version: 1n }],
});

const cases: Record<string, { model: () => Uint8Array; what: string; fix?: string }> = {
  "an operator that does not exist": {
    model: unknownOperatorModel,
    what: "The runtime knows no operator ai.onnx:Frobnicate in opset 21.",
    fix: OTHER,
  },
  "an operator that is newer than the opset": {
    model: () => identityModel({ nodes: [node("Gelu", ["x"], ["y"])], opset: 19 }),
    what: "The runtime knows no operator ai.onnx:Gelu in opset 19.",
    fix: OTHER,
  },
  "an operator of a domain that the runtime does not have": {
    model: customDomainModel,
    what: "The runtime knows no operator com.acme:Frobnicate in opset 1.",
    fix: OTHER,
  },
  "a domain without an opset": {
    model: () => identityModel({ nodes: [{ ...node("Foo", ["x"], ["y"]), domain: "com.acme" }] }),
    what: 'The model uses operators of the domain "com.acme" and imports no opset of it.',
  },
  "a locale that there is not": {
    model: () =>
      buildModel({
        inputs: [value("text", "BYTES", [-1])],
        outputs: [value("lower", "BYTES", [-1])],
        nodes: [
          node("StringNormalizer", ["text"], ["lower"], {
            case_change_action: "LOWER",
            locale: "xx_XX.UTF-8",
          }),
        ],
      }),
    what: "The operator StringNormalizer needs the locale xx_XX.UTF-8, which is neither here nor in the image.",
    fix: 'export it with the locale C, which is everywhere but lowers only A to Z, for your own classes: convert_sklearn(…, options={TfidfVectorizer: {"locale": "C"}, LogisticRegression: {"zipmap": False}})',
  },
  "an attribute that is missing": {
    model: () => identityModel({ nodes: [{ ...node("Cast", ["x"], ["y"]), name: "cast" }] }),
    what: "The operator ai.onnx:Cast at the node \"cast\" is used wrongly: Required attribute 'to' is missing.",
  },
  "an input that is missing": {
    model: () => identityModel({ nodes: [node("Add", ["x"], ["y"])] }),
    what: "The operator ai.onnx:Add is used wrongly: Node with schema(::Add:14) has input size 1 not in range [min=2, max=2].",
  },
  "a type that there is no implementation for": {
    model: () =>
      identityModel({
        outputs: [value("y", "INT64", [-1, 3])],
        nodes: [
          node("Cast", ["x"], ["whole"], { to: ELEMENT.INT64 }),
          { ...node("Relu", ["whole"], ["y"]), name: "act" },
        ],
      }),
    what: 'The runtime has the operator Relu (version 14) at the node "act", but not for the types that it gets here.',
    fix: "cast its inputs to a type that the runtime supports, usually FP32, and export again",
  },
  "an opset that is too new": {
    model: futureOpsetModel,
    what: "The model uses opset 27 of ai.onnx, and onnxruntime-node 1.30.0 takes at most 26.",
    fix: "export it for a lower opset: target_opset of skl2onnx, opset_version of torch.onnx.export",
  },
  "an IR version that is too new": {
    model: () => identityModel({ ir: 14 }),
    what: "The model's IR version is 14, and onnxruntime-node 1.30.0 takes at most 13.",
    fix: "export it with an older onnx package, or set it in Python: model.ir_version = 13",
  },
  "two types where one is needed": {
    model: () =>
      identityModel({ nodes: [node("Add", ["x", "w"], ["y"])], initializers: [ints("w", [1], [1])] }),
    what: "The operator Add gets tensor(float) and tensor(int64), but both must have the same type.",
  },
  "a type that an operator does not take": {
    model: () => identityModel({ nodes: [node("Not", ["x"], ["y"])] }),
    what: 'The operator Not does not take tensor(float), the type of its input "x".',
  },
  "an output of another type than declared": {
    model: () => identityModel({ outputs: [value("y", "INT64", [-1, 3])] }),
    what: 'The value "y" is declared as tensor(int64), and its operator makes tensor(float).',
  },
  "shapes that do not fit": {
    model: () =>
      identityModel({
        nodes: [{ ...node("MatMul", ["x", "w"], ["y"]), name: "dense" }],
        initializers: [floats("w", [1, 2], [2, 1])],
      }),
    what: 'The shapes at the operator MatMul at the node "dense" do not fit: Incompatible dimensions for matrix multiplication.',
  },
  "a value that nothing makes": {
    model: () => identityModel({ nodes: [node("Add", ["x", "nowhere"], ["y"])] }),
    what: 'An operator takes "nowhere", which nothing in the model makes before it.',
  },
  "an output that nothing makes": {
    model: () => identityModel({ nodes: [] }),
    what: 'The model has the output "y", which no operator makes.',
  },
  "operators in a circle": {
    model: () => identityModel({ nodes: [node("Add", ["x", "y"], ["z"]), node("Neg", ["z"], ["y"])] }),
    what: "The model's operators wait for each other's results in a circle.",
  },
  "a value that is made twice": {
    model: () => identityModel({ nodes: [node("Neg", ["x"], ["y"]), node("Abs", ["x"], ["y"])] }),
    what: 'Two operators of the model make "y".',
  },
  "functions in a circle": {
    model: () =>
      identityModel({
        nodes: [{ ...node("F", ["x"], ["y"]), domain: "local" }],
        domains: { local: 1 },
        functions: [calls("F", "F")],
      }),
    what: "The model's own functions call each other in a circle: local:F -> local:F.",
  },
  "a tensor with too few values": {
    model: () =>
      identityModel({ nodes: [node("Add", ["x", "w"], ["y"])], initializers: [floats("w", [1, 2], [3])] }),
    what: 'The tensor "w" has 2 of the 3 values that its shape asks for.',
  },
  "a matrix with too few values": {
    model: () =>
      identityModel({
        nodes: [node("MatMul", ["x", "w"], ["y"])],
        initializers: [floats("w", [1, 2], [3, 3])],
      }),
    what: 'The tensor "w" has 2 of the 9 values that its shape asks for.',
  },
  "attributes that make no sense": {
    model: () => identityModel({ nodes: [ml(node("Scaler", ["x"], ["y"]))], domains: { "ai.onnx.ml": 3 } }),
    what: "The runtime cannot set up an operator (its source is scaler): Empty scale in attributes.",
  },
  "a file that is cut off": {
    model: () => identityModel().subarray(0, 60),
    what: "The file is damaged: the runtime cannot parse it.",
    fix: "copy or download the file again, and compare its hash with the original's",
  },
};

describe("explainLoadError", () => {
  for (const [name, { model, what, fix = WRONG }] of Object.entries(cases)) {
    it(`explains ${name}`, async () => {
      assert.deepEqual(await explained(model()), { what, fix });
    });
  }

  it("leaves a message that it does not know as it is", () => {
    assert.deepEqual(explainLoadError("Something new went wrong.", { error: "", fix: "" }), {
      what: "Something new went wrong.",
      fix: 'see what the same version says in Python: onnxruntime.InferenceSession("model.onnx")',
    });
  });

  it("says no opset of a domain where the file says none", () => {
    const { what } = explainLoadError("Fatal error: com.acme:Foo(-1) is not a registered function/op", {
      error: "",
    });

    assert.equal(what, "The runtime knows no operator com.acme:Foo.");
  });

  it("takes no long time over a long message", () => {
    const message = `In Node, ${'("a", b, "c", -1)'.repeat(1_000_000)}`;
    const before = process.cpuUsage();

    assert.equal(explainLoadError(message, { error: "" }).what, message);
    // By the clock it depends on what else the machine does. With a step for each pair of characters it would be hours.
    assert.ok(process.cpuUsage(before).user < 5e6);
  });
});
