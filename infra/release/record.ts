/** The record of releases, in the stack's outputs. Pure. */
import type { MetricName } from "../../model/metrics.ts";

/** One release that was rolled out. */
export interface RecordedRelease {
  readonly release: string;
  /** By digest, as nodes pull it: `repository@sha256:…`. */
  readonly image: string;
  readonly model: {
    readonly name: string;
    readonly version: string;
    /** Of model.onnx, in hex. */
    readonly sha256: string;
  };
  readonly judgement: RecordedJudgement;
}

/** How the gate found a release when it was first deployed. */
export interface RecordedJudgement {
  readonly verdict: "passed" | "overridden";
  /** Why it ships although the gate objected. */
  readonly override?: string;
  /** Of report.json, in hex. */
  readonly reportSha256: string;
  /** On all rows of the holdout. */
  readonly metrics: Partial<Readonly<Record<MetricName, number>>>;
  readonly holdoutSha256?: string;
  readonly rows?: number;
}

/** The judgement that stands for a release: the first one, where it is the newest already. */
export function standingJudgement(
  record: readonly RecordedRelease[],
  release: string,
  judgement: RecordedJudgement,
): RecordedJudgement {
  const newest = record.at(-1);
  return newest?.release === release ? newest.judgement : judgement;
}

/** What the Deployment says of the judgement: for `kubectl describe`, and for who has no access to the stack. */
export function annotations({
  verdict,
  override,
  reportSha256,
  metrics,
}: RecordedJudgement): Record<string, string> {
  return {
    "slipway.dev/verdict": verdict,
    ...(override !== undefined && { "slipway.dev/override": override }),
    "slipway.dev/report-sha256": reportSha256,
    // By name: the stack's outputs come back in that order, and another would be a change.
    "slipway.dev/metrics": JSON.stringify(metrics, Object.keys(metrics).toSorted()),
  };
}

/** Releases that the record keeps. */
const LIMIT = 50;

/** Newest last. A release that is the newest already keeps its first entry. */
export function appended(
  record: readonly RecordedRelease[],
  newest: RecordedRelease,
): readonly RecordedRelease[] {
  return record.at(-1)?.release === newest.release ? record : [...record, newest].slice(-LIMIT);
}
