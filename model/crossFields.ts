/** What a contract's fields demand of one another, beyond what a schema can say. Pure. */
import { answerProblems } from "./answerProblems.ts";
import type { ContractProblem } from "./contract.ts";
import type { SoundParts } from "./soundParts.ts";
import { tensorProblems } from "./tensorProblems.ts";

/** Checks what is there and passes over what is not: a missing or refused value has its problem already. */
export function crossFieldProblems(parts: unknown): ContractProblem[] {
  const contract = parts as SoundParts;
  return [...tensorProblems(contract), ...answerProblems(contract), ...validationProblems(contract)];
}

function validationProblems({ task, inputs, validation }: SoundParts): ContractProblem[] {
  if (!validation) return [];
  const problems: ContractProblem[] = [];
  const { holdout, metrics } = validation;
  if (task === "classification") {
    if (!("holdout" in validation))
      problems.push({
        pointer: "/validation/holdout",
        message: "is missing: a classification is judged on labelled rows",
      });
    if (!("metrics" in validation) || (metrics && !("accuracy" in metrics))) {
      problems.push({
        pointer: "/validation/metrics/accuracy",
        message: "is missing: a classification needs its floor",
        fix: 'say {"min": …}, a fraction from 0 to 1',
      });
    }
  } else if (task !== undefined && metrics?.accuracy) {
    problems.push({
      pointer: "/validation/metrics/accuracy",
      message: `is set, but the task is ${task}: only a classification has an accuracy`,
    });
  }
  if (!holdout) return problems;
  inputs?.forEach((input, i) => {
    if (input && !("columns" in input)) {
      problems.push({
        pointer: `/inputs/${i}/columns`,
        message: "is missing: the holdout's columns are matched with it",
      });
    }
    input?.columns?.forEach((column, j) => {
      if (column?.name === undefined || column.name !== holdout.target) return;
      const message = `is ${JSON.stringify(holdout.target)}, which is a feature (/inputs/${i}/columns/${j}): the model would be shown the answer`;
      problems.push({ pointer: "/validation/holdout/target", message });
    });
  });
  return problems;
}
