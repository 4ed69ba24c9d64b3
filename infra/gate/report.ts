/** What the gate found, as plain data. Pure. */
import type { MetricName } from "../../model/metrics.ts";

/** One thing that was found wrong: a reason to refuse, or to warn. */
export interface Finding {
  /** What was found and what was expected, with the values. */
  readonly what: string;
  /** File, and the key, line or field in it. */
  readonly where: string;
  readonly fix: string;
}

export interface Check {
  readonly name: string;
  /** One line on what was looked at: `8 requests within 0.00001`. */
  readonly found: string;
  /** Why the model may not ship. */
  readonly objections: readonly Finding[];
  /** What is wrong and does not stop it. */
  readonly warnings: readonly Finding[];
  /** Why there was nothing to look at: another check's objection has the reason. */
  readonly notJudged?: string;
}

/** `Metric.of` where it is the whole holdout. */
export const ALL_ROWS = "all rows";

/** A metric on the holdout, or on a part of it. */
export interface Metric {
  readonly metric: MetricName;
  /** `all rows`, `class 1`, `age < 25`. */
  readonly of: string;
  readonly value: number;
  /** At 95 % confidence. */
  readonly interval: readonly [low: number, high: number];
  readonly rows: number;
  readonly demand?: Demand;
  /** The same metric of the release that serves now. */
  readonly champion?: {
    readonly value: number;
    /** This model's less the champion's. */
    readonly difference: number;
    /** Of the difference, at 95 % confidence; absent where the champion was not judged on these rows. */
    readonly interval?: readonly [low: number, high: number];
  };
}

export interface Demand {
  /** `min`: the value must not be lower. */
  readonly kind: "min" | "max";
  readonly bound: number;
  readonly from: "contract" | "stack";
}

/** With what the model was compared. */
export type Champion =
  /** Both were judged now, on the same rows; or the champion's recorded metrics were taken, of the same rows. */
  | { readonly how: "judged" | "recorded"; readonly name: string; readonly why?: string }
  | { readonly how: "not compared"; readonly why: string };

export interface Report {
  /** Of this data structure. */
  readonly version: 1;
  readonly verdict: "passed" | "refused" | "overridden";
  /** Whether this is the judgement of an earlier run, of the same model, data and gate. */
  readonly remembered: boolean;
  /** Absent if there is no contract to take it from. */
  readonly model?: {
    readonly name: string;
    readonly version: string;
    /** Of model.onnx, in hex; absent if there is none. */
    readonly sha256?: string;
  };
  /** The reason in words for which an objectionable model ships. */
  readonly override?: string;
  readonly checks: readonly Check[];
  readonly metrics: readonly Metric[];
  readonly champion: Champion;
  readonly holdout?: { readonly file: string; readonly rows: number; readonly sha256: string };
}

export const objections = (report: Pick<Report, "checks">): readonly Finding[] =>
  report.checks.flatMap((check) => check.objections);
export const warnings = (report: Pick<Report, "checks">): readonly Finding[] =>
  report.checks.flatMap((check) => check.warnings);

/** At most `limit` of the findings, and one that counts the rest. */
export function atMost(limit: number, all: readonly Finding[]): readonly Finding[] {
  const [first] = all.slice(limit);
  if (first === undefined) return all;
  const rest = all.length - limit;
  return [
    ...all.slice(0, limit),
    { what: `And ${rest} more like ${rest === 1 ? "it" : "these"}.`, where: first.where, fix: first.fix },
  ];
}

/** Sorts findings by what the contract wants done with them. */
export function dispose(
  action: "refuse" | "warn" | "ignore",
  findings: readonly Finding[],
): Pick<Check, "objections" | "warnings"> {
  return {
    objections: action === "refuse" ? findings : [],
    warnings: action === "warn" ? findings : [],
  };
}

/** `1 row`, `3,000 rows`. */
export const count = (n: number, noun: string): string =>
  `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
