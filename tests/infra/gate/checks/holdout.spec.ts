import assert from "node:assert/strict";
import { checkHoldout } from "../../../../infra/gate/checks/holdout.ts";
import type { Evidence } from "../../../../infra/gate/evidence.ts";

const file = "model/holdout.csv";
const holdout = { file, value: { rows: 3000 }, findings: [] };
const check = (part: object) => checkHoldout(part as Evidence);

describe("checkHoldout", () => {
  it("counts the rows that were answered", () => {
    assert.deepEqual(check({ holdout, answers: {} }), {
      name: "holdout",
      found: "3,000 rows answered",
      objections: [],
      warnings: [],
    });
  });

  it("asks for nothing where the contract names no holdout", () => {
    assert.equal(check({}), undefined);
  });

  it("passes on why it could not be read", () => {
    const findings = [{ what: "It is empty.", where: file, fix: "fill it" }];

    assert.deepEqual(check({ holdout: { file, findings } })?.objections, findings);
  });

  it("objects to a model that fails on it", () => {
    assert.deepEqual(check({ holdout, unanswered: "it is broken" })?.objections, [
      {
        what: "The model fails on the holdout: it is broken",
        where: file,
        fix: "export the model so that it takes the holdout's rows and answers each",
      },
    ]);
  });

  it("judges nothing where the model was not run", () => {
    assert.equal(check({ holdout })?.notJudged, "the model was not run on it");
  });
});
