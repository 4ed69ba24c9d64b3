import assert from "node:assert/strict";
import { type Deployment, diagnostics, renderDeployment } from "../../pipeline/deployment.ts";
import { check, passedReport, refusedReport, report, unjudged } from "../support/reports.ts";

const OUTPUT = `Updating (production):

 +  kubernetes:batch/v1:Job inference **creating failed** error: the proof failed
Diagnostics:
  pulumi:pulumi:Stack (slipway-production):
    loan-approval 1.0.0 passed the gate

  kubernetes:batch/v1:Job (inference):
    error: The proof of release 1111111111111111 failed, so nothing was rolled out.

      golden 3: expected 1, got <0>

Outputs:
    release: "0000000000000000"
Duration: 12s
`;
const outputs = (release: string) => ({
  release,
  image: `ghcr.io/acme/loans@sha256:${"0".repeat(64)}`,
  url: "http://192.0.2.1",
  model: { name: "loan-approval", version: "1.0.0" },
});
const OLD = outputs("0000000000000000");
const serving = (release: string) => `Release <code>${release}</code> serves, loan-approval 1.0.0\\
Address: <code>http:\u200b//192.0.2.1</code>\\
Image: <code>ghcr.io/acme/loans@\u200bsha256:${"0".repeat(64)}</code>`;

const deployment = (more: Partial<Deployment>): Deployment => ({
  stack: "production",
  before: OLD,
  after: OLD,
  ended: "well",
  output: OUTPUT,
  ...more,
});

describe("the summary of a deployment", () => {
  it("says what serves now", () => {
    assert.equal(
      renderDeployment(deployment({ after: outputs("1111111111111111") })),
      `### ✅ Deployed to stack <code>production</code>: a new release\n\n${serving("1111111111111111")}\n`,
    );
  });

  it("says that nothing new came of it", () => {
    assert.match(
      renderDeployment(deployment({})),
      /^### ✅ Deployed to stack <code>production<\/code>: the release stays\n/,
    );
  });

  it("says that the stack is pinned, and how that ends", () => {
    const pinned = { release: OLD.release, reason: "wrong for the <young>", by: "ada", since: "2026-11-20" };

    assert.equal(
      renderDeployment(deployment({ after: { ...OLD, pinned } }))
        .split("\n")
        .slice(0, 4)
        .join("\n"),
      `### 📌 This commit is not deployed: stack <code>production</code> is pinned

Release <code>0000000000000000</code> serves, loan-approval 1.0.0\\
Pinned since 2026-11-20 by ada: wrong for the &lt;young&gt;. \`npm run unpin\` ends that.\\`,
    );
  });

  it("has the refusal, and not Pulumi's words for it", () => {
    const summary = renderDeployment(deployment({ ended: "failed", report: refusedReport }));

    assert.match(
      summary,
      /^### ❌ Refused: nothing was deployed to stack <code>production<\/code>\n\nRelease <code>0{16}<\/code> serves/,
    );
    assert.match(
      summary,
      /\n#### ❌ loan-approval 1\.0\.0 is refused: 2 objections, 2 warnings\n\n- ❌ label/,
    );
    assert.doesNotMatch(summary, /<pre>/);
  });

  it("says that the model could not be judged, and not Pulumi's words for it", () => {
    const notJudged = report({
      verdict: "notJudged",
      checks: [
        check("contract", "m 1, raw"),
        unjudged("latency", "It was ended by SIGKILL.", { fault: "machine", fix: "judge it again" }),
      ],
    });

    const summary = renderDeployment(deployment({ ended: "failed", report: notJudged }));

    assert.deepEqual(summary.split("\n\n").slice(0, 4), [
      "### ❌ Not judged: nothing was deployed to stack <code>production</code>",
      serving("0000000000000000"),
      "#### ❌ loan-approval 1.0.0 could not be judged on this machine: 1 check of 2 not judged",
      "- ❌ latency was not judged: It was ended by SIGKILL.\\\n  fix: judge it again",
    ]);
    assert.doesNotMatch(summary, /<pre>/);
    assert.match(
      renderDeployment(deployment({ ended: "cancelled", report: notJudged })),
      /^### ⏹️ Cancelled while deploying/,
    );
  });

  it("has what Pulumi said of a failure, and what serves all the same", () => {
    const summary = renderDeployment(deployment({ ended: "failed", report: passedReport }));

    assert.equal(
      summary.split("\n\n####")[0],
      `### ❌ The deployment to stack <code>production</code> failed

${serving("0000000000000000")}

<pre>
    error: The proof of release 1111111111111111 failed, so nothing was rolled out.

      golden 3: expected 1, got &#60;0&#62;
</pre>`,
    );
  });

  it("says so when it was cancelled, also after a refusal", () => {
    for (const report of [passedReport, refusedReport])
      assert.match(
        renderDeployment(deployment({ ended: "cancelled", report })),
        /^### ⏹️ Cancelled while deploying/,
      );
  });
});

describe("diagnostics", () => {
  it("gives the end of what has none", () => {
    assert.equal(
      diagnostics(`${"x".repeat(3000)}\nerror: no stack\n`),
      `${"x".repeat(1983)}\nerror: no stack`,
    );
  });
});
