import assert from "node:assert/strict";
import { checkMetrics } from "../../../gate/checks/metrics.ts";
import { demandsOf, type Floors } from "../../../gate/evidence/demands.ts";
import type { Evidence } from "../../../gate/evidence/evidence.ts";
import { ran } from "../../../gate/measure/measurements.ts";
import type { Judged } from "../../../gate/report/report.ts";
import { evidenceOf, type Given, sequence } from "../../support/evidence.ts";
import { itLeavesTheHoldout, itNeedsAnswers } from "../../support/unjudgeable.ts";

/** The demands of the contract and of a stack on what was given. */
function demanding(given: Omit<Given, "columns"> & Partial<Given>, floors: Floors = {}): Evidence {
  const rows = given.targets?.length ?? 0;
  const evidence = evidenceOf({ columns: { age: sequence(rows, (i) => i) }, ...given });
  return { ...evidence, demands: demandsOf(evidence.contract, floors).demands };
}

/** All rows have class 1, and ages from 0 up. This many answers are right, those to the oldest rows. */
const right = (right: number, rows: number) => ({
  classes: [0, 1],
  targets: sequence(rows, () => 1),
  predictions: sequence(rows, (i) => Number(i >= rows - right)),
});

type Outcome = Omit<Judged, "name">;
const passed = (found: string): Outcome => ({ outcome: "judged", found, objections: [], warnings: [] });

/** The outcome of metrics that can be judged. */
function judged(evidence: Evidence): Outcome {
  const check = checkMetrics.judge(evidence);
  assert(check.outcome === "judged");
  return check;
}
const champion = { none: "" };

const FLOOR = "train a better model; a lower floor is a line in the contract that a reviewer sees";
const HOLDOUT = "model/holdout.csv";
const AT_FLOOR = `model/contract.json, /validation/metrics/accuracy/min; ${HOLDOUT}`;
const accuracy = (min: number) => ({ validation: { metrics: { accuracy: { min } } } });

/** A slice of this many rows, with its floor. */
const slice = (below: number, min: number) => ({
  validation: {
    metrics: { accuracy: { min: 0.5 } },
    slices: [{ where: { age: { below } }, metrics: { accuracy: { min } } }],
  },
});

const tooSmall = (smallHoldout?: "refuse" | "warn" | "ignore") =>
  checkMetrics.judge(
    demanding({
      ...right(270, 300),
      validation: {
        metrics: { accuracy: { min: 0.88 } },
        ...(smallHoldout && { findings: { smallHoldout } }),
      },
    }),
  );

const why = (evidence: Evidence) => checkMetrics.notAsked?.({ ...evidence, champion });

describe("checkMetrics", () => {
  it("is asked for where anything is demanded: of all rows, of a class, of a slice", () => {
    const classes = [{ class: 1, metrics: { recall: { min: 0.5 } } }];
    const slices = [{ where: { age: { below: 1 } }, metrics: { accuracy: { min: 0.5 } } }];

    assert.equal(why(demanding(right(1, 1))), "neither contract nor stack demands any");
    for (const asking of [
      demanding({ ...right(1, 1), ...accuracy(0.5) }),
      demanding(right(1, 1), { accuracy: 0.5 }),
      demanding({ ...right(1, 1), validation: { classes } }),
      demanding({ ...right(1, 1), validation: { slices } }),
    ])
      assert.equal(why(asking), undefined);
  });

  const asking = demanding({ ...right(1, 1), ...accuracy(0.5) });
  itNeedsAnswers(checkMetrics, asking);
  itLeavesTheHoldout(checkMetrics, asking);

  it("accepts a value that is kept, and would be on other rows", () => {
    assert.deepEqual(
      checkMetrics.judge(demanding({ ...right(900, 1000), ...accuracy(0.85) })),
      passed("accuracy 0.9000 on 1,000 rows, at least 0.85"),
    );
  });

  it("refuses a value under its floor, with its interval", () => {
    assert.deepEqual(checkMetrics.judge(demanding({ ...right(2437, 3000), ...accuracy(0.85) })), {
      ...passed("accuracy 0.8123 on 3,000 rows, at least 0.85"),
      objections: [
        {
          what: "accuracy is 0.8123 on 3,000 rows (95 % confidence: 0.7980 to 0.8259), and at least 0.85 is demanded.",
          where: AT_FLOOR,
          fix: FLOOR,
        },
      ],
    });
  });

  it("does not round what is below the floor up to it", () => {
    const check = judged(demanding({ ...right(84_999, 100_000), ...accuracy(0.85) }));

    assert.deepEqual(check.objections, [
      {
        what: "accuracy is 0.84999 on 100,000 rows (95 % confidence: 0.8478 to 0.8522), and at least 0.85 is demanded.",
        where: AT_FLOOR,
        fix: FLOOR,
      },
    ]);
  });

  it("refuses a value above its ceiling", () => {
    const given = { task: "regression" as const, targets: sequence(100, () => 0) };
    const predictions = sequence(100, (i) => (i % 2 ? 2000 : 1000));
    const validation = { metrics: { mae: { max: 1200 } } };

    assert.deepEqual(checkMetrics.judge(demanding({ ...given, predictions, validation })), {
      ...passed("mae 1,500.0 on 100 rows, at most 1200"),
      objections: [
        {
          what: "mae is 1,500.0 on 100 rows (95 % confidence: 1,402.0 to 1,598.0), and at most 1200 is demanded.",
          where: `model/contract.json, /validation/metrics/mae/max; ${HOLDOUT}`,
          fix: "train a better model; a higher ceiling is a line in the contract that a reviewer sees",
        },
      ],
    });
  });

  it("names the stack where the floor is its own", () => {
    const evidence = demanding({ ...right(900, 1000), ...accuracy(0.5) }, { accuracy: 0.95 });

    assert.deepEqual(checkMetrics.judge(evidence), {
      ...passed("accuracy 0.9000 on 1,000 rows, at least 0.95"),
      objections: [
        {
          what: "accuracy is 0.9000 on 1,000 rows (95 % confidence: 0.8798 to 0.9171), and at least 0.95 is demanded.",
          where: `the stack's setting slipway:floors.accuracy; ${HOLDOUT}`,
          fix: FLOOR,
        },
      ],
    });
  });

  it("refuses a demand that cannot be measured, and says why", () => {
    const evidence = demanding({ ...right(3, 3), ...accuracy(0.2) }, { logLoss: 0.3 });
    const scores = Float64Array.of(-3, 3, -1, 1, -2, 2);
    const { answers } = evidence;
    assert(ran(answers) && answers.task === "classification");

    assert.deepEqual(checkMetrics.judge({ ...evidence, answers: { ...answers, scores } }), {
      ...passed("accuracy 1.0000 on 3 rows; 1 of 2 demands kept"),
      objections: [
        {
          what: "logLoss cannot be measured on 3 rows, and at most 0.3 is demanded: the scores run from -3 to 3, and probabilities from 0 to 1.",
          where: `the stack's setting slipway:floors.logLoss; ${HOLDOUT}`,
          fix: "bring rows on which it can be measured, or remove the demand where a reviewer sees it",
        },
      ],
    });
  });

  it("refuses what a stack demands of a raw model", () => {
    assert.deepEqual(checkMetrics.judge(demanding({ task: "raw" }, { accuracy: 0.9 })), {
      ...passed("none: the task is raw"),
      objections: [
        {
          what: "The stack demands accuracy, and the task is raw: only a classification or a regression is measured.",
          where: "the stack's setting slipway:floors.accuracy",
          fix: "pulumi config rm --path floors.accuracy, or set the task in model/contract.json",
        },
      ],
    });
  });

  describe("of a class", () => {
    const validation = { classes: [{ class: "yes", metrics: { recall: { min: 0.9 } } }] };

    it("refuses a value under its floor", () => {
      const targets = sequence(200, (i) => (i < 100 ? "yes" : "no"));
      const predictions = sequence(200, (i) => (i < 80 ? "yes" : "no"));

      assert.deepEqual(checkMetrics.judge(demanding({ targets, predictions, validation })), {
        ...passed("recall of class yes 0.8000 on 200 rows, 100 of that class, at least 0.9"),
        objections: [
          {
            what: "recall of class yes is 0.8000 on 200 rows, 100 of that class (95 % confidence: 0.7112 to 0.8666), and at least 0.9 is demanded.",
            where: `model/contract.json, /validation/classes/0/metrics/recall/min; ${HOLDOUT}`,
            fix: FLOOR,
          },
        ],
      });
    });

    for (const classes of [["no", "yes"], ["no"]])
      it(`refuses a class that no row has, among ${classes.join(" and ")}`, () => {
        const no = sequence(40, () => "no");

        assert.deepEqual(
          checkMetrics.judge(demanding({ targets: no, predictions: no, classes, validation })),
          {
            ...passed("no recall of class yes, at least 0.9"),
            objections: [
              {
                what: "recall of class yes cannot be measured on 40 rows, 0 of that class, and at least 0.9 is demanded: no row has class yes.",
                where: `model/contract.json, /validation/classes/0/metrics/recall/min; ${HOLDOUT}`,
                fix: "bring rows on which it can be measured, or remove the demand where a reviewer sees it",
              },
            ],
          },
        );
      });
  });

  describe("of a slice", () => {
    it("refuses a value under its floor, though the whole keeps its own", () => {
      assert.deepEqual(checkMetrics.judge(demanding({ ...right(850, 1000), ...slice(200, 0.4) })), {
        ...passed("accuracy 0.8500 on 1,000 rows; 1 of 2 demands kept"),
        objections: [
          {
            what: "accuracy is 0.2500 on the 200 rows with age < 200 (95 % confidence: 0.1951 to 0.3143), and at least 0.4 is demanded.",
            where: `model/contract.json, /validation/slices/0/metrics/accuracy/min; ${HOLDOUT}`,
            fix: FLOOR,
          },
        ],
      });
    });

    it("refuses a slice without rows", () => {
      assert.deepEqual(checkMetrics.judge(demanding({ ...right(850, 1000), ...slice(0, 0.4) })), {
        ...passed("accuracy 0.8500 on 1,000 rows, at least 0.5"),
        objections: [
          {
            what: "The slice age < 0 holds no row, so its demands cannot be judged.",
            where: `model/contract.json, /validation/slices/0/metrics; ${HOLDOUT}`,
            fix: "add such rows to the holdout, or remove the slice where a reviewer sees it",
          },
        ],
      });
    });

    it("warns of a slice with a few rows, in place of what they cannot tell", () => {
      assert.deepEqual(checkMetrics.judge(demanding({ ...right(1000, 1000), ...slice(29, 0.99) })), {
        ...passed("accuracy 1.0000 on 1,000 rows; 2 of 2 demands kept"),
        warnings: [
          {
            what: "The slice age < 29 holds 29 rows, too few to judge a model by: 30 are needed.",
            where: `model/contract.json, /validation/slices/0/metrics; ${HOLDOUT}`,
            fix: "add such rows to the holdout",
          },
        ],
      });
    });

    it("counts what is beyond five", () => {
      const slices = sequence(7, (i) => ({
        where: { age: { below: 100 + i } },
        metrics: { accuracy: { min: 0.4 } },
      }));
      const validation = { metrics: { accuracy: { min: 0.95 } }, slices };

      const check = judged(demanding({ ...right(800, 1000), validation }));

      const { what } = check.objections.at(-1)!;
      assert.deepEqual([check.objections.length, what], [7, "And 2 more like these."]);
    });
  });

  describe("of a holdout too small to tell", () => {
    const few = {
      what: "accuracy is 0.9000 on 300 rows (95 % confidence: 0.8608 to 0.9291): too few to tell whether it is at least 0.88.",
      where: AT_FLOOR,
      fix: "bring more labelled rows: about 1,100 like these would tell",
    };
    const found = "accuracy 0.9000 on 300 rows, at least 0.88";

    it("warns, and says how many rows would tell", () => {
      assert.deepEqual(tooSmall(), { ...passed(found), warnings: [few] });
    });

    it("does as the contract wants", () => {
      assert.deepEqual(tooSmall("refuse"), { ...passed(found), objections: [few] });
      assert.deepEqual(tooSmall("ignore"), passed(found));
    });

    it("says so if no number of rows would tell", () => {
      assert.deepEqual(judged(demanding({ ...right(17, 20), ...accuracy(0.85) })).warnings, [
        {
          what: "accuracy is 0.8500 on 20 rows (95 % confidence: 0.6396 to 0.9476): too few to tell whether it is at least 0.85.",
          where: AT_FLOOR,
          fix: "train a better model: the value equals the bound, and no number of rows would tell",
        },
      ]);
    });

    it("says how many rows would tell of a ceiling, too", () => {
      const targets = sequence(50, () => 0);
      const predictions = sequence(50, (i) => (i % 2 ? 1 : 3));

      const check = judged(
        demanding({
          task: "regression",
          targets,
          predictions,
          validation: { metrics: { mae: { max: 2.1 } } },
        }),
      );

      assert.deepEqual(check.warnings, [
        {
          what: "mae is 2.0000 on 50 rows (95 % confidence: 1.7228 to 2.2772): too few to tell whether it is at most 2.1.",
          where: `model/contract.json, /validation/metrics/mae/max; ${HOLDOUT}`,
          fix: "bring more labelled rows: about 390 like these would tell",
        },
      ]);
    });
  });
});
