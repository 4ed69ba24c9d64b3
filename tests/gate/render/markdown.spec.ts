import assert from "node:assert/strict";
import { renderMarkdown } from "../../../gate/render/markdown.ts";
import { safeMarkdown } from "../../../gate/render/safeMarkdown.ts";
import { CHECK_NAMES, type CheckName, type Report } from "../../../gate/report/report.ts";
import {
  check,
  finding,
  metric,
  passedReport,
  refusedReport,
  report,
  unjudged,
} from "../../support/reports.ts";

const SHA256 = "0123456789abcdef".repeat(4);

/** A report from JSON, which can hold any text. */
const named = (name: string) => name as CheckName;

/** A report in which this is every text. */
const of = (text: string, findings = 1): Report =>
  report({
    verdict: "overridden",
    override: text,
    model: { name: text, version: text, sha256: text },
    checks: Array.from({ length: findings }, () => [
      check(named(text), text, {
        objections: [{ what: text, where: text, fix: text }],
        warnings: [{ what: text, where: text, fix: text }],
      }),
      { name: named(text), outcome: "notAsked" as const, why: text },
      unjudged(named(text), text, { fault: "machine", fix: text }),
    ]).flat(),
    metrics: Array.from({ length: findings }, () => metric({ of: text })),
    champion: { how: "recorded", name: text, why: text },
    holdout: { file: text, rows: 1, sha256: text },
  });

const long = (i: number) => `${i} ${"x".repeat(10_000)}`;

describe("renderMarkdown", () => {
  it("shows a model that passes: the verdict, the metrics, and the checks folded away", () => {
    assert.equal(
      renderMarkdown({ ...passedReport, checks: passedReport.checks.slice(0, 2) }),
      `### ✅ loan-approval 1.0.0 passed the gate

| metric | of | rows | this model | 95 % interval | demand |
| --- | --- | ---: | ---: | ---: | --- |
| accuracy | all rows | 3,000 | **0.9073** | 0.8964–0.9172 | ✅ ≥ 0.85 |
| rocAuc | all rows | 3,000 | **0.9671** | 0.9611–0.9731 |  |
| logLoss | all rows | 3,000 | **0.2287** | 0.2101–0.2474 | ✅ ≤ 0.3, by the stack |
| accuracy | age &lt; 25 | 364 | **0.8791** | 0.8410–0.9093 | ✅ ≥ 0.8 |

Not compared with a champion: no release serves yet

<details><summary>2 checks</summary>

|  | check | found |
| --- | --- | --- |
| ✅ | contract | loan-approval 1.0.0, classification |
| ✅ | onnx | 33,626 bytes, opset 15, 2 operators |

</details>

Model: sha256 <code>${SHA256}</code>\\
Holdout: <code>model/holdout.csv</code>, 3,000 rows, sha256 <code>${SHA256}</code>
`,
    );
  });

  it("shows a model that is refused: the champion beside it, every objection and every warning", () => {
    assert.equal(
      renderMarkdown(refusedReport),
      `### ❌ loan-approval 1.0.0 is refused: 2 objections, 2 warnings

| metric | of | rows | champion | this model | 95 % interval | difference (95 % interval) | demand |
| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |
| accuracy | all rows | 3,000 | 0.9073 | **0.84996** | 0.8367–0.8623 | -0.0574 (-0.0701 to -0.0446) | ❌ ≥ 0.85 |
| calibrationError | all rows | 3,000 | 0.0301 | **0.0210** | 0.0152–0.0281 | -0.0091 (-0.0171 to -0.0011) |  |
| f1 | age &lt; 25 | 64 |  | **0.7912** | 0.6988–0.8836 |  | ✅ ≥ 0.75 |

Champion: loan-approval 0.9.0 (3f2a9c0d11e87b64), judged now on the same rows

- ❌ label\\[0\\] is 1, and 0 was expected, within 0.00001.\\
  at: <code>model/golden.json, /requests/0 (a young applicant)</code>\\
  fix: train or export the model again; if the new answer is right, write it there
- ❌ accuracy is 0.84996 on 3,000 rows, and at least 0.85 is demanded.\\
  at: <code>model/contract.json, /validation/metrics/accuracy/min</code>\\
  fix: train a better model, or change what is demanded where a reviewer sees it
- ⚠️ f1 on age &lt; 25 is 0.7912 (0.6988–0.8836 at 95 % confidence): 64 rows are too few to tell whether 0.75 is kept.\\
  at: <code>model/contract.json, /validation/slices/0</code>\\
  fix: put more such rows into the holdout, or lower the floor below the interval
- ⚠️ accuracy is 0.71 where age ≥ 70, and 0.85 on all rows.\\
  at: <code>model/holdout.csv</code>\\
  fix: mend that row

<details><summary>5 checks</summary>

|  | check | found |
| --- | --- | --- |
| ✅ | contract | loan-approval 1.0.0, classification |
| ❌ | golden | 8 requests, 1 difference beyond 0.00001 |
| ❌ | metrics | 1 of 2 demands missed on 3,000 rows |
| ➖ | invariances | not judged: the model was not run |
| ⚠️ | weakSegments | 1 found in 96 looked at |

</details>

Model: sha256 <code>${SHA256}</code>\\
Holdout: <code>model/holdout.csv</code>, 3,000 rows, sha256 <code>${SHA256}</code>
`,
    );
  });

  it("says of a model that it could not be judged here, why and what to do, each cause once", () => {
    const byMachine = { fault: "machine", fix: "judge it again" } as const;
    const checks = [
      check("contract", "m 1, raw", { warnings: [finding("Odd.")] }),
      unjudged("latency", "It was ended by SIGKILL.", byMachine),
      unjudged("memory", "It was ended by SIGKILL.", byMachine),
      unjudged("champion", "localhost:5000 does not answer", { fault: "machine" }),
      { name: "holdout", outcome: "notAsked", why: "the contract names no holdout" } as const,
    ];

    assert.equal(
      renderMarkdown(report({ verdict: "notJudged", checks })),
      `### ❌ loan-approval 1.0.0 could not be judged on this machine: 3 checks of 5 not judged, 1 warning

Not compared with a champion: no release serves yet

- ❌ latency and memory were not judged: It was ended by SIGKILL.\\
  fix: judge it again
- ❌ champion was not judged: localhost:5000 does not answer.
- ⚠️ Odd.\\
  at: <code>model/holdout.csv:17, column age</code>\\
  fix: mend that row

<details><summary>5 checks</summary>

|  | check | found |
| --- | --- | --- |
| ⚠️ | contract | m 1, raw |
| ❌ | latency | not judged: It was ended by SIGKILL. |
| ❌ | memory | not judged: It was ended by SIGKILL. |
| ❌ | champion | not judged: localhost:5000 does not answer |
| ➖ | holdout | not asked for: the contract names no holdout |

</details>

Model: sha256 <code>${SHA256}</code>
`,
    );
  });

  it("says why a model is refused that nothing objects to", () => {
    const checks = [
      check("contract", "m 1, raw"),
      unjudged("golden", "the model's process ended before that"),
    ];

    assert.deepEqual(
      renderMarkdown(report({ verdict: "refused", checks }))
        .split("\n\n")
        .slice(0, 3),
      [
        "### ❌ loan-approval 1.0.0 is refused: 1 check of 2 not judged",
        "Not compared with a champion: no release serves yet",
        "- ❌ golden was not judged: the model's process ended before that.",
      ],
    );
  });

  it("leaves to an objection what model or data kept from being judged", () => {
    const checks = [
      check("loads", "", { objections: [finding("It does not load.")] }),
      unjudged("schema", "the model does not load"),
    ];

    assert.deepEqual(
      renderMarkdown(report({ verdict: "refused", checks }))
        .split("\n\n")
        .slice(0, 3),
      [
        "### ❌ loan-approval 1.0.0 is refused: 1 objection",
        "Not compared with a champion: no release serves yet",
        "- ❌ It does not load.\\\n  at: <code>model/holdout.csv:17, column age</code>\\\n  fix: mend that row",
      ],
    );
  });

  it("marks an override as a warning, with its reason", () => {
    assert.equal(
      renderMarkdown({ ...refusedReport, verdict: "overridden", override: "see #12" }).split("\n")[0],
      "### ⚠️ loan-approval 1.0.0 ships by override: see #\u200b12 (2 objections, 2 warnings)",
    );
  });

  for (const hostile of [
    "a\n\n# injected\n\n- list",
    "\r\n</code></details><img src=x onerror=alert(1)>",
    "| a | b |\n| --- | --- |",
    "```\ncode\n```",
    "\\| \\",
    "[link](javascript:alert(1)) ![pixel](https://evil.example/x.png)",
    "@everyone #1 GH-1 https://evil.example www.evil.example a@evil.example :tada: $x$",
    "\u202eevil\u2066\u001b[31m",
  ])
    it(`shows ${JSON.stringify(hostile)} only as safeMarkdown leaves it, in whatever text it stands`, () => {
      assert.equal(
        renderMarkdown(of(hostile)),
        renderMarkdown(of("WORD")).replaceAll("WORD", () => safeMarkdown(hostile)),
      );
    });

  it("stays below 60,000 characters, and counts what it leaves out", () => {
    const many = report({
      verdict: "refused",
      checks: Array.from({ length: 500 }, (_, i) =>
        check(named(`check ${i}`), "found".repeat(10), {
          objections: [finding(`${i} is wrong.`)],
          warnings: [finding(`${i} is odd.`)],
        }),
      ),
      metrics: Array.from({ length: 500 }, (_, i) => metric({ of: `age < ${i}` })),
    });
    const markdown = renderMarkdown(many);

    assert(markdown.length < 60_000);
    const shown = (pattern: RegExp) => markdown.match(pattern)?.length ?? 0;
    const lines = markdown.split("\n").filter((line) => / more\b/.test(line));
    assert.deepEqual(lines, [
      `| and ${500 - shown(/^\| accuracy /gm)} more, which report.json has |`,
      `- ❌ and ${500 - shown(/^- ❌ \d+ is/gm)} more, which report.json has`,
      `- ⚠️ and ${500 - shown(/^- ⚠️ \d+ is/gm)} more, which report.json has`,
      `|  | and ${500 - shown(/^\| ❌ \| check/gm)} more | which report.json has |`,
    ]);
    for (const pattern of [/^\| accuracy /gm, /^- ❌ \d+ is/gm, /^- ⚠️ \d+ is/gm, /^\| ❌ \| check/gm])
      assert(shown(pattern) > 50, String(pattern));
  });

  for (const text of ["$", "@", "x", "|", "年"])
    it(`stays below 60,000 characters with nothing but ${text} in every text`, () => {
      const { length } = renderMarkdown(of(text.repeat(10_000), 100));

      assert(length < 60_000, String(length));
    });

  it("stays below 60,000 characters, however many causes keep checks from being judged", () => {
    const checks = CHECK_NAMES.map((name, i) =>
      i % 2 === 0
        ? check(name, long(i), {
            objections: Array.from({ length: 5 }, () => finding(long(i), long(i))),
            warnings: Array.from({ length: 5 }, () => finding(long(i), long(i))),
          })
        : unjudged(name, long(i), { fault: "machine", fix: long(i) }),
    );
    const metrics = Array.from({ length: 500 }, (_, i) => metric({ of: `age < ${i}` }));

    const { length } = renderMarkdown(report({ verdict: "refused", checks, metrics }));

    assert(length < 60_000, String(length));
  });
});
