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

/** The outcome of a check. Only the first two let a model pass. */
export type Check = Judged | NotAsked | NotJudged;

export interface Judged {
  readonly name: CheckName;
  readonly outcome: "judged";
  /** One line on what was looked at: `8 requests within 0.00001`. */
  readonly found: string;
  /** Why the model may not ship. */
  readonly objections: readonly Finding[];
  /** What is wrong, but does not stop the model. */
  readonly warnings: readonly Finding[];
}

/** Neither contract nor stack asks for it. This was known before anything ran. */
interface NotAsked {
  readonly name: CheckName;
  readonly outcome: "notAsked";
  readonly why: string;
}

/** It is asked for, but could not be judged. */
export interface NotJudged {
  readonly name: CheckName;
  readonly outcome: "notJudged";
  readonly why: string;
  /** `model`: the model or the data are the cause. `machine`: judged again or elsewhere, the outcome may differ. */
  readonly fault: "model" | "machine";
  /** Absent if another check's objection has a fix. */
  readonly fix?: string;
}

/** `Metric.of` for the whole holdout. */
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
    /** This model's value minus the champion's. */
    readonly difference: number;
    /** Around the difference, at 95 % confidence. Absent if the champion was not judged on these rows. */
    readonly interval?: readonly [low: number, high: number];
  };
}

export interface Demand {
  /** `min`: the value must not be lower. */
  readonly kind: "min" | "max";
  readonly bound: number;
  readonly from: "contract" | "stack";
}

/** What the model was compared with. */
type Champion =
  /** Both were judged now, or the champion's recorded metrics were taken. Either way on the same rows. */
  | { readonly how: "judged" | "recorded"; readonly name: string; readonly why?: string }
  | { readonly how: "not compared"; readonly why: string };

/** `notJudged`: nothing speaks against the model, but this machine could not judge all that is asked for. */
export type Verdict = "passed" | "refused" | "overridden" | "notJudged";

export interface Report {
  /** Version of this data structure. */
  readonly version: 2;
  readonly verdict: Verdict;
  /** Whether this judgement is from an earlier run, with the same model, data and gate. */
  readonly remembered: boolean;
  /** Absent if no contract names it. */
  readonly model?: {
    readonly name: string;
    readonly version: string;
    /** SHA-256 of model.onnx, in hex. Absent if there is no such file. */
    readonly sha256?: string;
  };
  /** Why a model ships despite objections, in words. */
  readonly override?: string;
  readonly checks: readonly Check[];
  readonly metrics: readonly Metric[];
  readonly champion: Champion;
  readonly holdout?: { readonly file: string; readonly rows: number; readonly sha256: string };
  /** The file of golden requests. Absent if there is none. */
  readonly golden?: { readonly file: string; readonly sha256: string };
}

type Checked = Pick<Report, "checks">;

export const objections = ({ checks }: Checked): readonly Finding[] =>
  checks.flatMap((check) => (check.outcome === "judged" ? check.objections : []));
export const warnings = ({ checks }: Checked): readonly Finding[] =>
  checks.flatMap((check) => (check.outcome === "judged" ? check.warnings : []));
export const notJudged = ({ checks }: Checked): readonly NotJudged[] =>
  checks.filter((check) => check.outcome === "notJudged");

/** Checks that could not be judged for the same reason. */
export interface OpenQuestion {
  readonly names: readonly CheckName[];
  readonly why: string;
  readonly fix?: string;
}

/** Checks that could not be judged, each cause once. If a check objects, it explains those that model or data kept from being judged. */
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

/** The first `limit` findings, and one that counts the rest. */
export function atMost(limit: number, all: readonly Finding[]): readonly Finding[] {
  const [first] = all.slice(limit);
  if (first === undefined) return all;
  const rest = all.length - limit;
  return [
    ...all.slice(0, limit),
    { what: `And ${rest} more like ${rest === 1 ? "it" : "these"}.`, where: first.where, fix: first.fix },
  ];
}

/** Sorts findings as the contract demands. */
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
