import type { Check } from "./report.ts";

/** Of a check that lacks what it needs. @param why What is absent; another check's objection says how that came about. */
export function notJudged(name: string, why: string): Check {
  return { name, found: "", objections: [], warnings: [], notJudged: why };
}
