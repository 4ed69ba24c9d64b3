import assert from "node:assert/strict";
import { releasesTable } from "../../../infra/release/releasesTable.ts";
import { recorded, releases } from "../../support/recordedRelease.ts";

const image = `registry.example/m@sha256:${"0123456789abcdef".repeat(4)}`;
const commit = "4a5b6c7d".repeat(5);

describe("the table of releases", () => {
  it("has a line per rollout, and marks what serves now", () => {
    const record = [
      recorded("0123456789abcdef", { image, commit }),
      recorded("fedcba9876543210", {
        image,
        commit: `${commit}-dirty`,
        model: { name: "m", version: "1.0.1", sha256: "cd" },
        judgement: { verdict: "passed", reportSha256: "ab", metrics: { accuracy: 0.95, f1: 0.8 } },
      }),
    ];

    assert.deepEqual(
      releasesTable(releases(record), () => "3 h ago"),
      [
        "   release           digest   version  accuracy  f1      commit    when     by",
        "   0123456789abcdef  0123456  1        0.9000    –       4a5b6c7   3 h ago  Ada",
        "*  fedcba9876543210  0123456  1.0.1    0.9500    0.8000  4a5b6c7+  3 h ago  Ada",
      ],
    );
  });

  it("fits 80 columns, whatever the entries hold, with a metric at least", () => {
    const metrics = { accuracy: 0.9, balancedAccuracy: 0.8, logLoss: 123456.7, rmse: 1e9 };
    const record = [
      recorded("0123456789abcdef", {
        image,
        commit: `${commit}-dirty`,
        model: { name: "m", version: "1".repeat(63), sha256: "cd" },
        judgement: { verdict: "passed", reportSha256: "ab", metrics },
        by: "Augusta Ada King, Countess of Lovelace\u202e\n",
      }),
    ];

    const lines = releasesTable(releases(record), () => "59 min ago");

    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    );
    assert.match(lines[0] ?? "", / accuracy /);
    assert.match(lines[1] ?? "", / 59 min ago {2}Augus…$/);
  });

  it("has the metrics of a regression, and none if none was measured", () => {
    assert.match(heading({ mae: 1, r2: 0.9 }), / version {2}mae {5}r2 {6}commit /);
    assert.match(heading({}), / version {2}commit /);
  });
});

function heading(metrics: object): string {
  const judgement = { verdict: "passed", reportSha256: "ab", metrics } as const;
  return releasesTable(releases([recorded("a", { judgement })]), () => "")[0] ?? "";
}
