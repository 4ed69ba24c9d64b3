/** What the gate found, as plain data. Pure. */
import type { Contract } from "../../model/contract.ts";

/** One reason why the model may not ship. */
export interface Objection {
  /** What was found and what was expected, with the values. */
  readonly what: string;
  /** File, and the key, line or field in it. */
  readonly where: string;
  readonly fix: string;
}

export interface Check {
  readonly name: "contract" | "loads" | "schema" | "golden" | "accuracy";
  /** One line on what was looked at: `8 requests within 0.00001`. */
  readonly found: string;
  readonly objections: readonly Objection[];
}

export interface Report {
  /** Absent if there is no contract to take it from. */
  readonly model?: { readonly name: string; readonly version: string };
  readonly checks: readonly Check[];
  readonly metrics: { readonly accuracy?: number; readonly rows?: number };
}

/** A model folder that has been read: the contract in it can be trusted, the model cannot. */
export interface Candidate {
  readonly folder: string;
  readonly contract: Contract;
  readonly model: Buffer;
}

export const objections = (report: Report): readonly Objection[] =>
  report.checks.flatMap((check) => check.objections);
export const passed = (report: Report): boolean => objections(report).length === 0;

/** At most `limit` of the objections, and one that counts the rest. */
export function atMost(limit: number, all: readonly Objection[]): readonly Objection[] {
  const [first] = all.slice(limit);
  if (first === undefined) return all;
  const rest = all.length - limit;
  return [
    ...all.slice(0, limit),
    { what: `And ${rest} more like ${rest === 1 ? "it" : "these"}.`, where: first.where, fix: first.fix },
  ];
}
