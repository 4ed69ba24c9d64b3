import type { RecordedRelease, Releases } from "../../infra/release/record.ts";

/** An entry of a record. */
export const recorded = (release: string, extra: Partial<RecordedRelease> = {}): RecordedRelease => ({
  release,
  image: `registry.example/m@sha256:${release}`,
  model: { name: "m", version: "1", sha256: "cd" },
  judgement: { verdict: "passed", reportSha256: "ab", metrics: { accuracy: 0.9 } },
  workload: { goldenTolerance: 0.001 },
  time: "2026-01-02T03:04:05.000Z",
  by: "Ada",
  ...extra,
});

/** A stack whose record has these entries, of which the newest serves unless another is named. */
export const releases = (
  record: readonly RecordedRelease[],
  serving: RecordedRelease | undefined = record.at(-1),
): Releases => ({ record, serving });
