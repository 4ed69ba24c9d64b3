/** The type of a check, and helpers that make its outcomes. Pure. */

import { finished, type Steps } from "../../common/steps.ts";
import type { Contract } from "../../contract/index.ts";
import type { ChampionSource, Evidence } from "../evidence/evidence.ts";
import type { Failed, NotRun } from "../measure/measurements.ts";
import type { CheckName, Judged, NotJudged } from "../report/report.ts";

/** All that is known before anything runs. */
export interface Asked {
  readonly contract: Contract;
  readonly demands: Evidence["demands"];
  readonly champion: ChampionSource;
}

type WhyNot = (asked: Asked) => string | undefined;

/** `notAsked` of a check that needs the holdout. */
export const withoutHoldout: WhyNot = ({ contract }) =>
  contract.validation?.holdout === undefined ? "the contract names no holdout" : undefined;

/** `notAsked` of a check that needs to know which answers are right. */
export const withoutTargets: WhyNot = (asked) =>
  asked.contract.task === "raw" ? "the right answers of a raw model are not known" : withoutHoldout(asked);

/** Judges one thing. */
export interface CheckDefinition {
  readonly name: CheckName;
  /** Why neither contract nor stack asks for it. Nothing that is found out later can take a check away. */
  readonly notAsked?: WhyNot;
  /** Judges the evidence. It cannot say that there was nothing to judge, only that it could not judge, which passes nothing. */
  readonly judge: (evidence: Evidence) => Outcome;
  /** The same in steps, if it takes long: the model runs meanwhile, and its answers must be read. */
  readonly steps?: (evidence: Evidence) => Steps<Outcome>;
}

export type Outcome = Omit<Judged, "name"> | Omit<NotJudged, "name">;

/** Both forms of a check that takes long. */
export const inSteps = (steps: (evidence: Evidence) => Steps<Outcome>) => ({
  steps,
  judge: (evidence: Evidence) => finished(steps(evidence)),
});

export const judged = (
  found: string,
  { objections = [], warnings = [] }: Partial<Pick<Judged, "objections" | "warnings">> = {},
): Omit<Judged, "name"> => ({ outcome: "judged", found, objections, warnings });

/** For a check that lacks something. Another check objects to the cause. */
export const unjudged = (why: string, fix?: string): Omit<NotJudged, "name"> => ({
  outcome: "notJudged",
  why,
  fault: "model",
  ...(fix !== undefined && { fix }),
});

/** For a check whose evidence is missing. */
export function notHad(step: Failed | NotRun): Omit<NotJudged, "name"> {
  if ("error" in step) return unjudged(step.error, step.fix);
  const { notRun: why, fault, fix } = step;
  return { outcome: "notJudged", why, fault, ...(fix !== undefined && { fix }) };
}

/** For a check that lacks the model's answers to the holdout. */
export const noAnswers = (answers: Failed | NotRun): Omit<NotJudged, "name"> =>
  "error" in answers ? unjudged("the model did not answer the holdout") : notHad(answers);
