import assert from "node:assert/strict";
import {
  annotations,
  appended,
  type RecordedJudgement,
  type RecordedRelease,
  standingJudgement,
} from "../../../infra/release/record.ts";

const judgement: RecordedJudgement = { verdict: "passed", reportSha256: "ab", metrics: { accuracy: 0.9 } };
const entry = (release: string, extra: Partial<RecordedRelease> = {}): RecordedRelease => ({
  release,
  image: `r/m@sha256:${release}`,
  model: { name: "m", version: "1", sha256: "cd" },
  judgement,
  ...extra,
});
const later: RecordedJudgement = { ...judgement, reportSha256: "ef" };

describe("the record", () => {
  it("gets a new release at its end", () => {
    assert.deepEqual(appended([entry("a")], entry("b")), [entry("a"), entry("b")]);
  });

  it("keeps the first entry of the release that is the newest", () => {
    const record = [entry("a"), entry("b")];

    assert.deepEqual(appended(record, entry("b", { judgement: later })), record);
    assert.deepEqual(standingJudgement(record, "b", later), judgement);
  });

  it("takes an earlier release that comes back as a new entry", () => {
    const back = entry("a", { judgement: later });

    assert.deepEqual(appended([entry("a"), entry("b")], back), [entry("a"), entry("b"), back]);
    assert.deepEqual(standingJudgement([entry("a"), entry("b")], "a", later), later);
    assert.deepEqual(standingJudgement([], "a", later), later);
  });

  it("forgets the oldest of more than fifty", () => {
    const full = Array.from({ length: 50 }, (_, i) => entry(`r${i}`));

    assert.deepEqual(appended(full, entry("new")), [...full.slice(1), entry("new")]);
  });
});

describe("the annotations of a judgement", () => {
  it("name the verdict, the report and the metrics", () => {
    assert.deepEqual(annotations(judgement), {
      "slipway.dev/verdict": "passed",
      "slipway.dev/report-sha256": "ab",
      "slipway.dev/metrics": '{"accuracy":0.9}',
    });
  });

  it("name the reason of an override", () => {
    const { "slipway.dev/verdict": verdict, "slipway.dev/override": reason } = annotations({
      ...judgement,
      verdict: "overridden",
      override: "the rules changed overnight",
    });
    assert.deepEqual([verdict, reason], ["overridden", "the rules changed overnight"]);
  });
});
