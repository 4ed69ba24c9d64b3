import assert from "node:assert/strict";
import { checkNondeterminism } from "../../../../infra/gate/checks/nondeterminism.ts";
import type { TensorValues } from "../../../../infra/gate/measurements.ts";
import { evidenceOf, sequence } from "../../../support/evidence.ts";

const FIX =
  "export the model without what draws at random: dropout in training mode, random or multinomial operators";

const numbers = (shape: number[], ...data: number[]): TensorValues => ({
  scores: { shape, data: Float32Array.from(data) },
});
const labels = (...data: bigint[]): TensorValues => ({
  label: { shape: [data.length], data: BigInt64Array.from(data) },
});
const words = (...data: string[]): TensorValues => ({ word: { shape: [data.length], data } });

type Answered = readonly [outputs: TensorValues, again: TensorValues] | string;

function judge(answered: readonly Answered[], action?: "warn" | "ignore") {
  const evidence = evidenceOf({
    columns: { x: [1] },
    measured: {
      golden: answered.map((each) =>
        typeof each === "string" ? { error: each } : { outputs: each[0], again: each[1] },
      ),
    },
    ...(action && { validation: { findings: { nondeterminism: action } } }),
  });
  const value = answered.map((_, i) => ({ name: `request ${i + 1}`, inputs: {}, outputs: {} }));
  return checkNondeterminism({ ...evidence, golden: { file: "model/golden.json", value, findings: [] } })!;
}

describe("checkNondeterminism", () => {
  it("accepts the same bits twice, NaN among them", () => {
    const check = judge([
      [numbers([1, 2], 0.1, Number.NaN), numbers([1, 2], 0.1, Number.NaN)],
      [
        { ...labels(1n), ...words("yes") },
        { ...labels(1n), ...words("yes") },
      ],
    ]);

    assert.deepEqual(check, {
      name: "nondeterminism",
      found: "2 requests twice, 0 answered differently",
      objections: [],
      warnings: [],
    });
  });

  for (const { fact, first, again, what } of [
    {
      fact: "names the place of the first number that differs in any bit",
      first: numbers([2, 2], 1, 2, 0.5, 4),
      again: numbers([2, 2], 1, 2, 0.50000006, 5),
      what: "scores[1][0] is 0.5 at first, and 0.5000000596046448 for the same request again.",
    },
    {
      fact: "tells a number from none",
      first: numbers([1], Number.NaN),
      again: numbers([1], 1),
      what: "scores[0] is NaN at first, and 1 for the same request again.",
    },
    {
      fact: "names an integer",
      first: labels(1n, 9007199254740993n),
      again: labels(1n, 9007199254740992n),
      what: "label[1] is 9007199254740993 at first, and 9007199254740992 for the same request again.",
    },
    {
      fact: "names a text",
      first: words("yes"),
      again: words("no"),
      what: "word[0] is yes at first, and no for the same request again.",
    },
    {
      fact: "names another shape",
      first: numbers([2, 1], 1, 2),
      again: numbers([1], 1),
      what: "scores has the shape [2,1] at first, and [1] for the same request again.",
    },
  ])
    it(fact, () => {
      const check = judge([
        [labels(7n), labels(7n)],
        [first, again],
      ]);

      assert.equal(check.found, "2 requests twice, 1 answered differently");
      assert.deepEqual(check.objections, [
        { what, where: "model/golden.json, /requests/1 (request 2)", fix: FIX },
      ]);
    });

  it("passes over a request that was not answered, which is another check's objection", () => {
    const check = judge(["no such operator", [labels(1n), labels(2n)]]);

    assert.equal(check.found, "1 request twice, 1 answered differently");
    assert.deepEqual(
      check.objections.map(({ where }) => where),
      ["model/golden.json, /requests/1 (request 2)"],
    );
  });

  it("counts what is beyond five", () => {
    const { objections } = judge(sequence(7, () => [labels(1n), labels(2n)] as const));

    assert.deepEqual(
      objections.map(({ what }) => what),
      [
        ...sequence(5, () => "label[0] is 1 at first, and 2 for the same request again."),
        "And 2 more like these.",
      ],
    );
  });

  for (const { action, counts } of [
    { action: "warn", counts: [0, 1] },
    { action: "ignore", counts: [0, 0] },
  ] as const)
    it(`does with it what the contract says: ${action}`, () => {
      const { objections, warnings } = judge([[labels(1n), labels(2n)]], action);

      assert.deepEqual([objections.length, warnings.length], counts);
    });

  for (const { fact, check } of [
    { fact: "was not run", check: checkNondeterminism(evidenceOf({ columns: { x: [1] } })) },
    { fact: "answered nothing", check: judge(["no such operator"]) },
  ])
    it(`does not judge a model that ${fact}`, () => {
      assert.deepEqual(check, {
        name: "nondeterminism",
        found: "",
        objections: [],
        warnings: [],
        notJudged: "the model answered no golden request",
      });
    });
});
