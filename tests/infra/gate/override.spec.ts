import assert from "node:assert/strict";
import { emergency, verdictOf } from "../../../infra/gate/override.ts";
import type { Check, Report } from "../../../infra/gate/report.ts";

const sha256 = "0123456789abcdef".repeat(4);
const override = { sha256: "0123456789ab", reason: "the rules changed overnight" };
const objection = { what: "It is bad.", where: "there", fix: "mend it" };

const check = (name: string, objections = [objection]): Check => ({
  name,
  found: "",
  objections,
  warnings: [],
});
const refused = (checks: Check[]): Report => ({
  version: 1,
  verdict: "refused",
  remembered: false,
  model: { name: "m", version: "1", sha256 },
  checks,
  metrics: [],
  champion: { how: "not compared", why: "there is none" },
});

describe("verdictOf", () => {
  it("passes a model without objections, whatever the override says", () => {
    assert.deepEqual(verdictOf([check("metrics", [])], sha256, override), { verdict: "passed" });
  });

  it("refuses a model with an objection where there is no override", () => {
    assert.deepEqual(verdictOf([check("metrics")], sha256, undefined), { verdict: "refused" });
  });

  it("lets the model through that the override means, with its reason", () => {
    assert.deepEqual(verdictOf([check("metrics"), check("latency")], sha256, override), {
      verdict: "overridden",
      override: "the rules changed overnight",
    });
  });

  it("refuses another model", () => {
    assert.deepEqual(verdictOf([check("metrics")], `1${sha256.slice(1)}`, override), { verdict: "refused" });
    assert.deepEqual(verdictOf([check("metrics")], undefined, override), { verdict: "refused" });
  });

  for (const name of ["contract", "onnx", "loads", "schema", "golden"]) {
    it(`refuses what ${name} objects to: the service and the proof stand on it`, () => {
      assert.deepEqual(verdictOf([check("metrics"), check(name)], sha256, override), { verdict: "refused" });
      assert.deepEqual(emergency(refused([check("metrics"), check(name)])), []);
    });
  }
});

describe("emergency", () => {
  it("names the command that lets this very model through", () => {
    assert.deepEqual(emergency(refused([check("metrics"), check("golden", [])])), [
      "In an emergency it ships all the same, and is marked so:\n  pulumi config set override '0123456789ab: REASON IN WORDS'",
    ]);
  });
});
