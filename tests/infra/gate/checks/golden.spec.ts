import assert from "node:assert/strict";
import { checkGolden } from "../../../../infra/gate/checks/golden.ts";
import type { Evidence } from "../../../../infra/gate/evidence.ts";
import type { GoldenRequest } from "../../../../infra/gate/golden.ts";
import type { Measurements, TensorValues } from "../../../../infra/gate/measurements.ts";

const scores = (shape: number[], ...data: number[]): TensorValues => ({
  scores: { shape, data: Float64Array.from(data) },
});
const labels = (...data: bigint[]): TensorValues => ({
  label: { shape: [data.length], data: BigInt64Array.from(data) },
});
const words = (...data: string[]): TensorValues => ({ word: { shape: [data.length], data } });

const tolerance = 0.01;
const outputs = [
  { name: "scores", datatype: "FP64", shape: [-1] },
  { name: "label", datatype: "INT64", shape: [-1] },
  { name: "count", datatype: "INT32", shape: [-1] },
  { name: "half", datatype: "FP16", shape: [-1] },
  { name: "word", datatype: "BYTES", shape: [-1] },
];
const file = "model/golden.json";

/** @param answers To as many requests as there are answers expected. */
function check(expected: readonly GoldenRequest[], answers: Measurements["golden"]) {
  return checkGolden({
    contract: { outputs, validation: { golden: { file: "golden.json", tolerance } } },
    golden: { file, value: expected, findings: [] },
    measured: { load: { seconds: 0, inputs: [], outputs: [] }, golden: answers, tables: {} },
  } as unknown as Evidence);
}
const answer = (outputs: TensorValues) => ({ outputs, again: outputs });

/** The objections to one golden request. */
function judge(expected: TensorValues, answered: TensorValues): readonly string[] {
  const found = check([{ name: "a request", inputs: {}, outputs: expected }], [answer(answered)]);
  return found?.objections.map(({ what }) => what) ?? [];
}

describe("checkGolden", () => {
  it("objects to nothing where each answer is as written down", () => {
    const request = { name: "a request", inputs: {}, outputs: labels(1n) };

    assert.deepEqual(check([request, request], [answer(labels(1n)), answer(labels(1n))]), {
      name: "golden",
      found: "2 requests answered within 0.01",
      objections: [],
      warnings: [],
    });
  });

  it("passes on why the requests could not be read", () => {
    const findings = [{ what: "They are not JSON.", where: file, fix: "mend them" }];

    assert.deepEqual(
      checkGolden({
        contract: { outputs, validation: { golden: { file: "golden.json", tolerance } } },
        golden: { file, findings },
      } as unknown as Evidence),
      { name: "golden", found: file, objections: findings, warnings: [] },
    );
  });

  it("judges nothing where the model does not load, or has other inputs", () => {
    const request = { name: "a request", inputs: {}, outputs: labels(1n) };
    const unloaded = checkGolden({
      contract: { outputs, validation: { golden: { file: "golden.json", tolerance } } },
      golden: { file, value: [request], findings: [] },
      measured: { load: { error: "it is broken" }, golden: [], tables: {} },
    } as unknown as Evidence);

    assert.equal(unloaded?.notJudged, "the model does not load");
    assert.equal(check([request], [])?.notJudged, "the model has other inputs or outputs");
    assert.deepEqual([unloaded.objections, check([request], [])?.objections], [[], []]);
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

    assert.deepEqual(check(requests, [answer(labels(0n)), { error: "Its process ended with SIGFPE." }]), {
      name: "golden",
      found: "3 requests, 2 answered otherwise",
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
    });
  });

  it("counts what is beyond five", () => {
    const requests = Array.from({ length: 7 }, () => ({ name: "same", inputs: {}, outputs: labels(1n) }));

    const found = check(
      requests,
      requests.map(() => answer(labels(0n))),
    );

    assert.deepEqual(
      found?.objections.map(({ what }) => what),
      [
        ...Array.from({ length: 5 }, () => "label[0] is 0, and 1 was expected, within 0.01."),
        "And 2 more like these.",
      ],
    );
  });
});
