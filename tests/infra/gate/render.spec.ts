import assert from "node:assert/strict";
import { renderReport } from "../../../infra/gate/render.ts";
import { type Check, passed, type Report } from "../../../infra/gate/report.ts";

const model = { name: "loan-approval", version: "1.0.0" };
const check = (name: Check["name"], found: string, ...whats: string[]): Check => ({
  name,
  found,
  objections: whats.map((what) => ({ what, where: "model/x.csv:3, column age", fix: "mend that row" })),
});
const report = (...checks: Check[]): Report => ({ model, checks, metrics: {} });

describe("renderReport", () => {
  for (const { fact, of, is, text } of [
    {
      fact: "names the model, the verdict and each check",
      of: report(check("contract", "model/contract.json"), check("loads", "model.onnx, 33,626 bytes")),
      is: true,
      text: `loan-approval 1.0.0 passed the gate
  ✔ contract  model/contract.json
  ✔ loads     model.onnx, 33,626 bytes`,
    },
    {
      fact: "gives an objection in full below the checks",
      of: report(check("contract", "model/contract.json"), check("accuracy", "holdout.csv", "Wrong.")),
      is: false,
      text: `loan-approval 1.0.0 is refused: 1 objection
  ✔ contract  model/contract.json
  ✘ accuracy  holdout.csv

Wrong.
  at:  model/x.csv:3, column age
  fix: mend that row`,
    },
    {
      fact: "counts the objections of all checks, and has a name for a model that says none",
      of: { checks: [check("contract", "", "One."), check("golden", "", "Two.")], metrics: {} },
      is: false,
      text: `The model is refused: 2 objections
  ✘ contract  
  ✘ golden    

One.
  at:  model/x.csv:3, column age
  fix: mend that row

Two.
  at:  model/x.csv:3, column age
  fix: mend that row`,
    },
  ]) {
    it(fact, () => {
      assert.equal(renderReport(of), text);
      assert.equal(passed(of), is);
    });
  }

  it("cuts the line of a check to 80 columns", () => {
    const [, fits, cut] = renderReport(
      report(check("golden", "x".repeat(66)), check("golden", "x".repeat(67))),
    ).split("\n");

    assert.equal(fits, `  ✔ golden    ${"x".repeat(66)}`);
    assert.equal(fits.length, 80);
    assert.equal(cut, `  ✔ golden    ${"x".repeat(65)}…`);
  });
});
