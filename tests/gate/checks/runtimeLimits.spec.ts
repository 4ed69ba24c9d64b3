import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import "../../../common/quietRuntime.ts";
import { InferenceSession } from "onnxruntime-node";
import { RUNTIME } from "../../../gate/checks/runtimeLimits.ts";
import { inspectModel, MAX_DEPTH } from "../../../gate/onnx/inspect.ts";
import { type Graph, node } from "../../support/onnxBuilder.ts";
import { identityModel } from "../../support/onnxModels.ts";

/** @returns The runtime's message, or undefined if it loads the model. */
async function refusal(model: Uint8Array): Promise<string | undefined> {
  try {
    const session = await InferenceSession.create(model, { logSeverityLevel: 4 });
    await session.release();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const withOpset = (domain: string, opset: number) =>
  domain === "ai.onnx" ? identityModel({ opset }) : identityModel({ domains: { [domain]: opset } });

/** This many messages within each other: the model, its graph, and then node, attribute and graph repeated. */
function nested(depth: number): Uint8Array {
  const rest = (depth - 2) % 3;
  let inner: Graph = { node: rest === 0 ? [] : [node("Neg", [], [], rest === 1 ? {} : { a: 1 })] };
  for (let level = 0; level < Math.floor((depth - 2) / 3); level += 1)
    inner = { node: [node("If", [], [], { then_branch: { graph: inner } })] };
  return identityModel({ nodes: [...(inner.node as [])] });
}

describe("RUNTIME", () => {
  it("is the version that is installed", () => {
    const { name, version } = JSON.parse(readFileSync("node_modules/onnxruntime-node/package.json", "utf8"));

    assert.equal(RUNTIME.name, `${name} ${version}`);
  });

  it(`loads a model of IR version ${RUNTIME.irVersion}, and none of the next`, async () => {
    assert.equal(await refusal(identityModel({ ir: RUNTIME.irVersion })), undefined);
    assert.match(
      (await refusal(identityModel({ ir: RUNTIME.irVersion + 1 }))) ?? "",
      new RegExp(`Unsupported model IR version: ${RUNTIME.irVersion + 1}, max supported IR version: `),
    );
  });

  for (const [domain, most] of RUNTIME.opsets) {
    it(`loads a model with opset ${most} of ${domain}, and none with the next`, async () => {
      assert.equal(await refusal(withOpset(domain, most)), undefined);
      assert.match(
        (await refusal(withOpset(domain, most + 1))) ?? "",
        new RegExp(`Opset ${most + 1} is under development`),
      );
    });
  }
});

describe("MAX_DEPTH", () => {
  it("is the deepest that the runtime parses", async () => {
    assert.doesNotMatch((await refusal(nested(MAX_DEPTH))) ?? "", /parsing failed/);
    assert.match((await refusal(nested(MAX_DEPTH + 1))) ?? "", /protobuf parsing failed/);
  });

  it("is the deepest that is inspected", () => {
    assert.equal("error" in inspectModel(nested(MAX_DEPTH)), false);
    assert.deepEqual(inspectModel(nested(MAX_DEPTH + 1)), {
      error: "The model nests more than 101 messages within each other, and the runtime reads no more.",
      fix: "export it with fewer subgraphs within each other",
    });
  });
});
