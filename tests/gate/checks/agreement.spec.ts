import assert from "node:assert/strict";
import type { Contract } from "../../../contract/contract.ts";
import { checkAgreement } from "../../../gate/checks/agreement.ts";
import type { Evidence } from "../../../gate/evidence/evidence.ts";
import type { Finding } from "../../../gate/report/report.ts";
import { evidenceOf, type Given, sequence } from "../../support/evidence.ts";
import { itLeavesTheHoldout, itNeedsAnswers } from "../../support/unjudgeable.ts";

type Labels = readonly (number | string)[];

/** A model's answers, row by row. Classes and right answers are 0 and 1 by default. */
interface Answered {
  readonly predictions: Labels;
  /** One per row and class. */
  readonly scores?: readonly (readonly number[])[];
  readonly classes?: Labels;
  readonly targets?: Labels;
  readonly contract?: Partial<Contract>;
}

function evidenceFor({ predictions, scores, classes = [0, 1], targets, contract }: Answered): Evidence {
  const evidence = evidenceOf({
    columns: { x: sequence(predictions.length, (i) => i) },
    targets: (targets ?? predictions.map((_, i) => classes[i % classes.length]!)) as string[],
    predictions: predictions as string[],
    classes,
    ...(scores && { scores: scores.flat() }),
    ...(contract && { contract }),
  });
  if (scores !== undefined) return evidence;
  const { scores: _, ...without } = evidence.contract;
  return { ...evidence, contract: without };
}
function judge(answered: Answered) {
  const check = checkAgreement.judge(evidenceFor(answered));
  assert(check.outcome === "judged");
  return check;
}
const objectionsTo = (answered: Answered) => judge(answered).objections;

const accepted = (found: string) => ({ outcome: "judged", found, objections: [], warnings: [] });
const refused = (found: string, ...objections: readonly Finding[]) => ({ ...accepted(found), objections });

/** Labels by the probability of the second class. */
const twoClasses = (...probabilities: readonly number[]) =>
  probabilities.map((probability) => [1 - probability, probability]);

const stranger = (what: string, fix: string): Finding => ({
  what,
  where: "model/contract.json, /classes and /prediction",
  fix,
});

const undecided = (what: string, fix: string): Finding => ({
  what,
  where: "model/contract.json, /classes and /decision",
  fix,
});

const inOrder = (classes: string) =>
  `list the classes in the order of the scores; all rows agree with this one: "classes": [${classes}]`;

const byThreshold = (threshold: number) =>
  `all rows agree with a threshold; if that is meant, say "decision": "threshold", "threshold": ${threshold}; if the label does not follow from the scores, "decision": "independent"`;

const none = (text: string, fix: string): Finding => ({
  what: `The scores are no probabilities: ${text}.`,
  where: "model/contract.json, /scores",
  fix: `${fix}; if they are meant to be something else, say so: "scoresAre": "numbers"`,
});

const unlisted = (given: Answered) => {
  const evidence = evidenceFor(given);
  const { classes: _, ...contract } = evidence.contract;
  return checkAgreement.judge({ ...evidence, contract });
};

const warned = (found: string, what: string) => ({
  ...accepted(found),
  warnings: [
    {
      what,
      where: "model/contract.json, /classes",
      fix: "list the classes there, so that any other label is an objection",
    },
  ],
});

const SOME = "labels, scores and classes do not agree";

describe("checkAgreement", () => {
  describe("of labels and classes", () => {
    const LIST = "list the classes that the model gives, or export it so that it gives only these";

    it("accepts labels that are classes, if there are no scores", () => {
      assert.deepEqual(judge({ predictions: [0, 1, 1] }), accepted("3 labels, all of them classes"));
      assert.deepEqual(
        judge({ predictions: ["yes", "no"], classes: ["no", "yes"] }),
        accepted("2 labels, all of them classes"),
      );
    });

    it("names a label that is none, its line and the classes", () => {
      assert.deepEqual(
        judge({ predictions: [3, 3, 7, 5], classes: [3, 5] }),
        refused(SOME, stranger("1 of 4 labels is none of the classes 3, 5: 7 for the row in line 4.", LIST)),
      );
    });

    it("counts the rows of all such labels, and names the first three", () => {
      const predictions = ["d", "a", "e", "d", "f", "g", "a"];

      assert.deepEqual(objectionsTo({ predictions, classes: ["a", "b"] }), [
        stranger(
          "5 of 7 labels are none of the classes a, b: d for the row in line 2, e for the row in line 4, f for the row in line 6, ….",
          LIST,
        ),
      ]);
    });

    it("names ten classes at most", () => {
      const classes = sequence(12, (i) => i);

      assert.deepEqual(objectionsTo({ predictions: [20, 1], classes }), [
        stranger(
          "1 of 2 labels is none of the classes 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …: 20 for the row in line 2.",
          LIST,
        ),
      ]);
    });

    for (const { predictions, fact } of [
      { predictions: [1, -1, -1], fact: "in place of 0, as outlier detectors and some boosters have it" },
      { predictions: [0, 1, -1, -1], fact: "beside 0 and 1, for a row of which the model is not sure" },
    ])
      it(`does not call it counting from one below to give -1 ${fact}`, () => {
        const line = predictions.indexOf(-1) + 2;

        assert.deepEqual(objectionsTo({ predictions }), [
          stranger(
            `2 of ${predictions.length} labels are none of the classes 0, 1: -1 for the row in line ${line}.`,
            LIST,
          ),
        ]);
      });

    it("says that -1 is no class among classes that it does not follow", () => {
      assert.deepEqual(objectionsTo({ predictions: [1, -1, 2], classes: [1, 2] }), [
        stranger("1 of 3 labels is none of the classes 1, 2: -1 for the row in line 3.", LIST),
      ]);
    });

    for (const { classes, predictions, others, direction } of [
      { classes: [0, 1, 2], predictions: [1, 2, 3], others: "3 for the row in line 4", direction: "above" },
      { classes: [1, 2, 3], predictions: [0, 1, 2], others: "0 for the row in line 2", direction: "below" },
    ])
      it(`sees that a model counts its classes from one ${direction}`, () => {
        assert.deepEqual(objectionsTo({ predictions, classes }), [
          stranger(
            `1 of 3 labels is none of the classes ${classes.join(", ")}: ${others}.`,
            `the model's classes start one ${direction} those of the contract: list them as it gives them, or export it again`,
          ),
        ]);
      });

    it("sees that the output of a sigmoid is named as the prediction", () => {
      const predictions = [Math.fround(0.75), 0.25, 1, 0];

      assert.deepEqual(objectionsTo({ predictions }), [
        stranger(
          "2 of 4 labels are none of the classes 0, 1: 0.75 for the row in line 2, 0.25 for the row in line 3.",
          '"label" gives fractions, as a score does: export the label as an output, and name that one as prediction',
        ),
      ]);
    });

    it("judges the scores of the other rows", () => {
      assert.deepEqual(
        judge({ predictions: [0, 7, 0], scores: twoClasses(0.25, 0.75, 0.75) }),
        refused(SOME, stranger("1 of 3 labels is none of the classes 0, 1: 7 for the row in line 3.", LIST), {
          what: "The label is not the class with the highest score in 1 of 3 rows: in line 4 it is 0, and the scores are 0.25 (0), 0.75 (1).",
          where: "model/contract.json, /classes and /decision",
          fix: 'export label and scores from the same model; if the label should not follow from the scores, say so: "decision": "independent"',
        }),
      );
    });
  });

  describe("of labels and scores", () => {
    const ONE_MODEL =
      'export label and scores from the same model; if the label should not follow from the scores, say so: "decision": "independent"';

    it("accepts the class with the highest score", () => {
      assert.deepEqual(
        judge({ predictions: [0, 1, 1], scores: twoClasses(0.25, 0.75, 1) }),
        accepted("3 labels, each decided by its scores"),
      );
      assert.deepEqual(
        judge({
          predictions: ["c", "a"],
          classes: ["a", "b", "c"],
          scores: [
            [0.25, 0.25, 0.5],
            [0.5, 0.375, 0.125],
          ],
        }),
        accepted("2 labels, each decided by its scores"),
      );
    });

    it("accepts either class where two scores are the highest, or as good as that", () => {
      for (const probability of [0.5, 0.50002, 0.49998])
        assert.deepEqual(
          judge({ predictions: [0, 1], scores: twoClasses(probability, probability) }),
          accepted("2 labels, each decided by its scores"),
        );
    });

    it("does not accept a clear difference", () => {
      assert.deepEqual(objectionsTo({ predictions: [0, 0, 1], scores: twoClasses(0.25, 0.5001, 0.5001) }), [
        undecided(
          "The label is not the class with the highest score in 1 of 3 rows: in line 3 it is 0, and the scores are 0.4999 (0), 0.5001 (1).",
          ONE_MODEL,
        ),
      ]);
    });

    it("sees that the scores of two of three classes are swapped", () => {
      const scores = [
        [0.75, 0.125, 0.125],
        [0.125, 0.125, 0.75],
        [0.25, 0.75, 0],
      ];

      assert.deepEqual(judge({ predictions: [3, 5, 7], classes: [3, 5, 7], scores }), {
        ...refused(
          SOME,
          undecided(
            "The label is not the class with the highest score in 2 of 3 rows: in line 3 it is 5, and the scores are 0.125 (3), 0.125 (5), 0.75 (7).",
            inOrder("3, 7, 5"),
          ),
        ),
      });
    });

    it("sees that the classes are listed as 1, 0, and the scores are of 0, 1", () => {
      assert.deepEqual(
        objectionsTo({ predictions: [0, 1, 0, 1], classes: [1, 0], scores: twoClasses(0.25, 0.75, 0, 1) }),
        [
          undecided(
            "The label is not the class with the highest score in 4 of 4 rows: in line 2 it is 0, and the scores are 0.75 (1), 0.25 (0).",
            inOrder("0, 1"),
          ),
        ],
      );
    });

    it("writes classes of text as the contract has them", () => {
      assert.deepEqual(
        objectionsTo({ predictions: ["no", "yes"], classes: ["yes", "no"], scores: twoClasses(0.25, 0.75) }),
        [
          undecided(
            "The label is not the class with the highest score in 2 of 2 rows: in line 2 it is no, and the scores are 0.75 (yes), 0.25 (no).",
            inOrder('"no", "yes"'),
          ),
        ],
      );
    });

    it("names five scores of a row at most", () => {
      const classes = sequence(6, (i) => i);
      const scores = [
        [0.5, 0.125, 0.125, 0.125, 0.125, 0],
        [0.5, 0.125, 0.125, 0.125, 0.125, 0],
      ];

      assert.deepEqual(objectionsTo({ predictions: [0, 5], classes, scores }), [
        undecided(
          "The label is not the class with the highest score in 1 of 2 rows: in line 3 it is 5, and the scores are 0.5 (0), 0.125 (1), 0.125 (2), 0.125 (3), 0.125 (4), ….",
          ONE_MODEL,
        ),
      ]);
    });

    it("suggests a round threshold that would explain all rows", () => {
      const scores = twoClasses(0.125, 0.28125, 0.34375, 0.625);

      assert.deepEqual(objectionsTo({ predictions: [0, 0, 1, 1], scores }), [
        undecided(
          "The label is not the class with the highest score in 1 of 4 rows: in line 4 it is 1, and the scores are 0.6563 (0), 0.3438 (1).",
          byThreshold(0.3),
        ),
      ]);
    });

    it("suggests no more digits than it takes, and none if none explains all rows", () => {
      const narrow = twoClasses(0.125, 0.3125, 0.31640625, 0.625);
      const mixed = twoClasses(0.125, 0.34375, 0.28125, 0.625);

      assert.deepEqual(
        [narrow, mixed].map((scores) =>
          objectionsTo({ predictions: [0, 0, 1, 1], scores }).map(({ fix }) => fix),
        ),
        [[byThreshold(0.314)], [ONE_MODEL]],
      );
    });

    it("accepts labels that the contract says to be independent of the scores", () => {
      assert.deepEqual(
        judge({
          predictions: [1, 0],
          scores: twoClasses(0.25, 0.75),
          contract: { decision: "independent" },
        }),
        accepted("2 labels, independent of the scores by the contract"),
      );
    });

    describe("with a threshold", () => {
      const contract = { decision: "threshold", threshold: 0.3 } as const;

      it("accepts the second class from it on, and the first below", () => {
        assert.deepEqual(
          judge({ predictions: [0, 1, 1, 0], scores: twoClasses(0.25, 0.375, 1, 0), contract }),
          accepted("4 labels, each decided by its scores"),
        );
      });

      it("accepts either class at it, or as good as there", () => {
        for (const probability of [0.3, 0.30002, 0.29998])
          assert.deepEqual(
            judge({ predictions: [0, 1], scores: twoClasses(probability, probability), contract }),
            accepted("2 labels, each decided by its scores"),
          );
      });

      it("names a row that is on the wrong side of it, and the threshold with which all agree", () => {
        const scores = twoClasses(0.125, 0.375, 0.4375, 0.25, 0.75);

        assert.deepEqual(
          judge({ predictions: [0, 0, 1, 0, 1], scores, contract }),
          refused(
            SOME,
            undecided(
              "The label is not decided by the threshold 0.3 in 1 of 5 rows: in line 3 it is 0, and the scores are 0.625 (0), 0.375 (1).",
              byThreshold(0.4),
            ),
          ),
        );
      });

      it("does not suggest the classes as they are, where the label is that of the highest score", () => {
        assert.deepEqual(
          objectionsTo({ predictions: [0, 0, 1], scores: twoClasses(0.125, 0.375, 0.625), contract }),
          [
            undecided(
              "The label is not decided by the threshold 0.3 in 1 of 3 rows: in line 3 it is 0, and the scores are 0.625 (0), 0.375 (1).",
              byThreshold(0.5),
            ),
          ],
        );
      });
    });
  });

  describe("of scores and probabilities", () => {
    const SOFTMAX =
      'end the model with a softmax, or with a sigmoid for two classes, or say "scoresAre": "logits" if they are logits';

    for (const { fact, scores, text, fix } of [
      {
        fact: "percentages",
        scores: [
          [75, 25],
          [12.5, 87.5],
        ],
        text: "the scores run from 12.5 to 87.5, and probabilities from 0 to 1",
        fix: "they are percentages: divide them by 100 inside the model",
      },
      {
        fact: "logarithms of probabilities",
        scores: [
          [Math.log(0.75), Math.log(0.25)],
          [Math.log(0.5), Math.log(0.5)],
        ],
        text: "the scores run from -1.386 to -0.2877, and probabilities from 0 to 1",
        fix: 'they are logarithms of probabilities: end the model with Exp, or say "scoresAre": "logits"',
      },
      {
        fact: "logits",
        scores: [
          [3, -2],
          [-1, 4.5],
        ],
        text: "the scores run from -2 to 4.5, and probabilities from 0 to 1",
        fix: SOFTMAX,
      },
      {
        fact: "logits that are all negative",
        scores: [
          [-3, -4],
          [-5, -0.5],
        ],
        text: "the scores run from -5 to -0.5, and probabilities from 0 to 1",
        fix: SOFTMAX,
      },
      {
        fact: "what does not add up to 1 in a row",
        scores: [
          [0.75, 0.25],
          [0.25, 0.5],
        ],
        text: "the scores of a row add up to 0.75 to 1, and probabilities to 1",
        fix: "end the model with a softmax, or divide each row by its sum",
      },
      {
        fact: "sigmoids of each class",
        scores: [
          [0.875, 0.75],
          [0.5, 1],
        ],
        text: "the scores of a row add up to 1.5 to 1.625, and probabilities to 1",
        fix: "end the model with a softmax, or divide each row by its sum",
      },
    ]) {
      it(`sees ${fact}`, () => {
        const predictions = scores.map(([first, second]) => Number(second! > first!));

        assert.deepEqual(judge({ predictions, scores }), refused(SOME, none(text, fix)));
      });

      it(`accepts ${fact} where the contract says that the scores are numbers`, () => {
        const predictions = scores.map(([first, second]) => Number(second! > first!));

        assert.deepEqual(
          judge({ predictions, scores, contract: { scoresAre: "numbers" } }),
          accepted("2 labels, each decided by its scores"),
        );
      });
    }

    it("sees it however the label is decided", () => {
      assert.deepEqual(
        judge({
          predictions: [1, 0],
          scores: [
            [3, -2],
            [-1, 4.5],
          ],
          contract: { decision: "independent" },
        }),
        refused(SOME, none("the scores run from -2 to 4.5, and probabilities from 0 to 1", SOFTMAX)),
      );
    });

    it("tells numbers apart that are all tiny, as likelihoods are", () => {
      const contract = { scoresAre: "numbers" } as const;
      const scores = [
        [3e-12, 1e-12],
        [1e-12, 3e-12],
      ];

      assert.equal(objectionsTo({ predictions: [1, 0], scores, contract }).length, 1);
      assert.equal(objectionsTo({ predictions: [0, 1], scores, contract }).length, 0);
    });

    it("lets the label follow from numbers, too", () => {
      const scores = [
        [3, -2],
        [-1, 4.5],
        [2, 1],
      ];

      assert.deepEqual(objectionsTo({ predictions: [0, 1, 1], scores, contract: { scoresAre: "numbers" } }), [
        {
          what: "The label is not the class with the highest score in 1 of 3 rows: in line 4 it is 1, and the scores are 2 (0), 1 (1).",
          where: "model/contract.json, /classes and /decision",
          fix: 'all rows agree with a threshold; if that is meant, say "decision": "threshold", "threshold": -0.5; if the label does not follow from the scores, "decision": "independent"',
        },
      ]);
    });

    it("accepts float32 that adds up to nearly 1", () => {
      assert.deepEqual(
        judge({
          predictions: [0, 1],
          scores: [
            [0.9995, 0],
            [0.2, 0.8005],
          ],
        }),
        accepted("2 labels, each decided by its scores"),
      );
    });
  });

  describe("where the contract lists no classes", () => {
    it("accepts labels that rows of the holdout have", () => {
      assert.deepEqual(
        unlisted({ predictions: ["b", "a"], targets: ["a", "b"], classes: ["a", "b"] }),
        accepted("2 labels, all of them classes"),
      );
    });

    it("warns of a label that none has", () => {
      assert.deepEqual(
        unlisted({
          predictions: ["a", "c", "b", "c"],
          targets: ["a", "b", "a", "b"],
          classes: ["a", "b", "c"],
        }),
        warned(
          "4 labels, all of them classes",
          "The model answers a label that no row of the holdout has: c for the row in line 3.",
        ),
      );
    });

    it("names three such labels at most, and the first row of each", () => {
      assert.deepEqual(
        unlisted({
          predictions: [9, 7, 8, 6, 7],
          targets: [0, 1, 0, 1, 0],
          classes: [0, 1, 6, 7, 8, 9],
        }),
        warned(
          "5 labels, all of them classes",
          "The model answers 4 labels that no row of the holdout has: 6 for the row in line 5, 7 for the row in line 3, 8 for the row in line 4, ….",
        ),
      );
    });

    it("says nothing of the kind where the contract lists them", () => {
      assert.deepEqual(
        judge({ predictions: ["a", "c"], targets: ["a", "b"], classes: ["a", "b", "c"] }),
        accepted("2 labels, all of them classes"),
      );
    });
  });

  const evidence = evidenceFor({ predictions: [0, 1] });
  itNeedsAnswers(checkAgreement, evidence);
  itLeavesTheHoldout(checkAgreement, evidence);

  for (const { task, why } of [
    { task: "classification", why: undefined },
    { task: "regression", why: "a regression model gives neither labels nor scores" },
    { task: "raw", why: "a raw model gives neither labels nor scores" },
  ] as const)
    it(`is ${why === undefined ? "" : "not "}asked for of a ${task}`, () => {
      const given: Given = { task, columns: { x: [1] } };
      const { contract, demands } = evidenceOf(given);

      assert.equal(checkAgreement.notAsked?.({ contract, demands, champion: { none: "" } }), why);
    });
});
