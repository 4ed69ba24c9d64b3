/** The record of releases, in the stack's outputs. Pure. */
import { FixableError } from "../../common/fixableError.ts";
import type { MetricName } from "../../contract/index.ts";
import type { Pin } from "./pin.ts";

/** One rollout of a release: all that it takes to bring it back. */
export interface RecordedRelease {
  readonly release: string;
  /** By digest, as nodes pull it: `repository@sha256:…`. */
  readonly image: string;
  readonly model: {
    readonly name: string;
    readonly version: string;
    /** The SHA-256 of model.onnx, in hex. */
    readonly sha256: string;
  };
  readonly judgement: RecordedJudgement;
  /** What the workload takes from the contract, which the image does not hold. */
  readonly workload: {
    /** How far a number may be from that of its golden request. */
    readonly goldenTolerance: number;
    /** What loading and running the model may add to a process. */
    readonly memoryMebibytes?: number;
  };
  /** The commit that it was built from, with `-dirty` if files were changed since. Absent outside of git. */
  readonly commit?: string;
  /** When it was rolled out: ISO 8601, UTC. */
  readonly time: string;
  readonly by: string;
  /** The stack that it was promoted from. */
  readonly promotedFrom?: string;
  /** Why a rollback brought it back. */
  readonly rollback?: string;
}

/** How the gate found a release when it was first deployed. */
export interface RecordedJudgement {
  readonly verdict: "passed" | "overridden";
  /** Why it ships although the gate objected. */
  readonly override?: string;
  /** The SHA-256 of report.json, in hex. */
  readonly reportSha256: string;
  /** On all rows of the holdout. */
  readonly metrics: Partial<Readonly<Record<MetricName, number>>>;
  readonly holdoutSha256?: string;
  readonly rows?: number;
}

/** What a stack's output `releases` holds. Entries that a version before 0.1 wrote have no time, and too little to bring them back. */
function parseRecord(output: unknown): readonly RecordedRelease[] {
  return ((output ?? []) as readonly Partial<RecordedRelease>[]).filter(
    (entry): entry is RecordedRelease => entry.time !== undefined,
  );
}

/** The releases of a stack. */
export interface Releases {
  /** Newest last; empty before the first release. */
  readonly record: readonly RecordedRelease[];
  /** What serves now; undefined before the first release. */
  readonly serving: RecordedRelease | undefined;
}

/**
 * Reads the stack's outputs `releases` and `serving`. A stack of before has no `serving`: there, the newest release serves.
 *
 * @throws FixableError if the record lacks what serves.
 */
export function parseReleases(releases: unknown, serving: unknown): Releases {
  const record = parseRecord(releases);
  if (serving === undefined) return { record, serving: record.at(-1) };
  const entry = record.findLast(({ release }) => release === serving);
  if (entry === undefined)
    throw new FixableError(`The stack says that ${serving} serves, and its record has no such release.`, {
      at: "the stack's outputs serving and releases",
      fix: "restore a state that has both: pulumi stack history, pulumi stack export --version N, pulumi stack import",
    });
  return { record, serving: entry };
}

/** The entry of a release: the one that it has if it serves already. */
export function currentEntry<Entry extends { readonly release: string }>(
  serving: RecordedRelease | undefined,
  entry: Entry,
): Entry | RecordedRelease {
  return serving?.release === entry.release ? serving : entry;
}

/** What the Deployment says of its release: for `kubectl describe`, and for who has no access to the stack. */
export function annotations(
  { judgement, commit, time, by }: Pick<RecordedRelease, "judgement" | "commit" | "time" | "by">,
  pin: Pin | undefined,
): Record<string, string> {
  const { verdict, override, reportSha256, metrics } = judgement;
  return {
    "slipway.dev/verdict": verdict,
    ...(override !== undefined && { "slipway.dev/override": override }),
    "slipway.dev/report-sha256": reportSha256,
    // By name: the stack's outputs come back in that order, and another would be a change.
    "slipway.dev/metrics": JSON.stringify(metrics, Object.keys(metrics).toSorted()),
    ...(commit !== undefined && { "slipway.dev/commit": commit }),
    "slipway.dev/time": time,
    "slipway.dev/by": by,
    // Also so that each rollback changes the Deployment: after a killed update Pulumi takes it for what it was before.
    ...(pin && { "slipway.dev/pinned": `since ${pin.since} by ${pin.by}: ${pin.reason}` }),
  };
}

/** Releases that the record keeps. */
const LIMIT = 50;

/** The record with a release that serves from now on. One that serves already keeps its entry. */
export function appended({ record, serving }: Releases, newest: RecordedRelease): readonly RecordedRelease[] {
  return serving?.release === newest.release ? record : [...record, newest].slice(-LIMIT);
}

/**
 * Finds the release that a rollback goes to: the one before the wanted one.
 *
 * @param wanted What the stack was told to run last, whether or not that came up.
 * @returns What serves, if that is not the wanted one: the rollout of the wanted one has failed.
 */
export function releaseBefore(
  { record, serving }: Releases,
  wanted: string | undefined,
): RecordedRelease | undefined {
  if (serving?.release !== wanted) return serving;
  // A release that was brought back counts at its first place, so that a second rollback goes further back.
  const place = record.findLastIndex(({ release, rollback }) => release === wanted && rollback === undefined);
  return record.slice(0, Math.max(place, 0)).findLast(({ release }) => release !== wanted);
}

/** Hex digits of a release that are enough to name it, if no other one begins with them. */
const FEWEST_DIGITS = 4;

/** The newest entry of a release that is named by its digits, or the first of them, or by its model's version. */
export function findRelease(record: readonly RecordedRelease[], name: string): RecordedRelease | undefined {
  const newestFirst = record.toReversed();
  const exact = newestFirst.find(({ release, model }) => release === name || model.version === name);
  if (exact !== undefined || name.length < FEWEST_DIGITS) return exact;
  const begun = newestFirst.filter(({ release }) => release.startsWith(name));
  return new Set(begun.map(({ release }) => release)).size === 1 ? begun[0] : undefined;
}
