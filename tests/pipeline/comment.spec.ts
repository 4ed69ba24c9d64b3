import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Check as isValid } from "typebox/value";
import type { Check, CheckName, Report } from "../../gate/report/report.ts";
import { reportSchema } from "../../gate/report/reportSchema.ts";
import { LONGEST, marker, type Preview, renderComment } from "../../pipeline/comment.ts";
import { readPlan } from "../../pipeline/previewPlan.ts";
import { check, finding, metric, passedReport, refusedReport, report, unjudged } from "../support/reports.ts";

const folder = path.join(import.meta.dirname, "comments");
const read = (name: string) => readFileSync(path.join(folder, name), "utf8");

/** What was recorded of real previews on a stack of the sandbox. */
const recorded = (name: string): Preview => ({
  stack: "production",
  plan: readPlan(read(`${name}/preview.json`)),
  report: JSON.parse(read(`${name}/report.json`)) as Report,
  sizes: JSON.parse(read(`${name}/sizes.json`)),
  commit: "4f2a9c0d11e87b641c9d2e5f60718293a4b5c6d7",
  run: "https://github.com/acme/loans/actions/runs/1234567890",
});

/** The preview of a stack that has nothing deployed yet. */
const preview = (more: Partial<Preview>): Preview => ({
  stack: "production",
  plan: { changes: [], before: {}, errors: [], release: "59429bc80689aa51" },
  commit: "4f2a9c0d11e8",
  ...more,
});
const imageStep = (op: string, release: string) => ({
  op,
  urn: `urn:pulumi:production::slipway::docker-build:index:Image::${release}`,
  newState: { inputs: { labels: { "dev.slipway.release": release } } },
});
const firstLines = (of: Preview, lines: number) => renderComment(of).split("\n").slice(0, lines).join("\n");

describe("the comment on a pull request", () => {
  for (const name of ["better", "refused", "infrastructure", "unchanged", "first"]) {
    it(`is that of tests/pipeline/comments/${name}/comment.md`, () => {
      const comment = renderComment(recorded(name));

      if (process.env["WRITE_COMMENTS"]) writeFileSync(path.join(folder, name, "comment.md"), comment);
      assert.equal(comment, read(`${name}/comment.md`));
    });
  }

  it("is made of reports as the gate writes them today", () => {
    for (const name of ["better", "refused", "infrastructure", "unchanged", "first"])
      assert(isValid(reportSchema, recorded(name).report), name);
  });

  it("says that the stack is pinned, to what, why, and how that ends", () => {
    const pinned = {
      release: "0123456789abcdef",
      reason: "wrong answers for the young",
      by: "ada",
      since: "2026-11-20T10:00:00Z",
    };
    const plan = { changes: [], errors: [], before: { release: pinned.release, pinned } };

    assert.equal(
      firstLines(preview({ plan }), 6),
      `${marker("production")}

### 📌 The stack is pinned to release <code>0123456789abcdef</code>

Since 2026-11-20, by ada: wrong answers for the young\\
Merging this deploys no model to stack <code>production</code>: release <code>0123456789abcdef</code> goes on serving, until \`npm run unpin\`.`,
    );
  });

  it("says nothing of a model where the stack is pinned, whatever the image would be", () => {
    const pinned = { release: "0123456789abcdef", reason: "why", by: "ada", since: "2026-11-20T10:00:00Z" };
    const before = { release: pinned.release, pinned };

    const comment = renderComment(
      preview({ plan: { changes: [], errors: [], before, release: "1111111111111111" } }),
    );

    assert.doesNotMatch(comment, /1111111111111111|\| release \|/);
  });

  it("has six metrics at most in its summary, and the latency only if that was judged", () => {
    const names = ["accuracy", "precision", "recall", "f1", "rocAuc", "logLoss", "calibrationError"] as const;
    const metrics = names.map((name) => metric({ metric: name }));
    const before = { release: "0000000000000000" };
    const rowsWith = (latency: Check) =>
      renderComment(
        preview({
          plan: { changes: [], errors: [], before, release: "1111111111111111" },
          report: report({ metrics, checks: [latency] }),
        }),
      )
        .split("<details>")[0]
        ?.match(/^\| \w+.*$/gm)
        ?.map((row) => (row.startsWith("| latency") ? row : row.split(" ").slice(0, 2).join(" ")));

    const rows = ["release", "model", ...names.slice(0, 6)].map((name) => `| ${name}`);
    assert.deepEqual(rowsWith(check("latency", "p50 1 ms, p99 2 ms, 313 rows one by one")), [
      ...rows,
      "| latency |  | p50 1 ms, p99 2 ms |  |",
    ]);
    assert.deepEqual(rowsWith(unjudged("latency", "the model did not load")), rows);
    assert.deepEqual(rowsWith({ name: "latency", outcome: "notAsked", why: "nobody asks" }), rows);
  });

  it("says that merging deploys nothing if the model could not be judged, and why", () => {
    const before = { release: "0000000000000000" };
    const checks = [
      check("contract", "m 1, raw"),
      unjudged("latency", "It was ended by SIGKILL.", { fault: "machine", fix: "judge it again" }),
    ];
    const comment = renderComment(
      preview({
        plan: { changes: [], errors: ["error: not judged"], before, release: "1111111111111111" },
        report: report({ verdict: "notJudged", checks }),
      }),
    );

    assert.deepEqual(comment.split("\n\n").slice(0, 5), [
      marker("production"),
      "### ❌ loan-approval 1.0.0 could not be judged on this machine: 1 check of 2 not judged",
      "Merging this deploys nothing to stack <code>production</code>: release <code>0000000000000000</code> goes on serving.",
      `|  | serves now | this change | difference (95 % interval) |
| --- | ---: | ---: | ---: |
| release | <code>0000000000000000</code> | <code>1111111111111111</code> |  |
| model |  | loan-approval 1.0.0 |  |`,
      "- ❌ latency was not judged: It was ended by SIGKILL.\\\n  fix: judge it again",
    ]);
    assert.doesNotMatch(comment, /error: not judged/);
  });

  it("does not take an image that is deleted for the one that would serve", () => {
    assert.equal(
      readPlan(JSON.stringify({ steps: [imageStep("delete", "old"), imageStep("create", "new")] })).release,
      "new",
    );
  });

  it("shows why a preview failed that no model is to blame for, as text that does nothing", () => {
    const plan = { changes: [], before: {}, errors: ["error: replicas is 0 </pre><img src=x>\n  fix: @ada"] };

    assert.equal(
      renderComment(preview({ plan, report: passedReport }))
        .split("\n\n")
        .slice(1, 4)
        .join("\n\n"),
      `### ❌ The preview failed

Merging this deploys nothing to stack <code>production</code>: nothing serves yet.

<pre>
error: replicas is 0 &#60;/pre&#62;&#60;img src=x&#62;
  fix: @ada
</pre>`,
    );
  });

  it("shows no more than the first 3,000 characters of what went wrong", () => {
    const plan = { changes: [], before: {}, errors: [`${"x".repeat(99)}\n`.repeat(60)] };

    assert.equal(renderComment(preview({ plan })).match(/^x{99}$/gm)?.length, 30);
  });

  it("takes what is no JSON for what went wrong", () => {
    assert.deepEqual(readPlan("error: no stack named 'production' found\n"), {
      changes: [],
      before: {},
      errors: ["error: no stack named 'production' found"],
    });
    assert.deepEqual(readPlan("").errors, ["pulumi preview printed nothing."]);
  });

  it("stays within GitHub's limit with verdict, summary and every section, however much there is", () => {
    const long = "&".repeat(5000);
    const huge = report({
      ...refusedReport,
      verdict: "overridden",
      override: long,
      model: { name: long, version: long, sha256: "0".repeat(64) },
      metrics: Array.from({ length: 500 }, () =>
        metric({ of: long, demand: { kind: "min", bound: 0.1, from: "contract" } }),
      ),
      checks: Array.from({ length: 100 }, (_, i) =>
        // As the JSON of a report may have it, which can hold any text.
        check(`${long}${i}` as CheckName, long, {
          objections: [finding(long, long)],
          warnings: [finding(long, long)],
        }),
      ),
      champion: { how: "judged", name: long },
    });
    const changes = Array.from({ length: 500 }, () => ({
      operation: "update",
      resource: `Deployment ${long}`,
      properties: Array.from({ length: 10 }, () => long),
    }));
    const before = { release: "0000000000000000", model: { name: long, version: long } };

    const comment = renderComment(
      preview({
        plan: { changes, before, errors: [], release: "1111111111111111" },
        report: huge,
        sizes: { after: { "linux/amd64": 1 } },
      }),
    );

    assert.ok(comment.length <= LONGEST, `${comment.length} characters`);
    assert.match(comment, /^<!-- slipway preview of production -->\n\n### ⚠️ /);
    assert.match(
      comment,
      /\| release \| <code>0000000000000000<\/code> \| <code>1111111111111111<\/code> \|/,
    );
    assert.match(comment, /and \d+ more, which report\.json has/);
    assert.match(comment, /<summary>500 resources change<\/summary>/);
    assert.match(comment, /<sub>For 4f2a9c0d11e8\./);
  });

  it("leaves a section out rather than cut one in half", () => {
    const comment = renderComment(preview({ report: passedReport, run: `https://x/${"y".repeat(LONGEST)}` }));

    assert.match(comment, /### ✅ loan-approval 1\.0\.0 passed the gate/);
    assert.doesNotMatch(comment, /<sub>/);
    assert.equal(comment.match(/<details>/g)?.length, comment.match(/<\/details>/g)?.length);
  });
});
