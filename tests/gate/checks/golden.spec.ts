import assert from "node:assert/strict";
import type { Contract } from "../../../contract/contract.ts";
import type { TensorValues } from "../../../contract/tensors.ts";
import { checkGolden } from "../../../gate/checks/golden.ts";
import type { GoldenRequest } from "../../../gate/data/parseGolden.ts";
import type { Evidence } from "../../../gate/evidence/evidence.ts";
import type { Measurements } from "../../../gate/measure/measurements.ts";
import { ENDED, evidenceOf, KILLED } from "../../support/evidence.ts";

const scores = (shape: number[], ...data: number[]): TensorValues => ({
  scores: { shape, data: Float64Array.from(data) },
});
const labels = (...data: bigint[]): TensorValues => ({
  label: { shape: [data.length], data: BigInt64Array.from(data) },
});
const words = (...data: string[]): TensorValues => ({ word: { shape: [data.length], data } });

const tolerance = 0.01;
const outputs: Contract["outputs"] = [
  { name: "scores", datatype: "FP64", shape: [-1] },
  { name: "label", datatype: "INT64", shape: [-1] },
  { name: "count", datatype: "INT32", shape: [-1] },
  { name: "half", datatype: "FP16", shape: [-1] },
  { name: "word", datatype: "BYTES", shape: [-1] },
];
const file = "model/golden.json";

function evidence(golden: Evidence["golden"], answers: Measurements["golden"] = []): Evidence {
  const validation = { golden: { file: "golden.json", tolerance } };
  const of = evidenceOf({
    columns: { x: [1] },
    contract: { outputs },
    validation,
    measured: { golden: answers },
  });
  return { ...of, golden };
}
/** @param answers One for each request. */
const check = (expected: readonly GoldenRequest[], answers: Measurements["golden"]) =>
  checkGolden.judge(evidence({ file, value: expected, findings: [] }, answers));
const answer = (outputs: TensorValues) => ({ outputs, again: outputs });

/** What is objected to. */
function objectionsTo(expected: readonly GoldenRequest[], answers: Measurements["golden"]) {
  const found = check(expected, answers);
  assert(found.outcome === "judged");
  return found.objections.map(({ what }) => what);
}

/** The objections to one golden request. */
const judge = (expected: TensorValues, answered: TensorValues): readonly string[] =>
  objectionsTo([{ name: "a request", inputs: {}, outputs: expected }], [answer(answered)]);

describe("checkGolden", () => {
  for (const { tolerance, warned } of [
    { tolerance: 0.025, warned: false },
    { tolerance: 0.03, warned: true },
    { tolerance: 1e300, warned: true },
  ])
    it(`${warned ? "warns of" : "accepts"} a tolerance of ${tolerance} where the scores' standard deviation is 0.25`, () => {
      const evidence = evidenceOf({
        columns: { x: [1, 2] },
        predictions: [0, 1],
        scores: [0.75, 0.25, 0.25, 0.75],
        validation: { golden: { file: "golden.json", tolerance } },
      });
      const check = checkGolden.judge({
        ...evidence,
        golden: { file: "model/golden.json", value: [], findings: [] },
      });

      assert(check.outcome === "judged");
      assert.deepEqual(
        check.warnings,
        warned
          ? [
              {
                what: `The golden answers may differ by ${tolerance}, and the model's own scores on the holdout have a standard deviation of 0.25: another answer would pass as well.`,
                where: "model/contract.json, /validation/golden/tolerance",
                fix: "lower it: on other machines the same model answers the same to six digits or so",
              },
            ]
          : [],
      );
    });

  it("objects to nothing where each answer is as written down", () => {
    const request = { name: "a request", inputs: {}, outputs: labels(1n) };

    assert.deepEqual(check([request, request], [answer(labels(1n)), answer(labels(1n))]), {
      outcome: "judged",
      found: "2 requests answered within 0.01",
      objections: [],
      warnings: [],
    });
  });

  it("passes on why the requests could not be read", () => {
    const findings = [{ what: "They are not JSON.", where: file, fix: "mend them" }];

    assert.deepEqual(checkGolden.judge(evidence({ file, findings })), {
      outcome: "judged",
      found: file,
      objections: findings,
      warnings: [],
    });
  });

  it("is asked for in any case", () => {
    assert.equal(checkGolden.notAsked, undefined);
  });

  const request = { name: "a request", inputs: {}, outputs: labels(1n) };
  for (const why of ["the model does not load", "the model has other inputs or outputs"])
    it(`judges nothing where ${why}`, () => {
      const unasked = { notRun: why, fault: "model" } as const;

      assert.deepEqual(check([request, request], [unasked, unasked]), {
        outcome: "notJudged",
        why,
        fault: "model",
      });
    });

  it("judges nothing if a process ended before one of the requests and the others are answered", () => {
    assert.deepEqual(check([request, request], [answer(labels(1n)), ENDED]), {
      outcome: "notJudged",
      why: "the model's process ended before that",
      fault: "model",
    });
  });

  it("blames the machine for what it has kept from being answered", () => {
    assert.deepEqual(check([request, request], [answer(labels(1n)), KILLED]), {
      outcome: "notJudged",
      why: "The process was ended by SIGKILL.",
      fault: "machine",
      fix: "judge it again",
    });
  });

  it("objects to a wrong answer, though the machine has kept another from being given", () => {
    assert.deepEqual(objectionsTo([request, request], [answer(labels(0n)), KILLED]), [
      "label[0] is 0, and 1 was expected, within 0.01.",
    ]);
  });

  for (const { fact, expected, answered, says } of [
    {
      fact: "accepts a number at the tolerance",
      expected: scores([2], 0, 1),
      answered: scores([2], 0.01, 1),
      says: [],
    },
    {
      fact: "names the place of the first number beyond the tolerance",
      expected: scores([2, 3], 0, 0, 0, 0, 0, 0),
      answered: scores([2, 3], 0, 0, 0, 0, 0, 0.5),
      says: ["scores[1][2] is 0.5, and 0 was expected, within 0.01."],
    },
    {
      fact: "refuses a NaN where a number was expected",
      expected: scores([1], 0.5),
      answered: scores([1], NaN),
      says: ["scores[0] is NaN, and 0.5 was expected, within 0.01."],
    },
    {
      fact: "refuses a NaN even where a NaN was expected",
      expected: scores([1], NaN),
      answered: scores([1], NaN),
      says: ["scores[0] is NaN, and NaN was expected, within 0.01."],
    },
    {
      fact: "names another integer, whatever the tolerance",
      expected: labels(1n, 9007199254740993n),
      answered: labels(1n, 9007199254740992n),
      says: ["label[1] is 9007199254740992, and 9007199254740993 was expected, within 0.01."],
    },
    {
      fact: "names another integer of fewer bits, though the difference is within the tolerance",
      expected: { count: { shape: [1], data: Int32Array.of(0) } },
      answered: { count: { shape: [1], data: Int32Array.of(1) } },
      says: ["count[0] is 1, and 0 was expected, within 0.01."],
    },
    {
      fact: "compares half-precision numbers as numbers, not by their bits",
      expected: { half: { shape: [2], data: Uint16Array.of(0x3c00, 0x3c00) } },
      answered: { half: { shape: [2], data: Uint16Array.of(0x3c01, 0x4000) } },
      says: ["half[1] is 2, and 1 was expected, within 0.01."],
    },
    {
      fact: "names another text",
      expected: words("yes"),
      answered: words("no"),
      says: ["word[0] is no, and yes was expected, within 0.01."],
    },
    {
      fact: "names another shape of the same size",
      expected: scores([2, 1], 0, 0),
      answered: scores([1, 2], 0, 0),
      says: ["scores has the shape [1,2], and [2,1] was expected."],
    },
    {
      fact: "names each output that was not answered",
      expected: { ...scores([1], 0), ...labels(1n) },
      answered: {},
      says: ["scores was not answered.", "label was not answered."],
    },
    {
      fact: "passes over an output that nothing was expected of",
      expected: labels(1n),
      answered: { ...labels(1n), ...scores([1], 7) },
      says: [],
    },
  ]) {
    it(fact, () => {
      assert.deepEqual(judge(expected, answered), says);
    });
  }

  it("says which request, where it stands and what to do, and nothing of those after a process that ended", () => {
    const requests = ["first", "second", "third"].map((name) => ({ name, inputs: {}, outputs: labels(1n) }));

    assert.deepEqual(
      check(requests, [answer(labels(0n)), { error: "Its process ended with SIGFPE." }, ENDED]),
      {
        outcome: "judged",
        found: "3 requests, 2 answered differently",
        objections: [
          {
            what: "label[0] is 0, and 1 was expected, within 0.01.",
            where: "model/golden.json, /requests/0 (first)",
            fix: "train or export the model again; if the new answer is right, write it there",
          },
          {
            what: "The model fails on a golden request: Its process ended with SIGFPE.",
            where: "model/golden.json, /requests/1 (second)",
            fix: "mend the request or the model",
          },
        ],
        warnings: [],
      },
    );
  });

  it("passes on the fix for a request that fails, if there is one", () => {
    const tooLong = { error: "it was not done after 120 s of processor time.", fix: "give it more time" };

    assert.deepEqual(check([request], [tooLong]), {
      outcome: "judged",
      found: "1 request, 1 answered differently",
      objections: [
        {
          what: "The model fails on a golden request: it was not done after 120 s of processor time.",
          where: "model/golden.json, /requests/0 (a request)",
          fix: "give it more time",
        },
      ],
      warnings: [],
    });
  });

  it("counts what is beyond five", () => {
    const requests = Array.from({ length: 7 }, () => ({ name: "same", inputs: {}, outputs: labels(1n) }));

    assert.deepEqual(
      objectionsTo(
        requests,
        requests.map(() => answer(labels(0n))),
      ),
      [
        ...Array.from({ length: 5 }, () => "label[0] is 0, and 1 was expected, within 0.01."),
        "And 2 more like these.",
      ],
    );
  });
});
