/** What several checks say if they have nothing to judge. */
import assert from "node:assert/strict";
import type { CheckDefinition } from "../../gate/checks/check.ts";
import type { Evidence } from "../../gate/evidence/evidence.ts";
import { ENDED, evidenceOf, KILLED, withoutHoldout } from "./evidence.ts";

const NO_HOLDOUT = { outcome: "notJudged", why: "the holdout cannot be used", fault: "model" };

/** @param evidence Evidence of a model that answers. Its answers are removed. */
export function itNeedsAnswers(check: CheckDefinition, evidence: Evidence): void {
  for (const { fact, answers, expected } of [
    {
      fact: "leaves answers that are absent to the check of those",
      answers: { error: "It failed." },
      expected: { outcome: "notJudged", why: "the model did not answer the holdout", fault: "model" },
    },
    {
      fact: "leaves a process that ended to the check of what ended it",
      answers: ENDED,
      expected: { outcome: "notJudged", why: "the model's process ended before that", fault: "model" },
    },
    {
      fact: "blames the machine for answers that it has kept from being given",
      answers: KILLED,
      expected: {
        outcome: "notJudged",
        why: "The process was ended by SIGKILL.",
        fault: "machine",
        fix: "judge it again",
      },
    },
  ])
    it(fact, () => {
      assert.deepEqual(check.judge({ ...evidence, answers }), expected);
    });
}

export function itLeavesTheHoldout(check: CheckDefinition, evidence: Evidence): void {
  it("leaves a holdout that cannot be used to the check of that", () => {
    assert.deepEqual(check.judge(withoutHoldout(evidence)), NO_HOLDOUT);
  });
}

/** For a check that looks only at the holdout. */
export function itNeedsAHoldout(check: CheckDefinition): void {
  const evidence = evidenceOf({ columns: { a: [1, 2] } });

  itLeavesTheHoldout(check, evidence);

  it("is asked for wherever there is a holdout", () => {
    const { contract, demands } = evidence;
    const { holdout: _, ...validation } = contract.validation!;
    const asked = { contract, demands, champion: { none: "" } };

    assert.equal(check.notAsked?.(asked), undefined);
    assert.equal(
      check.notAsked?.({ ...asked, contract: { ...contract, validation } }),
      "the contract names no holdout",
    );
  });
}
