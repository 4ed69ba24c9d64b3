import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { createColors } from "picocolors";
import { displayWidth } from "../../../common/displayWidth.ts";
import { renderReport } from "../../../gate/render/terminal.ts";
import { CHECK_NAMES, type Check, type CheckName } from "../../../gate/report/report.ts";
import {
  check,
  finding,
  metric,
  passedReport,
  refusedReport,
  report,
  unjudged,
} from "../../support/reports.ts";

const floor = { kind: "min", bound: 0.85, from: "contract" } as const;

/** A report from JSON, which can hold any text. */
const named = (name: string) => name as CheckName;
const notAsked = (name: CheckName): Check => ({ name, outcome: "notAsked", why: "there is no holdout" });
const byMachine = (name: CheckName, why = "It was ended by SIGKILL.", fix = "judge it again") =>
  unjudged(name, why, { fault: "machine", fix });

const slice = (of: string, value: number) => metric({ of, value, demand: floor });

describe("renderReport", () => {
  it("shows a model that passes: the verdict, the checks, the metrics", () => {
    assert.equal(
      renderReport(passedReport),
      `loan-approval 1.0.0 passed the gate

✔ contract  loan-approval 1.0.0, classification
✔ onnx      33,626 bytes, opset 15, 2 operators
✔ loads     in 0.02 s
✔ schema    1 input, 2 outputs
✔ golden    8 requests answered within 0.00001
✔ holdout   3,000 rows answered
✔ skew      3,000 rows within the contract's ranges
✔ metrics   3 of 3 demands kept on 3,000 rows
✔ memory    41 MiB, at most 256 MiB

  metric    of         rows   value  95 % interval  demand
✔ accuracy  all rows  3,000  0.9073  0.8964–0.9172  ≥ 0.85
  rocAuc    all rows  3,000  0.9671  0.9611–0.9731
✔ logLoss   all rows  3,000  0.2287  0.2101–0.2474   ≤ 0.3
✔ accuracy  age < 25    364  0.8791  0.8410–0.9093   ≥ 0.8

Not compared with a champion: no release serves yet`,
    );
  });

  it("shows a model that is refused: the champion beside it, every objection and every warning", () => {
    assert.equal(
      renderReport(refusedReport),
      `loan-approval 1.0.0 is refused: 2 objections, 2 warnings

✔ contract      loan-approval 1.0.0, classification
✘ golden        8 requests, 1 difference beyond 0.00001
✘ metrics       1 of 2 demands missed on 3,000 rows
– invariances   not judged: the model was not run
! weakSegments  1 found in 96 looked at

  metric            of          value  95 % interval  demand  champion   change
✘ accuracy          all rows  0.84996  0.8367–0.8623  ≥ 0.85    0.9073  -0.0574
  calibrationError  all rows   0.0210  0.0152–0.0281            0.0301  -0.0091
✔ f1                age < 25   0.7912  0.6988–0.8836  ≥ 0.75

Champion: loan-approval 0.9.0 (3f2a9c0d11e87b64), judged now on the same rows

✘ label[0] is 1, and 0 was expected, within 0.00001.
  at:  model/golden.json, /requests/0 (a young applicant)
  fix: train or export the model again; if the new answer is right, write it
       there

✘ accuracy is 0.84996 on 3,000 rows, and at least 0.85 is demanded.
  at:  model/contract.json, /validation/metrics/accuracy/min
  fix: train a better model, or change what is demanded where a reviewer sees it

! f1 on age < 25 is 0.7912 (0.6988–0.8836 at 95 % confidence): 64 rows are too
  few to tell whether 0.75 is kept.
  at:  model/contract.json, /validation/slices/0
  fix: put more such rows into the holdout, or lower the floor below the
       interval

! accuracy is 0.71 where age ≥ 70, and 0.85 on all rows.
  at:  model/holdout.csv
  fix: mend that row`,
    );
  });

  it("says one warning and one objection as one, and names a model that has no name", () => {
    const { model: _, ...nameless } = report({
      verdict: "refused",
      checks: [check("contract", "", { objections: [finding("Wrong.")], warnings: [finding("Odd.")] })],
    });

    assert.equal(firstLine(renderReport(nameless)), "The model is refused: 1 objection, 1 warning");
    assert.equal(
      firstLine(
        renderReport({
          ...nameless,
          ...report(),
          checks: [check("skew", "", { warnings: [finding("Odd.")] })],
        }),
      ),
      "loan-approval 1.0.0 passed the gate, 1 warning",
    );
  });

  it("lists what is not asked for on a line of its own, dimmed", () => {
    const of = report({ checks: [check("contract", "m 1, raw"), notAsked("holdout"), notAsked("naive")] });

    assert.equal(
      renderReport(of),
      `loan-approval 1.0.0 passed the gate

✔ contract  m 1, raw
– not asked for: holdout, naive

Not compared with a champion: no release serves yet`,
    );
    assert.equal(
      renderReport(of, createColors(true)).split("\n")[3],
      "\u001b[2m– not asked for: holdout, naive\u001b[22m",
    );
  });

  it("breaks a long list of what is not asked for at its words", () => {
    const of = report({ checks: [check("contract", "m 1, raw"), ...CHECK_NAMES.slice(6).map(notAsked)] });

    assert.equal(
      renderReport(of).split("\n\n")[1],
      `✔ contract  m 1, raw
– not asked for: holdout, agreement, skew, repeatedRows, leakage, metrics,
  champion, naive, weakSegments, batchDependence, declaredValues, invariances,
  latency, memory`,
    );
  });

  it("says of a model that it could not be judged here, why and what to do, each cause once", () => {
    const checks = [
      check("contract", "m 1, raw", { warnings: [finding("Odd.")] }),
      byMachine("latency"),
      byMachine("memory"),
      byMachine("champion", "localhost:5000 does not answer", "try again"),
    ];

    assert.equal(
      renderReport(report({ verdict: "notJudged", checks })),
      `loan-approval 1.0.0 could not be judged on this machine: 3 checks of 4 not
  judged, 1 warning

! contract  m 1, raw
✘ latency   not judged: It was ended by SIGKILL.
✘ memory    not judged: It was ended by SIGKILL.
✘ champion  not judged: localhost:5000 does not answer

Not compared with a champion: no release serves yet

✘ latency and memory were not judged: It was ended by SIGKILL.
  fix: judge it again

✘ champion was not judged: localhost:5000 does not answer.
  fix: try again

! Odd.
  at:  model/holdout.csv:17, column age
  fix: mend that row`,
    );
  });

  it("says why a model is refused that nothing objects to, and names four checks at most", () => {
    const names: readonly CheckName[] = ["golden", "holdout", "metrics", "naive", "memory"];
    const checks = names.map((name) => unjudged(name, "the model's process ended before that"));

    assert.equal(
      renderReport(report({ verdict: "refused", checks })),
      `loan-approval 1.0.0 is refused: 5 checks of 5 not judged

– golden   not judged: the model's process ended before that
– holdout  not judged: the model's process ended before that
– metrics  not judged: the model's process ended before that
– naive    not judged: the model's process ended before that
– memory   not judged: the model's process ended before that

Not compared with a champion: no release serves yet

✘ golden, holdout, metrics, naive and 1 more were not judged: the model's
  process ended before that.`,
    );
  });

  it("leaves to an objection what model or data kept from being judged, and not what the machine did", () => {
    const checks = [
      check("loads", "", { objections: [finding("It does not load.")] }),
      unjudged("schema", "the model does not load"),
      byMachine("latency"),
    ];

    assert.equal(
      renderReport(report({ verdict: "refused", checks })),
      `loan-approval 1.0.0 is refused: 1 objection

✘ loads
– schema   not judged: the model does not load
✘ latency  not judged: It was ended by SIGKILL.

Not compared with a champion: no release serves yet

✘ It does not load.
  at:  model/holdout.csv:17, column age
  fix: mend that row

✘ latency was not judged: It was ended by SIGKILL.
  fix: judge it again`,
    );
  });

  for (const { verdict, colour } of [
    { verdict: "passed", colour: 32 },
    { verdict: "refused", colour: 31 },
    { verdict: "overridden", colour: 33 },
    { verdict: "notJudged", colour: 33 },
  ] as const)
    it(`has a colour of its own for a model that is ${verdict}`, () => {
      assert.match(
        renderReport(report({ verdict, override: "why" }), createColors(true)),
        new RegExp(`^\u001b\\[1m\u001b\\[${colour}mloan-approval`),
      );
    });

  it("gives the reason of an override, and what it overrides", () => {
    assert.equal(
      renderReport({
        ...refusedReport,
        verdict: "overridden",
        override: "last night's outage needs it",
      }).split("\n\n")[0],
      `loan-approval 1.0.0 ships by override: last night's outage needs it (2
  objections, 2 warnings)`,
    );
  });

  it("says which champion's metrics are recorded ones, and why", () => {
    const text = renderReport(
      report({
        champion: {
          how: "recorded",
          name: "loan-approval 0.9.0",
          why: "localhost:5000 does not answer: connect ECONNREFUSED",
        },
      }),
    );

    assert.equal(
      text.split("\n\n")[2],
      `Champion: loan-approval 0.9.0, by its recorded metrics on the same rows:
  localhost:5000 does not answer: connect ECONNREFUSED`,
    );
  });

  it("says that a judgement is remembered", () => {
    assert.equal(
      renderReport(report({ remembered: true }))
        .split("\n\n")
        .at(-1),
      "Remembered: the model, its data and the gate have not changed since.",
    );
  });

  it("shows 12 metrics at most: those on all rows or demanded, those that are missed first", () => {
    const lines = renderReport(
      report({
        metrics: [
          metric({ metric: "f1" }),
          metric({ metric: "f1", of: "class 1" }),
          ...Array.from({ length: 11 }, (_, i) => slice(`age < ${i}`, 0.9)),
          slice("age ≥ 70", 0.7),
        ],
      }),
    )
      .split("\n\n")[2]!
      .split("\n");

    assert.deepEqual(lines, [
      "  metric    of         rows   value  95 % interval  demand",
      ...Array.from(
        { length: 11 },
        (_, i) => `✔ accuracy  ${`age < ${i}`.padEnd(8)}  3,000  0.9000  0.8964–0.9172  ≥ 0.85`,
      ),
      "✘ accuracy  age ≥ 70  3,000  0.7000  0.8964–0.9172  ≥ 0.85",
      "  and 2 more, which the report has as Markdown and as JSON",
    ]);
  });

  it("leaves to the files what is neither on all rows nor demanded", () => {
    assert.equal(
      renderReport(report({ metrics: [metric(), metric({ of: "class 1" })] })).split("\n\n")[2],
      `  metric    of         rows   value  95 % interval  demand
  accuracy  all rows  3,000  0.9073  0.8964–0.9172
  and 1 more, which the report has as Markdown and as JSON`,
    );
  });

  it("cuts the names of parts where the table is too wide, and keeps the figures", () => {
    const champion = { value: 0.86, difference: 0.04733 };

    assert.equal(
      renderReport(
        report({
          metrics: [
            metric({ champion }),
            metric({ of: "年齢 < 25 and credit_score < 600", champion, demand: floor }),
          ],
        }),
      ).split("\n\n")[2],
      `  metric    of                   value  95 % interval  demand  champion   change
  accuracy  all rows            0.9073  0.8964–0.9172            0.8600  +0.0473
✔ accuracy  年齢 < 25 and cre…  0.9073  0.8964–0.9172  ≥ 0.85    0.8600  +0.0473`,
    );
  });

  it("shows what is no number as a dash, and the same again when it comes from JSON", () => {
    const nan = report({
      metrics: [metric({ value: Number.NaN, interval: [Number.NaN, Number.NaN], demand: floor })],
    });

    assert.equal(
      renderReport(nan).split("\n\n")[2],
      renderReport(JSON.parse(JSON.stringify(nan))).split("\n\n")[2],
    );
    assert.equal(
      renderReport(nan).split("\n\n")[2],
      `  metric    of         rows  value  95 % interval  demand
✘ accuracy  all rows  3,000      –              –  ≥ 0.85`,
    );
  });

  it("breaks no path, though it has spaces or is longer than the line", () => {
    const where = `model/${"deep/".repeat(16)}my holdout.csv:17, column age`;
    const text = renderReport(
      report({ checks: [check("holdout", "", { objections: [{ what: "A.", where, fix: "B" }] })] }),
    );

    assert.equal(
      text.split("\n\n").at(-1),
      `✘ A.
  at:  model/${"deep/".repeat(16)}my holdout.csv:17,
       column age
  fix: B`,
    );
  });

  it("breaks a place at its words", () => {
    const where = "model/golden.json, /requests/0 (The request of the project's first example is approved)";
    const text = renderReport(
      report({ checks: [check("golden", "", { objections: [{ what: "A.", where, fix: "B" }] })] }),
    );

    assert.equal(
      text.split("\n\n").at(-1),
      `✘ A.
  at:  model/golden.json, /requests/0 (The request of the project's first
       example is approved)
  fix: B`,
    );
  });

  const wide = report({
    model: { name: "m".repeat(63), version: "1.".repeat(31) },
    checks: [
      check(named("年齢".repeat(40)), "x".repeat(200)),
      check("skew", "年齢".repeat(80)),
      unjudged("naive", "x ".repeat(90)),
      unjudged("memory", "word ".repeat(90), { fault: "machine", fix: "word ".repeat(90) }),
      ...CHECK_NAMES.map(notAsked),
    ],
    metrics: [
      metric({
        metric: "calibrationError",
        of: "年齢が25歳未満の行 and credit_score from 300 below 600",
        value: 1e12 / 3,
        interval: [1e12 / 7, 1e12],
        champion: { value: 1e12, difference: -1e12 },
        demand: { kind: "max", bound: 123456789.123, from: "stack" },
      }),
    ],
    champion: { how: "not compared", why: "word ".repeat(40) },
  });
  for (const [name, of] of Object.entries({ passedReport, refusedReport, wide })) {
    it(`fits 80 columns: ${name}`, () => {
      assert.deepEqual(
        renderReport(of)
          .split("\n")
          .filter((line) => displayWidth(line) > 80 || line !== line.trimEnd()),
        [],
      );
    });
  }

  it("has the same text in colour, and none unless asked", () => {
    const coloured = renderReport(refusedReport, createColors(true));

    assert.equal(stripVTControlCharacters(coloured), renderReport(refusedReport));
    assert.equal(
      firstLine(coloured),
      "\u001b[1m\u001b[31mloan-approval 1.0.0 is refused: 2 objections, 2 warnings\u001b[39m\u001b[22m",
    );
    assert.equal(renderReport(refusedReport).includes("\u001b"), false);
  });

  it("lets no text of the model move the cursor or break a line", () => {
    const evil = "\u001b[2J\n✔ passed\r";
    const text = renderReport(
      report({
        checks: [check(named(evil), evil, { objections: [{ what: evil, where: evil, fix: evil }] })],
        metrics: [metric({ of: evil, demand: floor })],
        champion: { how: "not compared", why: evil },
      }),
    );

    assert.equal(
      text,
      `loan-approval 1.0.0 passed the gate

✘ \\u001b[2J ✔ passed  \\u001b[2J ✔ passed

  metric    of                   rows   value  95 % interval  demand
✔ accuracy  \\u001b[2J ✔ passed  3,000  0.9073  0.8964–0.9172  ≥ 0.85

Not compared with a champion: \\u001b[2J ✔ passed

✘ \\u001b[2J ✔ passed
  at:  \\u001b[2J ✔ passed
  fix: \\u001b[2J ✔ passed`,
    );
  });
});

const firstLine = (text: string) => text.split("\n")[0];
