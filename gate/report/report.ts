/** What the gate found, as plain data. Pure. */

import { whole } from "../../common/shown.ts";
import type { MetricName } from "../../contract/index.ts";

/** One thing that was found wrong: a reason to refuse, or to warn. */
export interface Finding {
  /** What was found and what was expected, with the values. */
  readonly what: string;
  /** File, and the key, line or field in it. */
  readonly where: string;
  readonly fix: string;
}

/** In the order of a report. */
export const CHECK_NAMES = [
  "contract",
  "onnx",
  "loads",
  "schema",
  "golden",
  "nondeterminism",
  "holdout",
  "agreement",
  "skew",
  "repeatedRows",
  "leakage",
  "metrics",
  "champion",
  "naive",
  "weakSegments",
  "batchDependence",
  "declaredValues",
  "invariances",
  "latency",
  "memory",
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** What came of a check. Only the first two let a model pass. */
export type Check = Judged | NotAsked | NotJudged;

export interface Judged {
  readonly name: CheckName;
  readonly outcome: "judged";
  /** One line on what was looked at: `8 requests within 0.00001`. */
  readonly found: string;
  /** Why the model may not ship. */
  readonly objections: readonly Finding[];
  /** What is wrong and does not stop it. */
  readonly warnings: readonly Finding[];
}

/** Neither contract nor stack ask for it, which was known before anything ran. */
export interface NotAsked {
  readonly name: CheckName;
  readonly outcome: "notAsked";
  readonly why: string;
}

/** It is asked for, and could not be judged. */
export interface NotJudged {
  readonly name: CheckName;
  readonly outcome: "notJudged";
  readonly why: string;
  /** `model`: model or data are the cause. `machine`: judged again, elsewhere, it may be otherwise. */
  readonly fault: "model" | "machine";
  /** Absent if another check's objection has it. */
  readonly fix?: string;
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

/** `notJudged`: nothing speaks against the model, and not all of what is asked for could be judged on this machine. */
export type Verdict = "passed" | "refused" | "overridden" | "notJudged";

export interface Report {
  /** Of this data structure. */
  readonly version: 2;
  readonly verdict: Verdict;
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
  /** The file of the golden requests; absent if there is none. */
  readonly golden?: { readonly file: string; readonly sha256: string };
}

type Checked = Pick<Report, "checks">;

export const objections = ({ checks }: Checked): readonly Finding[] =>
  checks.flatMap((check) => (check.outcome === "judged" ? check.objections : []));
export const warnings = ({ checks }: Checked): readonly Finding[] =>
  checks.flatMap((check) => (check.outcome === "judged" ? check.warnings : []));
export const notJudged = ({ checks }: Checked): readonly NotJudged[] =>
  checks.filter((check) => check.outcome === "notJudged");

/** Checks that could not be judged for one reason. */
export interface OpenQuestion {
  readonly names: readonly CheckName[];
  readonly why: string;
  readonly fix?: string;
}

/** What could not be judged, each cause once. Where another check objects, its objection is the cause of those that model or data kept from being judged. */
export function openQuestions(report: Checked): readonly OpenQuestion[] {
  const objected = objections(report).length > 0;
  const byCause = new Map<string, NotJudged[]>();
  for (const check of notJudged(report))
    if (check.fault === "machine" || !objected)
      byCause.set(check.why, [...(byCause.get(check.why) ?? []), check]);
  return [...byCause].map(([why, checks]) => {
    const fix = checks.find((check) => check.fix !== undefined)?.fix;
    return { names: checks.map(({ name }) => name), why, ...(fix !== undefined && { fix }) };
  });
}

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
): Pick<Judged, "objections" | "warnings"> {
  return {
    objections: action === "refuse" ? findings : [],
    warnings: action === "warn" ? findings : [],
  };
}

/** `1 row`, `3,000 rows`. */
export const count = (n: number, noun: string): string => `${whole(n)} ${noun}${n === 1 ? "" : "s"}`;
