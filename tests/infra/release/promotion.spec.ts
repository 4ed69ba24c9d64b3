import assert from "node:assert/strict";
import { promotionProblems } from "../../../infra/release/promotion.ts";
import { recorded } from "../../support/recordedRelease.ts";

const sha256 = "0123456789abcdef".repeat(4);
const model = { name: "m", version: "1", sha256 };
const entry = recorded("a", {
  model,
  judgement: { verdict: "passed", reportSha256: "ab", metrics: { accuracy: 0.9, logLoss: 0.3 } },
});
const emergency =
  "In an emergency it ships all the same:\n  pulumi config set override '0123456789ab: REASON IN WORDS'";
const none = { floors: {}, override: undefined };

describe("a promotion", () => {
  it("needs no floor", () => {
    assert.deepEqual(promotionProblems(entry, none), []);
    assert.deepEqual(promotionProblems(entry, { ...none, floors: { accuracy: 0.9, logLoss: 0.3 } }), []);
  });

  it("is refused with every floor of this stack that the recorded metrics miss", () => {
    assert.deepEqual(
      promotionProblems(entry, { ...none, floors: { accuracy: 0.91, logLoss: 0.2, rocAuc: 0.5 } }),
      [
        "Release a has accuracy 0.9, and at least 0.91 is demanded.\n  at:  the stack's setting slipway:floors.accuracy\n  fix: promote a release that keeps it",
        "Release a has logLoss 0.3, and at most 0.2 is demanded.\n  at:  the stack's setting slipway:floors.logLoss\n  fix: promote a release that keeps it",
        "Release a has rocAuc not measured, and at least 0.5 is demanded.\n  at:  the stack's setting slipway:floors.rocAuc\n  fix: promote a release that keeps it",
        emergency,
      ],
    );
  });

  it("is refused for what ships there by override, unless this stack overrides for that model, too", () => {
    const overridden = {
      ...entry,
      judgement: { ...entry.judgement, verdict: "overridden", override: "the rules changed" } as const,
    };

    assert.deepEqual(promotionProblems(overridden, none), [
      "Release a did not pass the gate: it ships there by override (the rules changed), which does not count here.\n  fix: promote a release that passed",
      emergency,
    ]);
    for (const [prefix, problems] of [
      ["0123456789ab", 0],
      ["ffffffffffff", 2],
    ] as const)
      assert.equal(
        promotionProblems(overridden, { floors: {}, override: { sha256: prefix, reason: "approved" } })
          .length,
        problems,
      );
  });
});
