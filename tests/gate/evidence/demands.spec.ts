import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseContract } from "../../../contract/parseContract.ts";
import { demandsOf } from "../../../gate/evidence/demands.ts";

describe("demandsOf", () => {
  const contract = parseContract(readFileSync("model/contract.json", "utf8"), "model/contract.json");
  const demanding = {
    ...contract,
    validation: { ...contract.validation!, metrics: { accuracy: { min: 0.85 }, logLoss: { max: 0.4 } } },
  };
  const own = {
    accuracy: { kind: "min", bound: 0.85, from: "contract" },
    logLoss: { kind: "max", bound: 0.4, from: "contract" },
  };

  it("takes the contract's where the stack has none", () => {
    assert.deepEqual(demandsOf(demanding, {}), { demands: own, findings: [] });
  });

  it("takes the stack's if it is tighter, alike, or the only one", () => {
    const { demands, findings } = demandsOf(demanding, { accuracy: 0.9, logLoss: 0.4, rocAuc: 0.95 });

    assert.deepEqual(findings, []);
    assert.deepEqual(demands, {
      accuracy: { kind: "min", bound: 0.9, from: "stack" },
      logLoss: { kind: "max", bound: 0.4, from: "stack" },
      rocAuc: { kind: "min", bound: 0.95, from: "stack" },
    });
  });

  it("keeps the contract's and objects where the stack is looser", () => {
    const { demands, findings } = demandsOf(demanding, { accuracy: 0.8, logLoss: 0.5 });

    assert.deepEqual(demands, own);
    assert.deepEqual(findings, [
      {
        what: "The stack asks for accuracy of at least 0.8, which is looser than the contract's 0.85: a stack may only tighten.",
        where: "the stack's setting slipway:floors.accuracy",
        fix: "pulumi config rm --path floors.accuracy, or change the contract where a reviewer sees it",
      },
      {
        what: "The stack asks for logLoss of at most 0.5, which is looser than the contract's 0.4: a stack may only tighten.",
        where: "the stack's setting slipway:floors.logLoss",
        fix: "pulumi config rm --path floors.logLoss, or change the contract where a reviewer sees it",
      },
    ]);
  });
});
