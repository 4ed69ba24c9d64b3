import assert from "node:assert/strict";
import type { TensorValues } from "../../../contract/tensors.ts";
import {
  checkNondeterminism,
  isRandom,
  randomOutputs,
  twiceTables,
} from "../../../gate/checks/nondeterminism.ts";
import type { Table } from "../../../gate/data/rowsToRun.ts";
import type { Evidence } from "../../../gate/evidence/evidence.ts";
import type { Measurements } from "../../../gate/measure/measurements.ts";
import { answered, ENDED, evidenceOf, KILLED, sequence, withInputs } from "../../support/evidence.ts";

const FIX =
  "export the model without random draws: dropout in training mode, random or multinomial operators";

const numbers = (shape: number[], ...data: number[]): TensorValues => ({
  scores: { shape, data: Float32Array.from(data) },
});
const labels = (...data: bigint[]): TensorValues => ({
  label: { shape: [data.length], data: BigInt64Array.from(data) },
});
const words = (...data: string[]): TensorValues => ({ word: { shape: [data.length], data } });

type Answered = readonly [outputs: TensorValues, again: TensorValues] | Measurements["golden"][number];

function evidenceWith(
  golden: readonly Answered[],
  tables: Measurements["tables"] = {},
  action?: "warn" | "ignore",
): Evidence {
  const evidence = evidenceOf({
    columns: { x: [1, 2, 3] },
    measured: {
      golden: golden.map((each) => ("error" in each || "notRun" in each ? each : asked(each))),
      tables,
    },
    ...(action && { validation: { findings: { nondeterminism: action } } }),
  });
  const value = golden.map((_, i) => ({ name: `request ${i + 1}`, inputs: {}, outputs: {} }));
  return { ...evidence, golden: { file: "model/golden.json", value, findings: [] } };
}
const asked = (each: Exclude<Answered, { error: string } | { notRun: string }>) =>
  "outputs" in each ? each : { outputs: each[0], again: each[1] };

function judge(...given: Parameters<typeof evidenceWith>) {
  const check = checkNondeterminism.judge(evidenceWith(...given));
  assert(check.outcome === "judged");
  return check;
}

const same = [labels(1n), labels(1n)] as const;
/** Two of the holdout's three rows, then the same again. */
const rowsTwice = (
  twice: TensorValues,
  table: "rows together, twice" | "rows alone, twice" = "rows together, twice",
): Measurements["tables"] => ({ [table]: answered(twice) });

const tablesOf = ({ contract, holdout }: Evidence) => twiceTables(contract, holdout!.value!);

/** The first numbers of a table's rows. */
const firsts = (table: Table) => Array.from(table.inputs(0, table.rows)["numbers"]!.data, Number);
const twice = <T>(values: readonly T[]) => [...values, ...values];

describe("twiceTables", () => {
  it("takes rows from all over the holdout, in company and alone, and then the same again", () => {
    const {
      "rows together, twice": together,
      "rows alone, twice": alone,
      ...others
    } = tablesOf(evidenceOf({ columns: { x: sequence(3000, (i) => i) } }));

    assert.deepEqual(others, {});
    const { inputs: _, ...ofTogether } = together!;
    const { inputs: __, ...ofAlone } = alone!;
    const outputs = ["label", "scores"];
    assert.deepEqual(ofTogether, { rows: 2048, outputs, returned: outputs, batch: 1024 });
    assert.deepEqual(ofAlone, { rows: 128, outputs, returned: outputs, batch: 1 });
    assert.deepEqual(firsts(together!), twice(sequence(1024, (i) => Math.floor((i * 3000) / 1024))));
    assert.deepEqual(firsts(alone!), twice(sequence(64, (i) => Math.floor((i * 3000) / 64))));
  });

  it("takes all rows if there are no more, and the prediction alone if there are no scores", () => {
    const { "rows together, twice": together, "rows alone, twice": alone } = tablesOf(
      evidenceOf({ task: "regression", columns: { x: [5, 6], word: ["a", "b"] } }),
    );

    const expected = {
      rows: 4,
      inputs: {
        numbers: { shape: [4, 1], data: Float32Array.of(5, 6, 5, 6) },
        word: { shape: [4, 1], data: ["a", "b", "a", "b"] },
      },
      outputs: ["value"],
      returned: ["value"],
    };
    assert.deepEqual(withInputs(together!), { ...expected, batch: 2 });
    assert.deepEqual(withInputs(alone!), { ...expected, batch: 1 });
  });

  it("gives each row the same company both times, if few fit into a run", () => {
    // 3 MiB a row: five rows fit into 16 MiB.
    const wide = sequence(200_000, (i) => [`c${i}`, sequence(70, (row) => row)] as const);
    const { "rows together, twice": together } = tablesOf(evidenceOf({ columns: Object.fromEntries(wide) }));

    assert.equal(together!.rows % (2 * together!.batch), 0);
    assert(together!.batch < 64 && together!.rows >= 64, JSON.stringify(together));
  });

  it("makes the rows of a run when they are wanted", () => {
    const { "rows alone, twice": alone } = tablesOf(
      evidenceOf({ columns: { x: sequence(100, (i) => i), word: sequence(100, (i) => `w${i}`) } }),
    );

    assert.deepEqual(alone!.inputs(65, 67), {
      numbers: { shape: [2, 1], data: Float32Array.of(1, 3) },
      word: { shape: [2, 1], data: ["w1", "w3"] },
    });
  });
});

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
      outcome: "judged",
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
    const check = judge([{ error: "no such operator" }, [labels(1n), labels(2n)]]);

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
      const { objections, warnings } = judge([[labels(1n), labels(2n)]], {}, action);

      assert.deepEqual([objections.length, warnings.length], counts);
    });

  it("accepts the same bits of the holdout's rows again, NaN among them", () => {
    const outputs = {
      ...numbers([6, 1], 0.1, Number.NaN, 1, 0.1, Number.NaN, 1),
      ...labels(1n, 0n, 1n, 1n, 0n, 1n),
    };
    const tables = { ...rowsTwice(outputs), ...rowsTwice(outputs, "rows alone, twice") };

    assert.deepEqual(judge([same], tables), {
      outcome: "judged",
      found: "1 request twice, 0 answered differently",
      objections: [],
      warnings: [],
    });
  });

  for (const { fact, outputs, what } of [
    {
      fact: "names the line of the first number that differs in any bit, and its place in the row",
      outputs: numbers([6, 2], 1, 2, 3, 0.5, 5, 6, 1, 2, 3, 0.50000006, 5, 6),
      what: "scores[1] for line 3 is 0.5 at first, and 0.5000000596046448",
    },
    {
      fact: "names a label",
      outputs: { ...labels(1n, 0n, 1n, 1n, 1n, 1n), ...numbers([6, 1], 1, 2, 3, 1, 2, 3) },
      what: "label for line 3 is 0 at first, and 1",
    },
    {
      fact: "names a text",
      outputs: words("yes", "no", "no", "yes", "no", "yes"),
      what: "word for line 4 is no at first, and yes",
    },
  ])
    for (const { table, how } of [
      { table: "rows together, twice", how: "for the same rows together again" },
      { table: "rows alone, twice", how: "for the same row alone again" },
    ] as const)
      it(`${fact}, in ${table}`, () => {
        assert.deepEqual(judge([same], rowsTwice(outputs, table)), {
          outcome: "judged",
          found: "1 request twice, 0 answered differently",
          objections: [{ what: `${what} ${how}.`, where: "model/holdout.csv", fix: FIX }],
          warnings: [],
        });
      });

  it("names the rows once, and a request before them", () => {
    const random = labels(1n, 2n, 3n, 1n, 2n, 4n);
    const tables = { ...rowsTwice(random), ...rowsTwice(random, "rows alone, twice") };
    const { objections } = judge([[labels(1n), labels(2n)]], tables);

    assert.deepEqual(
      objections.map(({ where }) => where),
      ["model/golden.json, /requests/0 (request 1)", "model/holdout.csv"],
    );
  });

  it("refuses a model that fails on rows together which it has answered", () => {
    const tables = { holdout: answered(labels(1n, 2n, 3n)), "rows together, twice": { error: "it failed" } };

    assert.deepEqual(judge([same], tables).objections, [
      {
        what: "The model answers the holdout, but fails on some of its rows in another order: it failed.",
        where: "model/holdout.csv",
        fix: FIX,
      },
    ]);
  });

  it("passes over rows that were not answered, which is another check's objection", () => {
    const failed = { error: "It failed." };
    const tables = { holdout: failed, "rows together, twice": failed };

    assert.deepEqual(judge([same], tables).objections, []);
  });

  it("does not judge a model that answered nothing", () => {
    assert.deepEqual(checkNondeterminism.judge(evidenceWith([{ error: "no such operator" }])), {
      outcome: "notJudged",
      why: "the model answered no golden request",
      fault: "model",
    });
  });

  it("does not judge a model that was not run", () => {
    const tables = { holdout: ENDED, "rows together, twice": ENDED };

    for (const evidence of [evidenceWith([]), evidenceWith([ENDED], tables)])
      assert.deepEqual(checkNondeterminism.judge(evidence), {
        outcome: "notJudged",
        why: "the model answered no golden request",
        fault: "model",
      });
  });

  for (const { fact, evidence } of [
    { fact: "a golden request", evidence: evidenceWith([same, KILLED]) },
    {
      fact: "the rows again",
      evidence: evidenceWith([same], { holdout: answered({}), "rows together, twice": KILLED }),
    },
  ])
    it(`blames the machine if it has kept ${fact} from being answered`, () => {
      assert.deepEqual(checkNondeterminism.judge(evidence), {
        outcome: "notJudged",
        why: "The process was ended by SIGKILL.",
        fault: "machine",
        fix: "judge it again",
      });
    });

  it("is asked for in any case", () => {
    assert.equal(checkNondeterminism.notAsked, undefined);
  });
});

describe("isRandom", () => {
  for (const { fact, evidence, random } of [
    {
      fact: "a golden request that is answered otherwise again",
      evidence: evidenceWith([[labels(1n), labels(2n)]]),
      random: true,
    },
    {
      fact: "rows that are answered otherwise again",
      evidence: evidenceWith([same], rowsTwice(labels(1n, 2n, 3n, 1n, 2n, 2n))),
      random: true,
    },
    {
      fact: "the same answers again",
      evidence: evidenceWith([same], rowsTwice(labels(1n, 2n, 3n, 1n, 2n, 3n))),
      random: false,
    },
    {
      fact: "what was not answered",
      evidence: evidenceWith([{ error: "It failed." }, ENDED], {
        holdout: ENDED,
        "rows together, twice": KILLED,
      }),
      random: false,
    },
  ])
    it(`${random ? "sees chance" : "sees none"} in ${fact}`, () => {
      assert.equal(isRandom(evidence, randomOutputs(evidence)), random);
    });
});
