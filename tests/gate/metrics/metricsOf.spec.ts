import assert from "node:assert/strict";
import { finished } from "../../../common/steps.ts";
import { demandsOf } from "../../../gate/evidence/demands.ts";
import type { Evidence } from "../../../gate/evidence/evidence.ts";
import { metricsOf } from "../../../gate/metrics/metricsOf.ts";
import { classified } from "../../support/answers.ts";
import { ENDED, evidenceOf, KILLED, sequence, withoutHoldout } from "../../support/evidence.ts";

/** 40 rows, half of each class. The model is wrong on the 4 youngest, the champion on the 10 youngest. */
const rows = sequence(40, (i) => i % 2);
const wrong = (many: number) => rows.map((label, i) => (i < many ? 1 - label : label));
const evidence = evidenceOf({
  columns: { age: sequence(40, (i) => i) },
  targets: rows,
  predictions: wrong(4),
  validation: {
    metrics: { accuracy: { min: 0.8 } },
    classes: [{ class: 1, metrics: { recall: { min: 0.7 } } }],
    slices: [
      { where: { age: { below: 20 } }, metrics: { f1: { min: 0.5 } } },
      { where: { age: { below: 0 } }, metrics: { f1: { min: 0.5 } } },
    ],
  },
});
const demanding: Evidence = { ...evidence, demands: demandsOf(evidence.contract, {}).demands };
const measuredOf = (evidence: Evidence) => finished(metricsOf(evidence));
const champion = (champion: Evidence["champion"]) => measuredOf({ ...demanding, champion });

const round = (value: number) => Number(value.toFixed(4));
const brief = ({ metric, of, value, rows, demand }: ReturnType<typeof measuredOf>[number]) =>
  [metric, of, round(value), rows, ...(demand ? [demand.kind, demand.bound] : [])].join(" ");

describe("metricsOf", () => {
  it("lists all metrics on all rows, those of each class, and of each slice what it demands and the accuracy", () => {
    assert.deepEqual(measuredOf(demanding).map(brief), [
      "accuracy all rows 0.9 40 min 0.8",
      "balancedAccuracy all rows 0.9 40",
      "precision all rows 0.9 40",
      "recall all rows 0.9 40",
      "f1 all rows 0.9 40",
      "precision class 0 0.9 20",
      "recall class 0 0.9 20",
      "f1 class 0 0.9 20",
      "precision class 1 0.9 20",
      "recall class 1 0.9 20 min 0.7",
      "f1 class 1 0.9 20",
      "accuracy age < 20 0.8 20",
      "f1 age < 20 0.8 20 min 0.5",
    ]);
  });

  it("has the interval and the demand of each", () => {
    const [accuracy] = measuredOf(demanding);

    assert.deepEqual(
      { ...accuracy, interval: accuracy?.interval.map(round) },
      {
        metric: "accuracy",
        of: "all rows",
        value: 0.9,
        interval: [0.7695, 0.9604],
        rows: 40,
        demand: { kind: "min", bound: 0.8, from: "contract" },
      },
    );
  });

  it("sets the champion's beside it, on the same part", () => {
    const answers = classified({ labels: rows, predictions: wrong(10) });

    const metrics = champion({ how: "judged", name: "release", answers });

    const found = metrics.map(({ metric, of, champion }) => [
      `${metric} ${of}`,
      round(champion!.value),
      round(champion!.difference),
    ]);
    assert.deepEqual(found.slice(0, 1), [["accuracy all rows", 0.75, 0.15]]);
    assert.deepEqual(found.slice(-2), [
      ["accuracy age < 20", 0.5, 0.3],
      ["f1 age < 20", 0.5, 0.3],
    ]);
    assert.deepEqual(metrics[0]?.champion?.interval?.map(round), [0.0181, 0.2676]);
  });

  it("sets what the record holds beside the metrics on all rows only, without an interval", () => {
    const metrics = champion({ how: "recorded", name: "release", metrics: { accuracy: 0.95 }, why: "" });

    assert.deepEqual(
      metrics.flatMap(({ metric, of, champion }) => (champion ? [{ metric, of, champion }] : [])),
      [{ metric: "accuracy", of: "all rows", champion: { value: 0.95, difference: 0.9 - 0.95 } }],
    );
  });

  it("lists the first twenty classes, and those that something is demanded of", () => {
    const labels = sequence(25, (i) => i);
    const classes = [{ class: 23, metrics: { recall: { min: 0.7 } } }];

    const metrics = measuredOf(
      evidenceOf({
        columns: { age: labels },
        targets: labels,
        predictions: labels,
        classes: labels,
        validation: { classes },
      }),
    );

    assert.deepEqual(
      metrics.filter(({ metric, of }) => metric === "recall" && of !== "all rows").map(({ of }) => of),
      [...sequence(20, (i) => `class ${i}`), "class 23"],
    );
  });

  it("is empty if the model has no answers", () => {
    for (const answers of [{ error: "It failed." }, ENDED, KILLED])
      assert.deepEqual(measuredOf({ ...demanding, answers }), []);
  });

  it("is empty if the holdout cannot be used", () => {
    assert.deepEqual(measuredOf(withoutHoldout(demanding)), []);
  });
});
