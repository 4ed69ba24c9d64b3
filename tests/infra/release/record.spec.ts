import assert from "node:assert/strict";
import {
  annotations,
  appended,
  currentEntry,
  findRelease,
  parseReleases,
  type RecordedJudgement,
  type RecordedRelease,
  releaseBefore,
} from "../../../infra/release/record.ts";
import { recorded, releases } from "../../support/recordedRelease.ts";

const judgement: RecordedJudgement = { verdict: "passed", reportSha256: "ab", metrics: { accuracy: 0.9 } };
const later: RecordedJudgement = { ...judgement, reportSha256: "ef" };

describe("the record", () => {
  it("gets a new release at its end", () => {
    assert.deepEqual(appended(releases([recorded("a")]), recorded("b")), [recorded("a"), recorded("b")]);
  });

  it("keeps the entry of the release that serves", () => {
    const record = [recorded("a"), recorded("b")];

    assert.deepEqual(appended(releases(record), recorded("b", { judgement: later })), record);
    assert.equal(currentEntry(record[1], recorded("b", { judgement: later })), record[1]);
  });

  it("takes an earlier release that comes back as a new entry", () => {
    const record = [recorded("a"), recorded("b")];
    const back = recorded("a", { judgement: later });

    assert.deepEqual(appended(releases(record), back), [...record, back]);
    assert.equal(currentEntry(record[1], back), back);
    assert.equal(currentEntry(undefined, back), back);
  });

  it("forgets the oldest of more than fifty", () => {
    const full = Array.from({ length: 50 }, (_, i) => recorded(`r${i}`));

    assert.deepEqual(appended(releases(full), recorded("new")), [...full.slice(1), recorded("new")]);
  });

  it("leaves out what a version before 0.1 wrote, which has no time", () => {
    const { time: _, ...old } = recorded("a");

    assert.deepEqual(parseReleases([old, recorded("b")], undefined).record, [recorded("b")]);
    assert.deepEqual(parseReleases(undefined, undefined), { record: [], serving: undefined });
  });

  it("serves its newest release if the stack does not say what serves, as before", () => {
    const record = [recorded("a"), recorded("b")];

    assert.equal(parseReleases(record, undefined).serving, record[1]);
  });

  it("serves what the stack says, by the newest entry of that release", () => {
    const record = [recorded("a"), recorded("b"), recorded("a", { rollback: "it was good" }), recorded("c")];

    assert.equal(parseReleases(record, "a").serving, record[2]);
    assert.equal(parseReleases(record, "c").serving, record[3]);
  });

  it("is refused if it lacks what the stack says", () => {
    assert.throws(() => parseReleases([recorded("a")], "b"), {
      message: `The stack says that b serves, and its record has no such release.
  at:  the stack's outputs serving and releases
  fix: restore a state that has both: pulumi stack history, pulumi stack export --version N, pulumi stack import`,
    });
  });

  it("gets a release beside one on trial: what serves need not be the newest", () => {
    const record = [recorded("a"), recorded("b")];
    const stack = releases(record, record[0]);

    assert.equal(appended(stack, recorded("a")), record);
    assert.deepEqual(appended(stack, recorded("b")), [...record, recorded("b")]);
    assert.equal(releaseBefore(stack, "b"), record[0]);
  });
});

/** `a b c`: that order of rollouts; `b!` is one that a rollback brought back. */
const record = (names: string): readonly RecordedRelease[] =>
  names
    .split(" ")
    .filter(Boolean)
    .map((name) => recorded(name.slice(0, 1), name.endsWith("!") ? { rollback: "it was good" } : {}));

describe("the release before the wanted one", () => {
  for (const { of, wanted, is } of [
    { of: "", wanted: undefined, is: undefined },
    { of: "a", wanted: "a", is: undefined },
    { of: "a b c", wanted: "c", is: "b" },
    { of: "a b c b!", wanted: "b", is: "a" },
    { of: "a b c b! a!", wanted: "a", is: undefined },
    { of: "a b c b! d", wanted: "d", is: "b" },
    { of: "a b a", wanted: "a", is: "b" },
    { of: "c b!", wanted: "b", is: undefined }, // where it stood first has been forgotten
    { of: "a b", wanted: "c", is: "b" }, // the rollout of c failed
    { of: "a b c", wanted: "a", is: "c" }, // a rollback to a failed
    { of: "a b", wanted: undefined, is: "b" }, // the stack's resources are gone
  ])
    it(`is ${is ?? "none"} where ${wanted ?? "nothing"} is wanted and the record has ${of || "nothing"}`, () => {
      assert.equal(releaseBefore(releases(record(of)), wanted)?.release, is);
    });
});

describe("a release in the record", () => {
  const one = recorded("0123456789abcdef", { model: { name: "m", version: "1.0", sha256: "1" } });
  const two = recorded("0123ffffffffffff", { model: { name: "m", version: "1.1", sha256: "2" } });
  const again = { ...one, rollback: "it was good" };
  const all = [one, two, again];

  for (const { name, is } of [
    { name: "0123456789abcdef", is: again },
    { name: "01234", is: again },
    { name: "0123f", is: two },
    { name: "0123", is: undefined },
    { name: "012", is: undefined },
    { name: "1.1", is: two },
    { name: "1.2", is: undefined },
    { name: "", is: undefined },
  ])
    it(`is ${is?.release ?? "none"} by the name ${JSON.stringify(name)}`, () => {
      assert.equal(findRelease(all, name), is);
    });
});

describe("the annotations of a release", () => {
  it("name the verdict, the report, the metrics, the commit, the time and who did it", () => {
    assert.deepEqual(annotations(recorded("a", { judgement, commit: "c0ffee" }), undefined), {
      "slipway.dev/verdict": "passed",
      "slipway.dev/report-sha256": "ab",
      "slipway.dev/metrics": '{"accuracy":0.9}',
      "slipway.dev/commit": "c0ffee",
      "slipway.dev/time": "2026-01-02T03:04:05.000Z",
      "slipway.dev/by": "Ada",
    });
  });

  it("name the pin, so that each one changes them", () => {
    const pin = { release: "a", reason: "it was good", by: "Ada", since: "2026-02-03T04:05:06.000Z" };

    assert.equal(
      annotations(recorded("a"), pin)["slipway.dev/pinned"],
      "since 2026-02-03T04:05:06.000Z by Ada: it was good",
    );
  });

  it("name the reason of an override, and no commit outside of git", () => {
    const { "slipway.dev/override": reason, ...rest } = annotations(
      recorded("a", { judgement: { ...judgement, verdict: "overridden", override: "the rules changed" } }),
      undefined,
    );

    assert.equal(reason, "the rules changed");
    assert.equal("slipway.dev/commit" in rest, false);
  });
});
