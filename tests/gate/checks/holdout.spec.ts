import assert from "node:assert/strict";
import { checkHoldout } from "../../../gate/checks/holdout.ts";
import type { Evidence } from "../../../gate/evidence/evidence.ts";
import type { Measurements } from "../../../gate/measure/measurements.ts";
import type { NotFinite } from "../../../gate/measure/orders.ts";
import { answered, ENDED, evidenceOf, KILLED, sequence } from "../../support/evidence.ts";

const file = "model/holdout.csv";
const FIX = "export the model so that it takes the holdout's rows and answers each";
const objection = (why: string, fix = FIX) => ({
  what: `The model fails on the holdout: ${why}.`,
  where: file,
  fix,
});
const judged = (found: string) => ({ outcome: "judged", found, objections: [], warnings: [] });

const x = sequence(3000, (i) => i);
/** Rows that are answered by default. */
const evidence = (
  holdout: Measurements["tables"][string] = answered({}),
  answers?: Evidence["answers"],
): Evidence => ({
  ...evidenceOf({ columns: { x }, predictions: x.map((i) => i % 2), measured: { tables: { holdout } } }),
  ...(answers && { answers }),
});
const withNotFinite = (...notFinite: NotFinite[]) => evidence(answered({}, { notFinite }));

describe("checkHoldout", () => {
  it("counts the rows that were answered", () => {
    assert.deepEqual(checkHoldout.judge(evidence()), judged("3,000 rows answered"));
  });

  it("is asked for wherever the contract names a holdout", () => {
    const { contract, demands } = evidence();
    const { holdout: _, ...validation } = contract.validation!;
    const asked = { contract, demands, champion: { none: "" } };

    assert.equal(checkHoldout.notAsked?.(asked), undefined);
    assert.equal(
      checkHoldout.notAsked?.({ ...asked, contract: { ...contract, validation } }),
      "the contract names no holdout",
    );
  });

  it("passes on why it could not be read", () => {
    const findings = [{ what: "It is empty.", where: file, fix: "fill it" }];

    assert.deepEqual(checkHoldout.judge({ ...evidence(), holdout: { file, findings } }), {
      ...judged(file),
      objections: findings,
    });
  });

  it("objects to a model that fails on it", () => {
    const failing = { error: "it is broken" };

    assert.deepEqual(checkHoldout.judge(evidence(failing, failing)), {
      ...judged("3,000 rows"),
      objections: [objection("it is broken")],
    });
  });

  it("passes on the fix, if there is one", () => {
    const failing = { error: "it was not done after 120 s of processor time.", fix: "give it more time" };

    assert.deepEqual(checkHoldout.judge(evidence(failing, failing)), {
      ...judged("3,000 rows"),
      objections: [objection("it was not done after 120 s of processor time", "give it more time")],
    });
  });

  it("objects to answers that are none, though the model gives them", () => {
    const misshapen = { error: 'its output "label" has the shape [3000,2] for 3000 rows' };

    assert.deepEqual(checkHoldout.judge(evidence(answered({}), misshapen)), {
      ...judged("3,000 rows"),
      objections: [objection(misshapen.error)],
    });
  });

  it("objects to each output with a value that is no finite number, whether the contract makes use of it or not", () => {
    const check = checkHoldout.judge(
      withNotFinite(
        { output: "embedding", count: 1200, value: "NaN", rows: [7, 8, 12] },
        { output: "scores", count: 1, value: "-Infinity", rows: [2999] },
      ),
    );

    assert.deepEqual(check, {
      ...judged("3,000 rows"),
      objections: [
        objection(
          'its output "embedding" holds NaN for the row in line 9, and 1,200 values in all that are no finite numbers',
        ),
        objection('its output "scores" holds -Infinity for the row in line 3001'),
      ],
    });
  });

  it("says so once if it is what is wrong with the answers, too", () => {
    const why = 'its output "scores" holds NaN for the row in line 2';

    const check = checkHoldout.judge({
      ...withNotFinite({ output: "scores", count: 1, value: "NaN", rows: [0] }),
      answers: { error: why },
    });

    assert.deepEqual(check, { ...judged("3,000 rows"), objections: [objection(why)] });
  });

  it("judges nothing if the model was not run", () => {
    assert.deepEqual(checkHoldout.judge(evidence(ENDED, ENDED)), {
      outcome: "notJudged",
      why: "the model's process ended before that",
      fault: "model",
    });
  });

  it("blames the machine if it has kept the model from being run", () => {
    assert.deepEqual(checkHoldout.judge(evidence(KILLED, KILLED)), {
      outcome: "notJudged",
      why: "The process was ended by SIGKILL.",
      fault: "machine",
      fix: "judge it again",
    });
  });
});
