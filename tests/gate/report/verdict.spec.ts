import assert from "node:assert/strict";
import { PassedModel, passedModel } from "../../../gate/report/passedModel.ts";
import {
  CHECK_NAMES,
  type Check,
  type CheckName,
  type Report,
  type Verdict,
} from "../../../gate/report/report.ts";
import { emergency, exitCodeOf, verdictOf } from "../../../gate/report/verdict.ts";
import { contractOf } from "../../support/evidence.ts";
import { check, finding, report, unjudged } from "../../support/reports.ts";

const sha256 = "0123456789abcdef".repeat(4);
const override = { sha256: "0123456789ab", reason: "the rules changed overnight" };
const PASSED = { verdict: "passed" };
const REFUSED = { verdict: "refused" };
const NOT_JUDGED = { verdict: "notJudged" };
const OVERRIDDEN = { verdict: "overridden", override: "the rules changed overnight" };

/** The possible outcomes of a check. */
const kept = (name: CheckName): Check => check(name, "");
const warned = (name: CheckName): Check => check(name, "", { warnings: [finding("Odd.")] });
const notAsked = (name: CheckName): Check => ({ name, outcome: "notAsked", why: "it is not asked for" });
const objects = (name: CheckName): Check => check(name, "", { objections: [finding("Bad.")] });
const byModel = (name: CheckName): Check => unjudged(name, "the model did not answer");
const byMachine = (name: CheckName): Check => unjudged(name, "it was killed", { fault: "machine" });

type Outcome = (name: CheckName) => Check;

/** All checks: kept by default. */
const all = (others: Partial<Record<CheckName, Outcome>> = {}): Check[] =>
  CHECK_NAMES.map((name) => (others[name] ?? kept)(name));
const without = (checks: readonly Check[], ...names: readonly CheckName[]) =>
  checks.filter(({ name }) => !names.includes(name));

const INDISPENSABLE: readonly CheckName[] = ["contract", "onnx", "loads", "schema", "golden"];
const OTHERS = CHECK_NAMES.filter((name) => !INDISPENSABLE.includes(name));

/** The verdict with an override for this model, and with none or one for another. */
const verdicts = (checks: readonly Check[]) => ({
  plain: verdictOf(checks, sha256, undefined),
  overridden: verdictOf(checks, sha256, override),
  ofAnother: verdictOf(checks, `1${sha256.slice(1)}`, override),
  ofNone: verdictOf(checks, undefined, override),
});
/** The verdicts if no override helps. */
const always = (verdict: { verdict: string }) => ({
  plain: verdict,
  overridden: verdict,
  ofAnother: verdict,
  ofNone: verdict,
});
/** The verdicts if an override helps. */
const unlessOverridden = (verdict: { verdict: string }) => ({ ...always(verdict), overridden: OVERRIDDEN });

describe("verdictOf", () => {
  it("passes a model if every check was judged without an objection, whatever the override says", () => {
    assert.deepEqual(verdicts(all()), always(PASSED));
  });

  it("passes what is warned of, and what is not asked for", () => {
    for (const name of CHECK_NAMES)
      for (const outcome of [warned, notAsked])
        assert.deepEqual(verdicts(all({ [name]: outcome })), always(PASSED), name);
  });

  for (const [fact, outcome] of Object.entries({
    objects,
    "is not judged through the model": byModel,
    "is not judged through the machine": byMachine,
    "is missing": undefined,
  }))
    for (const name of CHECK_NAMES)
      it(`passes nothing of which ${name} ${fact}`, () => {
        const checks = outcome ? all({ [name]: outcome }) : without(all(), name);
        const verdict = outcome === byMachine ? NOT_JUDGED : REFUSED;

        assert.deepEqual(
          verdicts(checks),
          INDISPENSABLE.includes(name) ? always(verdict) : unlessOverridden(verdict),
        );
      });

  it("passes nothing of which no check is known", () => {
    assert.deepEqual(verdicts([]), always(REFUSED));
  });

  it("says of a model that it is not judged if the machine alone is to blame, for however many checks", () => {
    const checks = OTHERS.map(byMachine);

    assert.deepEqual(verdicts([...INDISPENSABLE.map(kept), ...checks]), unlessOverridden(NOT_JUDGED));
    assert.deepEqual(verdicts([...INDISPENSABLE.map(byMachine), ...checks]), always(NOT_JUDGED));
  });

  for (const [fact, others] of Object.entries({
    "objects, too": { metrics: byMachine, latency: objects },
    "is not judged through the model, too": { metrics: byMachine, latency: byModel },
  }))
    it(`refuses a model if the machine kept a check from being judged, and another check ${fact}`, () => {
      assert.deepEqual(verdicts(all(others)), unlessOverridden(REFUSED));
    });

  it("refuses a model if the machine kept a check from being judged, and another check is missing", () => {
    assert.deepEqual(verdicts(without(all({ metrics: byMachine }), "latency")), unlessOverridden(REFUSED));
  });

  it("lets the overridden model through, whatever the other checks object to", () => {
    for (const outcome of [objects, byModel, byMachine])
      assert.deepEqual(
        verdictOf([...INDISPENSABLE.map(kept), ...OTHERS.map(outcome)], sha256, override),
        OVERRIDDEN,
      );
  });

  for (const name of INDISPENSABLE)
    for (const [fact, outcome] of Object.entries({ objects, byModel, byMachine }))
      it(`lets no model through without ${name}, on which the service and the proof stand: ${fact}`, () => {
        const checks = all({ metrics: objects, [name]: outcome });

        assert.deepEqual(verdicts(checks), always(REFUSED));
        assert.deepEqual(emergency(refused(checks)), []);
        assert.deepEqual(emergency(refused(without(checks, name))), []);
      });
});

const refused = (checks: readonly Check[]): Report =>
  report({ verdict: "refused", model: { name: "m", version: "1", sha256 }, checks });

describe("emergency", () => {
  const command = [
    "In an emergency, this ships it all the same and marks it as overridden:\n  pulumi config set override '0123456789ab: REASON IN WORDS'",
  ];

  for (const outcome of [objects, byModel, byMachine])
    it(`names the command that lets this very model through: ${outcome.name}`, () => {
      assert.deepEqual(emergency(refused(all({ metrics: outcome, golden: warned }))), command);
    });

  it("names none if there is no model to name", () => {
    const checks = all({ metrics: objects });
    const { model: _, ...nameless } = refused(checks);

    assert.deepEqual(emergency(nameless), []);
    assert.deepEqual(emergency({ ...nameless, model: { name: "m", version: "1" } }), []);
  });
});

describe("exitCodeOf", () => {
  const codes: Record<Verdict, 0 | 1 | 2> = { passed: 0, overridden: 0, refused: 1, notJudged: 2 };
  for (const [verdict, code] of Object.entries(codes) as [Verdict, 0 | 1 | 2][])
    it(`is ${code} for ${verdict}`, () => {
      assert.equal(exitCodeOf(verdict), code);
    });
});

describe("passedModel", () => {
  const contract = contractOf({ columns: { x: [1] } });
  const model = { name: "m", version: "1", sha256 };
  const objectionable = all({ metrics: objects });

  for (const { fact, checks, of } of [
    { fact: "passed", checks: all(), of: undefined },
    { fact: "overridden", checks: objectionable, of: override },
  ])
    it(`makes one of a model that is ${fact}, whatever the report says of its verdict`, () => {
      const lying = report({ verdict: "refused", model, checks });

      const passed = passedModel("folder", { report: lying, contract }, of);

      assert(passed instanceof PassedModel);
      PassedModel.assert(passed);
      assert.deepEqual(Object.fromEntries(Object.entries(passed)), {
        folder: "folder",
        contract,
        sha256,
        report: { ...lying, verdict: fact, ...(of && { override: of.reason }) },
      });
    });

  for (const { fact, checks } of [
    { fact: "is refused", checks: objectionable },
    { fact: "is not judged", checks: all({ metrics: byMachine }) },
    { fact: "lacks a check", checks: without(all(), "metrics") },
  ])
    it(`makes none of a model that ${fact}, whatever the report says of its verdict`, () => {
      for (const verdict of ["passed", "overridden"] as const)
        assert.equal(
          passedModel("folder", { report: report({ verdict, model, checks }), contract }, undefined),
          undefined,
        );
    });

  it("makes none if there is no contract to trust, nor a model", () => {
    const { model: _, ...nameless } = report({ checks: all() });

    assert.equal(passedModel("folder", { report: report({ model, checks: all() }) }, undefined), undefined);
    assert.equal(passedModel("folder", { report: nameless, contract }, undefined), undefined);
  });
});
