import assert from "node:assert/strict";
import type { MetricName } from "../../../contract/metricNames.ts";
import { checkChampion } from "../../../gate/checks/champion.ts";
import type { Answers, ChampionEvidence, Evidence } from "../../../gate/evidence/evidence.ts";
import type { Demand, Judged } from "../../../gate/report/report.ts";
import { classified, estimated } from "../../support/answers.ts";
import { evidenceOf, KILLED, sequence } from "../../support/evidence.ts";
import { itNeedsAnswers } from "../../support/unjudgeable.ts";

const NAME = "release 0123456789abcdef";

/** 1,000 rows. The answers to the first `right` are right. */
const right = (rows: number) =>
  classified({ labels: sequence(1000, () => 1), predictions: sequence(1000, (i) => Number(i < rows)) });
/** 100 rows, each answered with nearly the same error. */
const off = (error: number) =>
  estimated(
    sequence(100, (i) => i),
    sequence(100, (i) => i + error + (i % 2 ? 0.1 : -0.1)),
  );

const judged = (answers: Answers): ChampionEvidence => ({ how: "judged", name: NAME, answers });
const recorded = (metrics: Partial<Record<MetricName, number>>): ChampionEvidence => ({
  how: "recorded",
  name: NAME,
  metrics,
  why: "the registry does not answer",
});

function check(
  answers: Answers,
  champion: ChampionEvidence,
  {
    maxDrop,
    demands = {},
  }: { maxDrop?: Partial<Record<MetricName, number>>; demands?: Evidence["demands"] } = {},
): ReturnType<typeof checkChampion.judge> {
  const validation = maxDrop && { champion: { maxDrop } };
  const evidence = evidenceOf({ columns: { age: [1] }, ...(validation && { validation }) });
  return checkChampion.judge({ ...evidence, answers, champion, demands });
}
const objectionsOf = (...args: Parameters<typeof check>) => {
  const found = check(...args);
  assert(found.outcome === "judged");
  return found.objections;
};

type Outcome = Omit<Judged, "name">;
const passed = (found: string): Outcome => ({ outcome: "judged", found, objections: [], warnings: [] });
const ALLOWED = "train a better model; a larger drop is a line in the contract that a reviewer sees";
const UNSET = "train a better model, or allow the drop where a reviewer sees it, as maxDrop";
const at = (pointer: string) => `model/contract.json, /validation/champion${pointer}; model/holdout.csv`;
const floor: Demand = { kind: "min", bound: 0.1, from: "contract" };

const uncompared = (why: string): Outcome => ({
  ...passed(`nothing to compare with ${NAME}`),
  warnings: [
    {
      what: `rocAuc was not compared with that of ${NAME}: ${why}.`,
      where: at("/maxDrop/rocAuc"),
      fix: "compare by a metric that both models have",
    },
  ],
});

describe("checkChampion", () => {
  it("warns if nothing could be compared, and says why", () => {
    const why = "release 0123456789abcdef is not comparable: its task is regression";

    assert.deepEqual(check(right(900), { how: "not compared", why }), {
      ...passed("nothing to compare with"),
      warnings: [
        {
          what: `The model was not compared with the one that serves: ${why}.`,
          where: "model/contract.json and model/holdout.csv",
          fix: "compare them by hand, on rows that both take: npm run validate -- --champion FOLDER-OR-IMAGE",
        },
      ],
    });
  });

  it("is not asked for if there is no champion, and says why", () => {
    const { contract } = evidenceOf({ columns: { age: [1] } });
    const { holdout: _, ...validation } = contract.validation!;
    const champion = { name: NAME, folder: "model" };
    const asked = { contract, demands: {}, champion };

    assert.equal(checkChampion.notAsked?.(asked), undefined);
    assert.equal(
      checkChampion.notAsked?.({ ...asked, champion: { none: "this is the first release" } }),
      "this is the first release",
    );
    assert.equal(
      checkChampion.notAsked?.({ ...asked, contract: { ...contract, validation } }),
      "there are no rows to compare on",
    );
  });

  it("blames the machine if there is a champion that cannot be had", () => {
    assert.deepEqual(check(right(900), { how: "not had", ...KILLED }), {
      outcome: "notJudged",
      why: "The process was ended by SIGKILL.",
      fault: "machine",
      fix: "judge it again",
    });
  });

  itNeedsAnswers(checkChampion, { ...evidenceOf({ columns: { age: [1] } }), champion: judged(right(900)) });

  describe("with an allowed drop", () => {
    const maxDrop = { accuracy: 0.01 };

    it("accepts a better model", () => {
      assert.deepEqual(
        check(right(902), judged(right(900)), { maxDrop }),
        passed(`accuracy 0.9020, +0.0020 against ${NAME}`),
      );
    });

    it("accepts the very drop, whatever its last binary digit", () => {
      assert.ok(0.91 - 0.9 > 0.01);
      assert.deepEqual(
        check(right(900), judged(right(910)), { maxDrop }),
        passed(`accuracy 0.9000, -0.0100 against ${NAME}`),
      );
    });

    it("refuses a larger one", () => {
      assert.deepEqual(check(right(889), judged(right(900)), { maxDrop }), {
        ...passed(`accuracy 0.8890, -0.0110 against ${NAME}`),
        objections: [
          {
            what: `accuracy is 0.8890, and 0.9000 with ${NAME}, on the same 1,000 rows: worse by 0.0110 (95 % confidence: 0.0040 to 0.0180), and at most 0.01 is allowed.`,
            where: at("/maxDrop/accuracy"),
            fix: ALLOWED,
          },
        ],
      });
    });

    it("refuses a rise where lower is better, and looks at the metrics that are named only", () => {
      const found = check(off(2), judged(off(1)), { maxDrop: { mae: 0.5, r2: 1 }, demands: { rmse: floor } });

      assert.deepEqual(found, {
        ...passed(`mae 2.0000, +1.0000 against ${NAME}`),
        objections: [
          {
            what: `mae is 2.0000, and 1.0000 with ${NAME}, on the same 100 rows: worse by 1.0000 (95 % confidence: 1.0000 to 1.0000), and at most 0.5 is allowed.`,
            where: at("/maxDrop/mae"),
            fix: ALLOWED,
          },
        ],
      });
    });

    it("refuses a larger drop against the record", () => {
      assert.deepEqual(check(right(889), recorded({ accuracy: 0.9 }), { maxDrop }), {
        ...passed(`accuracy 0.8890, -0.0110 against ${NAME}`),
        objections: [
          {
            what: `accuracy is 0.8890, and 0.9000 in the record of ${NAME}, on the same 1,000 rows: worse by 0.0110, and at most 0.01 is allowed.`,
            where: at("/maxDrop/accuracy"),
            fix: ALLOWED,
          },
        ],
      });
    });

    it("refuses a model without the metric", () => {
      assert.deepEqual(check(right(900), recorded({ rocAuc: 0.9 }), { maxDrop: { rocAuc: 0 } }), {
        ...passed(`nothing to compare with ${NAME}`),
        objections: [
          {
            what: "rocAuc cannot be measured on 1,000 rows, and may drop by 0: the contract names no scores.",
            where: at("/maxDrop/rocAuc"),
            fix: ALLOWED,
          },
        ],
      });
    });

    it("warns where the champion is without the metric", () => {
      const plain = classified({ labels: [0, 1], predictions: [0, 1] });
      const scored = { ...plain, scores: Float64Array.of(1, 0, 0, 1) };

      assert.deepEqual(
        check(scored, judged(plain), { maxDrop: { rocAuc: 0 } }),
        uncompared("the contract names no scores"),
      );
      assert.deepEqual(
        check(scored, recorded({ accuracy: 1 }), { maxDrop: { rocAuc: 0 } }),
        uncompared("it is not in the record"),
      );
    });
  });

  describe("without one", () => {
    it("accepts a drop that may be chance", () => {
      assert.deepEqual(
        check(right(897), judged(right(900))),
        passed(`accuracy 0.8970, -0.0030 against ${NAME}`),
      );
    });

    it("refuses a drop that clearly is no chance", () => {
      assert.deepEqual(check(right(880), judged(right(900))), {
        ...passed(`accuracy 0.8800, -0.0200 against ${NAME}`),
        objections: [
          {
            what: `accuracy is 0.8800, and 0.9000 with ${NAME}, on the same 1,000 rows: clearly worse, by 0.0200 (95 % confidence: 0.0109 to 0.0291).`,
            where: at(""),
            fix: UNSET,
          },
        ],
      });
    });

    it("refuses a clearly larger error", () => {
      assert.deepEqual(
        objectionsOf(off(2), judged(off(1))).map(({ what }) => what),
        [
          `rmse is 2.0025, and 1.0050 with ${NAME}, on the same 100 rows: clearly worse, by 0.9975 (95 % confidence: 0.9974 to 0.9976).`,
        ],
      );
    });

    it("looks at each metric with a demand", () => {
      const found = check(right(880), judged(right(900)), { demands: { recall: floor, f1: floor } });

      assert(found.outcome === "judged");
      assert.equal(found.found, `recall 0.8800, -0.0200 against ${NAME}`);
      assert.deepEqual(
        found.objections.map(({ what }) => what.split(" ")[0]),
        ["recall", "f1"],
      );
    });

    it("leaves a demanded metric without a value to the check of the metrics", () => {
      assert.deepEqual(
        check(right(900), judged(right(900)), { demands: { rocAuc: floor } }),
        passed(`nothing to compare with ${NAME}`),
      );
    });

    it("refuses a recorded value above the model's own interval, and none within it", () => {
      assert.deepEqual(
        check(right(900), recorded({ accuracy: 0.917 })),
        passed(`accuracy 0.9000, -0.0170 against ${NAME}`),
      );
      assert.deepEqual(check(right(900), recorded({ accuracy: 0.918 })), {
        ...passed(`accuracy 0.9000, -0.0180 against ${NAME}`),
        objections: [
          {
            what: `accuracy is 0.9000, and 0.9180 in the record of ${NAME}, on the same 1,000 rows: clearly worse, by 0.0180 (95 % confidence of this model: 0.8798 to 0.9171).`,
            where: at(""),
            fix: UNSET,
          },
        ],
      });
    });

    it("refuses a recorded error below the model's own interval, and none within it", () => {
      assert.equal(objectionsOf(off(2), recorded({ rmse: 1.99 })).length, 0);
      assert.equal(objectionsOf(off(2), recorded({ rmse: 1.98 })).length, 1);
    });
  });
});
